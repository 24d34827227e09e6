"""The `Op` record, one row per operation, and the registry.

An op is its name: a string with the row's columns as attributes, callable on expressions. Calling
it lifts numbers to constants, joins dtypes, types the result (or refuses), and appends one node.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import DTypeError, GraphError, SymgradError, suggest
from ..graph.dims import Dim
from ..graph.graph import Expr, Graph, Operation, hooks, operations
from ..graph.types import FLOAT64, INT32, Type, promote
from .batching import Ranks, elementwise

Rule = Callable[..., Expr | None]
BatchRule = Callable[[Expr, Sequence[Expr], Ranks], Expr]
registry: dict[str, Op] = {}
"""Every op by its one name, in the order of definition."""

_UNSET: Any = object()
_MISUSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)  # Python's own
# In these domains value and derivatives are finite here.
_SAFE = {
    **{"positive": 1.0, "nonzero": 1.0, "unit": 0.0, "above_one": 2.0},
    **{"probability": 0.5, "below_two": 1.0, "gamma": 2.0},
}


@dataclass(frozen=True)
class Case:
    """Operand specs and parameters of one sample call, for the enumerating tests."""

    specs: tuple[str, ...]
    params: dict[str, Any] = field(default_factory=dict)


def case(*specs: str, **params: Any) -> Case:
    """One sample call: ``case("[3, 4]", axis=0)``."""
    return Case(specs, params)


class Op(Operation):
    """One operation. See `op` for the columns.

    Example
    -------
    >>> from symgrad.ops.op import registry
    >>> registry["tanh"], registry["tanh"].signature
    ('tanh', 'tanh(x)')
    """

    name: str
    signature: str
    doc: str
    operands: tuple[str, ...]
    required: int
    variadic: bool
    defaults: dict[str, Any]
    type: Callable[..., Type]
    call: Callable[..., Expr] | None
    batch: BatchRule
    prepare: Callable[..., dict[str, Any]] | None
    vjp: Sequence[Rule | None] | Rule | None
    constant_derivative: bool
    lazy: bool | str
    floating: bool
    apart: frozenset[int]
    arithmetic: bool
    view: bool
    infix: str | None
    verb: str | None
    numpy: str | Callable[..., str]
    helper: str | None
    needs: tuple[str, ...]
    scipy: str | None
    latex: str | Callable[..., str]
    role: str
    safe: Sequence[float | None] | Callable[[Expr], Sequence[float | None]]
    selects: Sequence[Callable[..., Expr] | None]
    meaning: str | Callable[..., Any] | None
    domain: tuple[str, ...]
    cases: tuple[Case, ...]
    extremes: Mapping[float, float]
    kinks: str | None
    aliases: tuple[str, ...]

    def __call__(self, *args: Any, **params: Any) -> Expr:
        """Append the node (or find it); see the package's function of this name."""
        try:
            if self.call is None:
                return self.append_node(*args, **params)
            if "*" in self.signature or not self.operands:  # the row takes its arguments itself
                return self.call(self, *args, **params)
            operands, given = self._bind(args, params)
            return self.call(self, *operands, **given)
        except SymgradError:
            raise
        except _MISUSE as error:
            raise self.misused(f"an argument does not fit: {error}") from error

    def append_node(self, *args: Any, **params: Any) -> Expr:
        """The node of arguments written as the signature says."""
        operands, given = self._bind(args, params)
        if self.variadic:
            operands[-1:] = self._listed(operands[-1])
        graph = find_graph(operands, self)
        nodes = [x if isinstance(x, Expr) else lift(graph, x) for x in operands]
        return self.build(graph, nodes, given)

    def on(self, nodes: Sequence[Expr], params: Mapping[str, Any]) -> Expr:
        """A call with a node's operands, of which the last may be a list, and its parameters."""
        if not self.variadic:
            return self(*nodes, **params)
        fixed = len(self.operands) - 1
        return self(*nodes[:fixed], list(nodes[fixed:]), **params)

    def _listed(self, entries: Any) -> list[Any]:
        """The operands of a list; an array is the list of what its first axis holds."""
        if isinstance(entries, list | tuple | np.ndarray | Expr):
            return list(entries)
        raise self.misused(f"{self.operands[-1]} is a list, not {type(entries).__name__}")

    def build(self, graph: Graph, nodes: list[Expr], params: dict[str, Any]) -> Expr:
        """The node of these operands (all of one graph) and parameters."""
        try:
            types = self._join(nodes)
            if self.prepare is not None:
                params = self.prepare(*types, **params)
            type_ = self.type(*types, **params)
            if type_.dtype == INT32:
                _check_range(nodes)
            if type_.python and not self.arithmetic:
                type_ = Type(type_.dtype, type_.shape, type_.weak)
        except SymgradError as error:
            raise self._explained(error, nodes) from None
        return graph.append(self, tuple(nodes), params, type_)

    def _join(self, nodes: list[Expr]) -> list[Type]:
        """The operands' types; operands whose dtype NumPy would join otherwise are cast."""
        types = [n.type for n in nodes]
        joined = [t for i, t in enumerate(types) if i not in self.apart]
        first = joined[0] if joined else None
        if first is None or (
            not (self.floating and first.dtype.kind != "f")
            and all(t is first or (t.dtype is first.dtype and t.weak is first.weak) for t in joined)
        ):
            return types
        dtype, weak = promote(*((t.dtype, t.weak) for t in joined))
        if self.floating and dtype.kind != "f":
            dtype = FLOAT64
        for i, t in enumerate(types):
            if i not in self.apart and self._needs_cast(t, dtype, weak):
                nodes[i] = _cast(nodes[i], dtype, weak)
                types[i] = nodes[i].type
        return types

    def _needs_cast(self, t: Type, dtype: np.dtype[Any], weak: bool) -> bool:
        """Whether NumPy, left alone, would join this operand to another dtype than ours."""
        if t.dtype == dtype:
            return False
        if self.floating and not self.arithmetic:
            return True
        if t.python:
            return False
        if t.dtype.kind == "b":
            return self.floating
        if t.weak and not weak:
            return True
        return t.dtype.kind == "i" and dtype.itemsize == 4

    def _bind(
        self, args: tuple[Any, ...], params: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Operands and complete parameters of a call written as a Python call."""
        count = len(self.operands)
        operands = list(args[:count])
        rest = args[count:]
        for name in self.operands[len(operands) :]:
            operands.append(params.pop(name, _UNSET))
        while operands and operands[-1] is _UNSET:
            operands.pop()
        if any(x is _UNSET for x in operands[: self.required]):
            raise self.misused("an operand is missing")
        operands = [None if x is _UNSET else x for x in operands]
        if len(operands) < self.required or len(rest) > len(self.defaults):
            got = len(args) + len(params)
            raise self.misused(f"{got} argument{'s' * (got != 1)} given")
        if not params and not rest:
            given = dict(self.defaults)
        else:
            given = self._parameters(rest, params)
        for name, value in given.items():
            if value is _UNSET:
                raise self.misused(f"the parameter {name} is missing")
        return operands, given

    def _parameters(self, rest: tuple[Any, ...], params: dict[str, Any]) -> dict[str, Any]:
        given = dict(self.defaults)
        given.update(zip(self.defaults, rest, strict=False))
        for name, value in params.items():
            if name not in self.defaults:
                raise self._unknown(name)
            if name in list(self.defaults)[: len(rest)]:
                raise self.misused(f"{name} is given twice")
            given[name] = value
        return given

    def _unknown(self, name: str) -> GraphError:
        if name == "out":
            return GraphError(
                f"{self} takes no out=: symbolic values are never overwritten",
                how="Use the returned expression.",
            )
        near = suggest(name, [*self.operands, *self.defaults])
        return self.misused(
            f"unknown argument {name}" + (f"; did you mean {near}?" if near else "")
        )

    def misused(self, problem: str) -> GraphError:
        """The error of a call that does not fit the signature."""
        return GraphError(f"{self}: {problem}", how=f"Call it as {self.signature}.")

    def _explained(self, error: SymgradError, nodes: list[Expr]) -> SymgradError:
        """The type rule's bare reason, with the user's names for the operands."""
        labels = [describe(n) for n in nodes]
        if self.verb:
            what = f"cannot {self.verb.format(*labels)}"
        else:
            what = f"cannot apply {self} to {' and '.join(labels) or 'nothing'}"
        how = error.how
        if how and "{" in how:
            names = [shorten(n) for n in nodes]
            how = how.format(*names)
        return error.__class__(f"{what}: {error.what}", error.span, how)


def _cast(node: Expr, dtype: np.dtype[Any], weak: bool) -> Expr:
    """The node in another dtype; what is made of Python numbers alone stays so."""
    if not weak:
        return operations["astype"](node, dtype)
    if node.value is not None:
        return node.graph.constant(float(node.value))
    return node if node.type.python else operations["multiply"](node, 1.0)


def _check_range(nodes: Sequence[Expr]) -> None:
    """Refuse Python integers beyond int32 beside int32, as NumPy does when the code runs."""
    for n in nodes:
        if n.type.python and n.value is not None and not -(2**31) <= n.value < 2**31:
            raise DTypeError(
                f"{n.value} does not fit into int32", how="Convert the other: .astype('int64')."
            )


def describe(node: Expr) -> str:
    """An operand in a message: the user's name or text, and its type (float64 is left out)."""
    shape = str(node.type).removeprefix("float64") if node.type.is_floating else f" {node.type}"
    return (
        f"{shorten(node)} {shape.strip()}" if node.shape or shape.strip() != "[]" else shorten(node)
    )


def shorten(node: Expr) -> str:
    """The user's name of a node, or its text cut to a few words."""
    return node.name or str(hooks["summary"](node, 40))


def find_graph(operands: Sequence[Any], what: str = "") -> Graph:
    """The one graph of the expressions among the operands, or in lists among them.

    Raises
    ------
    GraphError
        If there is none, or more than one.
    """
    graph = None
    for x in operands:
        if isinstance(x, Expr):
            if graph is None:
                graph = x.graph
            elif x.graph is not graph:
                graph.own(x)
    if graph is None:
        listed = [x for x in leaves(list(operands)) if isinstance(x, Expr)]
        if listed:
            return find_graph(listed, what)
        raise GraphError(
            f"{what} needs an expression among its operands, and got only values",
            how="Make one with Graph.input or Graph.constant, or call NumPy on numbers.",
        )
    return graph


def lift(graph: Graph, value: object) -> Expr:
    """An operand as a node: numbers and arrays become constants, named dims their size.

    A list that holds expressions is the array stacked of its entries.
    """
    if isinstance(value, Expr):
        return graph.own(value)
    if isinstance(value, Dim):
        return registry["dim"].build(graph, [], {"size": value})
    if value is None or isinstance(value, str):
        raise DTypeError(
            f"{value!r:.40} is no operand", how="Give an expression, a number or an array."
        )
    if isinstance(value, list | tuple) and any(isinstance(v, Expr | Dim) for v in leaves(value)):
        return operations["stack"]([lift(graph, v) for v in value])
    return graph.constant(value)


def leaves(value: Any) -> Iterator[Any]:
    """What nested lists and tuples hold."""
    stack = [value]
    while stack:
        entry = stack.pop()
        if isinstance(entry, list | tuple):
            stack.extend(reversed(entry))
        else:
            yield entry


def op(
    signature: str,
    doc: str,
    *,
    type: Callable[..., Type],
    numpy: str | Callable[..., str],
    call: Callable[..., Expr] | None = None,
    batch: BatchRule = elementwise,
    vjp: Sequence[Rule | None] | Rule | None = None,
    prepare: Callable[..., dict[str, Any]] | None = None,
    constant_derivative: bool = False,
    lazy: bool | str = False,
    floating: bool = False,
    apart: Sequence[int] = (),
    arithmetic: bool = False,
    view: bool = False,
    infix: str | None = None,
    verb: str | None = None,
    helper: str | None = None,
    needs: Sequence[str] = (),
    scipy: str | None = None,
    latex: str | Callable[..., str] = "",
    role: str = "t",
    safe: Sequence[float | None] | Callable[[Expr], Sequence[float | None]] | None = None,
    selects: Sequence[Callable[..., Expr] | None] = (),
    meaning: str | Callable[..., Any] | None = None,
    domain: str | Sequence[str] = "reals",
    cases: Sequence[Case] = (),
    extremes: Mapping[float, float] | None = None,
    kinks: str | None = None,
    aliases: Sequence[str] = (),
) -> Op:
    """Define an operation and enter it in the registry: one row.

    Parameters
    ----------
    signature : str
        ``"name(operands; parameters)"``. The last operand may be a list: ``[xs]``. Parameters may
        have defaults.
    doc : str
        One sentence, with a reference.
    type : function
        ``type(*operand_types, **params)``: the node's Type, or raises with a bare reason, which is
        completed with the user's names.
    numpy : str or function
        The NumPy text: ``{x}`` stands for an operand, ``{*}`` for the parameters that differ from
        their defaults; or ``numpy(node, *operand_texts)``.
    batch : function, optional
        The node of operands with a leading batch axis; see `symgrad.ops.batching`.
    vjp : sequence of functions, or one function
        Per operand ``rule(g, y, *operands, **params)``: the cotangent of the operand, from that of
        the output; None where it is 0. One function for lists of operands: ``rule(i, g, y,
        *operands, **params)``. Rules neither broadcast nor accumulate: the engine fits each
        cotangent.
    call : function, optional
        ``call(op, *args, **params)`` takes over a call that is written unlike the signature, and
        ends in ``op.append_node(*operands, **params)``.
    prepare : function, optional
        ``prepare(*operand_types, **params)``: the parameters in canonical, hashable form.
    constant_derivative : bool
        The derivative is zero by mathematics wherever it exists (sign, floor).
    lazy : bool or "operand"
        The rules are right for a cotangent that is only broadcastable to the output's shape, and
        so are their results: to the output's shape, or to the operand's.
    floating : bool
        Integers and bools among the operands become floats.
    apart : sequence of int
        Operands that take no part in joining dtypes (conditions, labels, exponents).
    arithmetic : bool
        On Python numbers it emits a Python number.
    view : bool
        NumPy may return a view of the operand.
    infix : str, optional
        Python's operator.
    verb : str, optional
        For messages: ``"add {0} and {1}"``.
    helper : str, optional
        Source of a NumPy function that the text calls; emitted into the file.
    needs : sequence of str
        Ops whose helpers this row's helper calls.
    scipy : str, optional
        The function of `scipy.special` that is called instead, where the user allows SciPy.
    latex : str or function
        ``{x}`` as in ``numpy``.
    role : str
        Stem of temporaries' names in emitted code.
    safe : sequence, or a function of the node
        For each operand a value at which value and derivatives are finite; None if all are. By
        default what the domain says.
    selects : sequence of functions
        For each operand ``rule(*operands, **params)``: where the derivative is passed on to it.
    meaning : str or function
        The test oracle: an expression for mpmath (elementwise ops), or a NumPy function.
    domain : str or sequence of str
        Where tests sample the operands: ``SAMPLERS`` in tests/oracles.py has the names.
    cases : sequence of Case
        Sample calls; elementwise ops need none.
    extremes : mapping
        Exact values at extreme points.
    kinks : str, optional
        What the derivative is, by declaration, where it does not exist.
    aliases : sequence of str
        Other names.
    """
    name, operands, required, variadic, defaults = _read_signature(signature)
    self = str.__new__(Op, name)
    columns = {k: v for k, v in locals().items() if k != "self"}
    columns["apart"] = frozenset(apart)
    columns["domain"] = (domain,) if isinstance(domain, str) else tuple(domain)
    columns["cases"] = tuple(cases)
    if safe is None:
        columns["safe"] = tuple(map(_SAFE.get, columns["domain"]))
    columns["extremes"] = dict(extremes or {})
    columns["needs"] = tuple(needs)
    columns["aliases"] = tuple(aliases)
    self.__dict__.update(columns)
    for key in (name, *aliases):
        if key in operations:
            raise ValueError(f"two operations are called {key}")
        operations[key] = self
    registry[name] = self
    return self


def _read_signature(text: str) -> tuple[str, tuple[str, ...], int, bool, dict[str, Any]]:
    name, _, inside = text.rstrip(")").partition("(")
    left, _, right = inside.partition(";")
    entries = [e.strip() for e in left.split(",") if e.strip()]
    variadic = any(e.startswith("[") for e in entries)
    operands = tuple(e.strip("[]").split("=")[0] for e in entries)
    required = sum("=" not in e for e in entries)
    defaults: dict[str, Any] = {}
    for entry in (e.strip() for e in right.split(",") if e.strip()):
        key, _, value = entry.partition("=")
        defaults[key] = ast.literal_eval(value) if value else _UNSET
    return name, operands, required, variadic, defaults
