"""NumPy calls that can write into an array that is there already, for style="fast".

A row's own NumPy text says which call it is: an operator or one universal function of its operands
and numbers. Matrix products and reductions have several calls, of which the fastest is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from ...graph.graph import Expr
from ...ops.batching import elementwise
from ...ops.op import Op, registry
from .moves import conversion, entries, place_of_extreme, side_by_side
from .templates import (
    LARGEST_SPREAD,
    LONGEST_DOT,
    UNIVERSAL,
    Call,
    Filled,
    Operand,
    Spread,
    Total,
)


def _call(text: str, operands: Sequence[Operand], out: str = "{out}") -> Call:
    """A call whose last argument is the output."""
    return Call(text, _into(text, out), tuple(operands))


@cache
def _into(text: str, out: str) -> str:
    """The call with its output behind its arguments."""
    return f"{text.removesuffix(')')}, {out})"


_REDUCTIONS = {"sum": "add", "max": "maximum", "min": "minimum", "prod": "multiply"}
_POWERS = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}
_EXTREMES = ("maximum", "minimum")  # NumPy warns if their output is given by its place
_IN_STEPS = frozenset({"sign"})  # NumPy branches if their output is their operand
BLOCK = 7 * 2**14
"""Bytes of a block in `_blockwise`."""
_FEW = 2**8  # elements up to which NumPy's own functions take less time than ours
_MANY = 2**12  # elements of a mask from which choices by bits take less time
_LEAST = 1e-10  # of numbers whose squares are far from the ends of float32
_TEMPLATE = re.compile(r"np\.(\w+)\(([^()]*)\)")
_NUMBER = re.compile(r"-?\d+(\.\d*)?")


def call_of(node: Expr) -> Call | None:
    """The call that computes a node into an array, or None if it can not be one.

    Example
    -------
    >>> from symgrad.graph.graph import Graph
    >>> from symgrad.ops.elementary import tanh
    >>> call_of(tanh(Graph().input("x", "[n]"))).text
    'np.tanh({0})'
    """
    return _CALLS.get(node.op, _universal)(node)


def _universal(node: Expr) -> Call | None:
    """One universal function of operands and numbers."""
    op = registry[node.op]
    if op.name == "power" and (name := _root_or_square(node)):
        return Call(*_function_texts(name, 1), node.args[:1], in_place=True, plain=True)
    if op.name == "hypot" and (call := _root_of_squares(node) or _by_blocks(node, "_length")):
        return call
    found = _function(op)
    if found is None:
        return _by_blocks(node, op.name) if op.helper else None
    name, places = found
    operands = [_operand(node, name, node.args[p] if isinstance(p, int) else p) for p in places]
    operands = _spread(node, operands) if len(operands) > 1 else operands
    text, into = _function_texts(name, len(operands))
    return Call(text, into, tuple(operands), in_place=name not in _IN_STEPS, plain=True)


def _by_blocks(node: Expr, function: str) -> Call | None:
    """A function of numbers alone, whose own arrays are small if the result is large."""
    op, fits = registry[node.op], not node.params and node.type.is_floating
    arrays = [a.type for a in node.args if a.type.shape]
    alike = all((t.shape, t.dtype) == (node.type.shape, node.type.dtype) for t in arrays)
    few = isinstance(node.size, int) and node.size * node.dtype.itemsize <= BLOCK
    if op.batch is not elementwise or few or not (fits and alike and arrays):
        return None
    if op.variadic:
        function = f"lambda *xs: {function}(xs)"
    places = ", ".join(f"{{{i}}}" for i in range(len(node.args)))
    new, into = (f"_blockwise({function}, {out}, {places})" for out in ("None", "{out}"))
    return Call(new, into, tuple(node.args), in_place=True)


@cache
def _function_texts(name: str, operands: int) -> tuple[str, str]:
    """The call of a universal function, without an output and with one."""
    places = ", ".join(f"{{{i}}}" for i in range(operands))
    text = f"np.{name}({places})"
    return text, _into(text, "out={out}" if name in _EXTREMES else "{out}")


def _spread(node: Expr, operands: list[Operand]) -> list[Operand]:
    """The operands, the one that NumPy would repeat as such."""
    shape = node.type.shape
    arrays = [x for x in operands if isinstance(x, Expr) and x.type.shape]
    small = [x for x in arrays if x.type.shape != shape]
    if not small:
        return operands
    size = node.size if isinstance(node.size, int) else 0
    if not (len(small) == 1 < len(arrays) and node.type.is_floating and size <= LARGEST_SPREAD):
        return operands
    if any(x.dtype != node.dtype for x in arrays):
        return operands
    return [Spread(x, shape) if x is small[0] else x for x in operands]


def _operand(node: Expr, name: str, x: Expr | str) -> Operand:
    """An operand or a number; beside an array NumPy finds the larger of arrays faster."""
    value = _number(x)
    if value is None:
        assert isinstance(x, Expr)
        return x
    if name in _EXTREMES and node.ndim and node.type.is_floating:
        return Filled(value, node.shape, row=True)
    return value


def _number(x: Expr | str) -> float | None:
    if isinstance(x, str):
        return float(x)
    if not x.type.python:
        return None
    value = x.value
    return float(value) if value is not None and x.dtype.kind in "if" else None


def _root_or_square(node: Expr) -> str | None:
    """The universal function that says the same as a power, if there is one."""
    exponent = node.args[1].value
    if exponent is None or exponent.shape or not _floats(node):
        return None
    return _POWERS.get(float(exponent))


def _root_of_squares(node: Expr) -> Call | None:
    """The length beside a number, whose square can neither over- nor underflow."""
    for x, other in zip(node.args, node.args[::-1], strict=True):
        number = _number(other)
        if number and _LEAST < abs(number) < 1 / _LEAST and x.ndim and x.dtype == node.dtype:
            into = "_root_of_squares({0}, {1}, {out})"
            return Call("np.hypot({0}, {1})", into, (x, number), in_place=True, plain=True)
    return None


def _normalized(node: Expr) -> Call | None:
    """As the row's own helper, in one array."""
    text = registry[node.op].numpy
    assert callable(text)
    written = f"_{text(node, '{0}')}"
    own = node.op == "softmax"  # the other one reads its operand twice
    return Call(written, _into(written, "out={out}"), node.args, in_place=own, plain=True)


