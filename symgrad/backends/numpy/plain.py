"""Plain evaluation: every node of a graph by its own row, one after the other, nothing rewritten.

It shares with emitted code only the texts of single rows. In wide arithmetic everything floating
is float64, whatever it was declared; `symgrad.backends.numpy.extended` has more digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from ...graph.dims import evaluate
from ...graph.graph import Expr
from ...ops.op import registry
from .body import helper_names
from .text import Text, of_operation

Value = Any  # an array, or a number
Values = dict[int, Value]


class WideNumpy:
    """Stands for ``numpy`` in the rows' texts, with float64 for float32."""

    float32 = np.float64

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class Wide:
    """Arithmetic in float64."""

    numpy: Any = WideNumpy()

    def __init__(self) -> None:
        self._scope: dict[str, Any] = {"np": self.numpy}
        self._codes: dict[tuple[object, ...], CodeType] = {}

    def leaf(self, value: Any) -> Value:
        """A number in this arithmetic; integers and bools stay."""
        array = np.asarray(value)
        return array.astype(np.float64) if array.dtype.kind == "f" else array

    def given(self, value: Any) -> Value:
        """An input."""
        return self.leaf(value)

    def compute(self, node: Expr, args: list[Value], sizes: Mapping[str, int]) -> Value:
        """An operation on the operands' values."""
        return self.by_text(node, args, sizes)

    def by_text(self, node: Expr, args: list[Value], sizes: Mapping[str, int]) -> Value:
        """What the row's own text computes."""
        if node.op == "custom":
            return args[0]
        kind = (node.op, node.dtype, *[a.type.python for a in node.args])
        code = self._codes.get(kind) or self._code(node)
        if not node.params and not callable(registry[node.op].numpy):
            self._codes[kind] = code  # that of all nodes of its kind
        given = {f"_{i}": value for i, value in enumerate(args)}
        return eval(code, self._scope, {**sizes, **given})

    def _code(self, node: Expr) -> CodeType:
        """The row's own text of operands ``_0``, ``_1``, ..., and what it calls."""
        for name in helper_names(registry[node.op]):
            if name not in self._scope:
                exec(str(registry[name].helper), self._scope)
        return _compiled(of_operation(node, [Text(f"_{i}") for i in range(len(node.args))]).text)


_ULPS = 8  # as many, for what a few neighboring numbers say little of
_LIMITS = ("eps", "tiny", "smallest_subnormal")


class Rounded(Wide):
    """Arithmetic in float64 that makes rounding errors of a dtype, at random."""

    def __init__(self, dtype: Any, seed: int) -> None:
        super().__init__()
        self.dtype, self.limits = dtype, np.finfo(dtype)
        self.rng = np.random.default_rng(seed)

    def given(self, value: Any) -> Value:
        """An argument, off by a rounding error; integers and truth values are exact."""
        array = self.leaf(value)
        return self._off(array) if array.dtype.kind == "f" else array

    def compute(self, node: Expr, args: list[Value], sizes: Mapping[str, int]) -> Value:
        value = super().compute(node, args, sizes)
        row = registry[node.op]
        if row.constant_derivative or row.flops == 0 or not node.type.is_floating:
            return value
        return np.where(_are_chosen(value, args), value, self._off(value))

    def _off(self, value: Value) -> Value:
        eps, tiny, least = (float(getattr(self.limits, n)) for n in _LIMITS)
        moved = np.asarray(value * (1 + _ULPS * eps * self.rng.uniform(-1, 1, np.shape(value))))
        lost = np.where(np.abs(moved) < tiny, least, 0.0)  # by underflow
        moved += lost * self.rng.integers(0, 2, np.shape(value))
        return moved.astype(self.dtype).astype(np.float64)


def _are_chosen(value: Value, args: list[Value]) -> Any:
    """Which entries are an operand's, up to the sign, and so exact: those of a maximum are."""
    return np.isin(np.abs(value), np.concatenate([np.ravel(np.abs(a)) for a in args]))


@lru_cache(maxsize=4096)
def _compiled(code: str) -> CodeType:
    return compile(code, "<plain>", "eval")


def run(
    nodes: Iterable[Expr],
    known: Mapping[int, Value],
    sizes: Mapping[str, int],
    by: Wide,
    skipped: tuple[type[Exception], ...] = (),
) -> Values:
    """The values of nodes in topological order; those ``known`` stay as they are.

    Nodes that raise one of ``skipped`` are left out, and so is what reads them (a KeyError).

    Raises
    ------
    KeyError
        If an input has no value.
    """
    values, found = dict(known), dict(sizes)
    with np.errstate(all="ignore"):
        for node in nodes:
            try:
                if node.id not in values:
                    values[node.id] = _value(node, values, found, by)
            except skipped:
                continue
            if node.op == "flatnonzero":
                found[node.params["size"]] = len(values[node.id])
    return values


def _value(node: Expr, values: Values, sizes: Mapping[str, int], by: Wide) -> Value:
    if node.op == "dim":
        return evaluate(node.params["size"], sizes)
    if node.value is not None:
        python = node.type.python and node.dtype.kind != "f"
        return node.value.item() if python else by.leaf(node.value)
    return by.compute(node, [values[a.id] for a in node.args], sizes)
