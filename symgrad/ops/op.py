"""The `Op` record, one row per operation, and the registry.

An op is its name: a string with the row's columns as attributes, callable on expressions. Calling
it lifts numbers to constants, joins dtypes, types the result (or refuses), and appends one node.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import GraphError, SymgradError
from ..graph.graph import Expr, Graph, Operation, operations
from ..graph.types import INT32, Type
from .batching import Ranks, elementwise
from .counts import Count
from .emitted import Source
from .operands import describe, find_graph, lift, shorten
from .promotion import check_range, join
from .signatures import Signature, read_signature

Rule = Callable[..., Expr | None]
BatchRule = Callable[[Expr, Sequence[Expr], Ranks], Expr]
registry: dict[str, Op] = {}
"""Every op by its one name, in the order of definition."""

_MISUSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)  # Python's own
# In these domains value and derivatives are finite here.
_SAFE = {
    **{"positive": 1.0, "nonzero": 1.0, "unit": 0.0, "above_one": 2.0},
    **{"probability": 0.5, "below_two": 1.0, "gamma": 2.0},
}


class Case(NamedTuple):
    """Operand specs and parameters of one sample call, for the enumerating tests."""

    specs: tuple[str, ...]
    params: Mapping[str, Any] = {}


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
    arguments: Signature
    doc: str
    operands: tuple[str, ...]
    required: int
    variadic: bool
    defaults: dict[str, Any]
    plain: int
    free: bool
    type: Callable[..., Type]
    call: Callable[..., Expr] | None
    batch: BatchRule
    prepare: Callable[..., dict[str, Any]] | None
    vjp: Sequence[Rule | None] | Rule | None
    constant_derivative: bool
    lazy: bool | str
    floating: bool
    apart: Container[int]
    arithmetic: bool
    view: bool
    flops: Count | None
    transcendentals: Count
    picks: bool
    infix: str | None
    verb: str | None
    numpy: str | Callable[..., str]
    helper: str | Source | None
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
    typed: dict[tuple[Type, ...], Type]  # of results, by those of the operands, as far as known

    def __call__(self, *args: Any, **params: Any) -> Expr:
        """Append the node (or find it); see the package's function of this name."""
        try:
            if self.call is None:
                return self.append_node(*args, **params)
            if (params or len(args) != self.plain) and not self.free:
                args, params = self.arguments.bind(args, params)
            return self.call(self, *args, **params)
        except SymgradError:
            raise
        except _MISUSE as error:
            raise self.misused(f"an argument does not fit: {error}") from error

    def append_node(self, *args: Any, **params: Any) -> Expr:
        """The node of arguments written as the signature says."""
        if params or len(args) != self.plain:
            args, params = self.arguments.bind(args, params)
            if self.variadic:
                args = (*args[:-1], *self._listed(args[-1]))
        graph = find_graph(args, self)
        nodes = [x if isinstance(x, Expr) else lift(graph, x) for x in args]
        return self.build(graph, nodes, params)

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
        type_ = None if params else self.typed.get(tuple([n.type for n in nodes]))
        if type_ is None:
            try:
                type_, params = self._type(nodes, params)
            except SymgradError as error:
                raise self.explained(error, nodes) from None
        return graph.append(self, tuple(nodes), params, type_)

    def _type(self, nodes: list[Expr], params: dict[str, Any]) -> tuple[Type, dict[str, Any]]:
        """The result's type, and the canonical parameters; operands may be replaced by casts."""
        given = [n.type for n in nodes]
        types = join(nodes, self.apart, self.floating, self.arithmetic)
        if self.prepare is not None:
            params = self.prepare(*types, **params)
        type_ = self.type(*types, **params)
        if type_.dtype == INT32:
            check_range(nodes)
        if type_.python and not self.arithmetic:
            type_ = Type(type_.dtype, type_.shape, type_.weak)
        if not params and types == given and type_.dtype != INT32:  # then types alone decide
            self.typed[tuple(types)] = type_
        return type_, params

    def misused(self, problem: str) -> GraphError:
        """The error of a call that does not fit the signature."""
        return self.arguments.misused(problem)

    def explained(self, error: SymgradError, nodes: Sequence[Expr]) -> SymgradError:
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
    apart: Container[int] = (),
    arithmetic: bool = False,
    view: bool = False,
    flops: Count | None = None,
    transcendentals: Count = 0,
    picks: bool = False,
    infix: str | None = None,
    verb: str | None = None,
    helper: str | Source | None = None,
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
    apart : container of int
        Numbers of operands that take no part in joining dtypes (conditions, labels, exponents).
    arithmetic : bool
        On Python numbers it emits a Python number.
    view : bool
        NumPy may return a view of the operand.
    flops : int or function of the node
        Operations for each element of the result, or in all; see `symgrad.ops.counts`. By default
        1 of elementwise rows, 0 of views.
    transcendentals : int or function of the node
        How many of these are calls of functions beyond arithmetic and roots.
    picks : bool
        Of the first operand only as many elements are read as the result has.
    infix : str, optional
        Python's operator.
    verb : str, optional
        For messages: ``"add {0} and {1}"``.
    helper : str or Source, optional
        Source of a NumPy function that the text calls; emitted into the file.
    needs : sequence of str
        Ops whose helpers this row's helper calls.
    scipy : str, optional
        The function of `scipy.special` that is called instead, where the user allows SciPy.
    latex : str or function
        ``{x}`` as in ``numpy``. By default a function of the row's name.
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
    columns = {**locals()}
    arguments = columns["arguments"] = read_signature(signature)
    columns.update(zip(arguments._fields, arguments, strict=True))
    columns["domain"] = (domain,) if isinstance(domain, str) else tuple(domain)
    columns["cases"] = tuple(cases)
    if flops is None and (view or batch is elementwise):
        columns["flops"] = int(not view)
    if not latex:
        columns["latex"] = _function_of(arguments)
    if safe is None:
        columns["safe"] = tuple(map(_SAFE.get, columns["domain"]))
    columns["extremes"] = dict(extremes or {})
    columns["typed"] = {}
    columns["needs"] = tuple(needs)
    columns["aliases"] = tuple(aliases)
    self = str.__new__(Op, arguments.name)
    self.__dict__.update(columns)
    for key in (arguments.name, *aliases):
        if key in operations:
            raise ValueError(f"two operations are called {key}")
        operations[key] = self
    registry[arguments.name] = self
    return self


def _function_of(arguments: Signature) -> str:
    """LaTeX of a function that has no sign of its own: its name upright, before its operands."""
    name, operands = arguments.name.replace("_", ""), (f"{{{x}}}" for x in arguments.operands)
    return rf"\operatorname{{{{{name}}}}}\left({', '.join(operands)}\right)"