def _along(node: Expr) -> Call | None:
    """NumPy's stable order takes six times as long as any; its sums of exponentials twice."""
    if isinstance(node.size, int) and node.size <= _FEW:
        return None
    (x,), axis = node.args, node.params["axis"]
    inverse = node.op == x.op == "argsort" and x.params["axis"] == axis
    name = "inverse" if inverse else {"argsort": "order"}.get(node.op, node.op)
    usual = x.ndim - 1 if node.op == "argsort" else 0
    return Call(f"_{name}({{0}}{'' if axis == usual else f', axis={axis}'})", "", node.args)


def _norm(node: Expr) -> Call | None:
    """The length of all that there is of float64, by BLAS."""
    whole = not node.ndim and node.dtype == node.args[0].dtype == np.float64
    return Call("_norm({0})", "", node.args) if whole and node.params["ord"] == 2 else None


def _choice(node: Expr) -> Call | None:
    """By bits: where both are wanted NumPy branches, which takes four times as long."""
    few = isinstance(node.size, int) and node.size < _MANY
    fits = all(not x.ndim or x.dtype == node.dtype for x in node.args[1:])
    if few or not (fits and node.args[0].ndim and node.type.is_floating):
        return None
    operands = [x if (v := _number(x)) is None else v for x in node.args]
    new, into = "_where({0}, {1}, {2})", "_where({0}, {1}, {2}, {out})"
    return Call(new, into, tuple(operands), in_place=True)


@cache
def _function(op: Op) -> tuple[str, tuple[int | str, ...]] | None:
    """The universal function that a row's text is a call of; its operands' places, and numbers."""
    match = _TEMPLATE.fullmatch(op.numpy) if isinstance(op.numpy, str) else None
    if match is None or not _is_universal(match[1]):
        return None
    places = tuple(p.strip(" {}") for p in match[2].split(","))
    if not all(p in op.operands or _NUMBER.fullmatch(p) for p in places):
        return None
    numbers = {p: i for i, p in enumerate(op.operands)}
    return match[1], tuple(numbers.get(p, p) for p in places)


def _is_universal(name: str) -> bool:
    return name in UNIVERSAL and getattr(np, name).nout == 1 and not getattr(np, name).signature


def _floats(node: Expr) -> bool:
    return node.type.is_floating and node.args[0].dtype == node.dtype


def _same(node: Expr) -> bool:
    """Whether the operands have the result's dtype, as BLAS wants them."""
    types, dtype = [a.type for a in node.args], node.type.dtype
    return node.type.is_floating and not [t for t in types if t.dtype != dtype or not t.shape]


def _product(node: Expr) -> Call | None:
    """Of at most two axes ``dot``, which costs less for each call; stacks with ``matmul``."""
    if not _same(node):
        return None
    ranks = [a.ndim for a in node.args]
    if ranks == [2, 1] and node.args[0].op == "transpose":
        return _call("{1}.dot({0})", (node.args[0].args[0], node.args[1]))  # no view to be made
    if max(ranks) <= 2:
        return _call("{0}.dot({1})", node.args)
    return _call("np.matmul({0}, {1})", node.args) if min(ranks) >= 2 else None


def _outer(node: Expr) -> Call | None:
    return _call("{0}[:, None].dot({1}[None])", node.args) if _same(node) else None


def _reduction(node: Expr) -> Call | None:
    """Sums over one axis of a matrix are products with ones, which BLAS does faster."""
    (x,), keep = node.args, node.params["keepdims"]
    if not _floats(node) or x.ndim == 0:
        return None
    given = node.params["axis"]
    axis = tuple(range(x.ndim)) if given is None else given
    if node.op == "sum" and x.ndim == 2 and len(axis) == 1:
        size = x.shape[axis[0]]
        if axis == (0,):
            return _call("{1}.dot({0})", (x, Filled(1.0, (1, size) if keep else (size,))))
        if isinstance(size, int) and size <= LONGEST_DOT:
            return _call("{0}.dot({1})", (x, Filled(1.0, (size, 1) if keep else (size,))))
    if node.op == "sum" and not node.ndim and x.ndim == 1 and (call := _total(x)):
        return call
    where: object = None if len(axis) == x.ndim else axis[0] if len(axis) == 1 else axis
    kept = ", keepdims=True" if keep else ""
    along = "" if x.ndim == 1 else f", axis={where}"  # of one axis NumPy takes less time to ask
    text = f"np.{_REDUCTIONS[node.op]}.reduce({{0}}{along}{kept})"
    return _call(text, (x,), "out={out}")


def _total(x: Expr) -> Call | None:
    """The sum of a vector; in float32 only short ones are products, which round more often.

    Of an array as one row too: as many ones would take too much memory.
    """
    (size,) = x.shape
    few = isinstance(size, int) and size <= LONGEST_DOT
    if few or (x.dtype.itemsize == 8 and x.op != "reshape"):
        return _call("{1}.dot({0})", (x, Filled(1.0, x.shape)))
    return None if isinstance(size, int) else _call("{1}({0})", (x, Total(x.shape)))


_CALLS: dict[str, Callable[[Expr], Call | None]] = {
    "matmul": _product,
    "outer": _outer,
    **dict.fromkeys(_REDUCTIONS, _reduction),
    "astype": conversion,
    **dict.fromkeys(("argmax", "argmin"), place_of_extreme),
    "gather": entries,
    "where": _choice,
    **dict.fromkeys(("argsort", "logcumsumexp"), _along),
    "vector_norm": _norm,
    **dict.fromkeys(("softmax", "log_softmax"), _normalized),
    "concatenate": side_by_side,
}
