"""The `Op` record: an operation's columns, and what a call of it does.

An op is its name: a string with the row's columns as attributes, callable on expressions. Calling
it lifts numbers to constants, joins dtypes, types the result (or refuses), and appends one node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..errors import GraphError, SymgradError
from ..graph.graph import Expr, Graph, Operation, operations
from ..graph.types import INT32, Type
from .batching import Ranks
from .counts import Count
from .emitted import Source
from .operands import describe, find_graph, lift, shorten
from .promotion import check_range, join
from .signatures import Signature

Rule = Callable[..., Expr | None]
BatchRule = Callable[[Expr, Sequence[Expr], Ranks], Expr]

_MISUSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)  # Python's own


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

    @cached_property
    def needs(self) -> list[str]:
        """Ops whose helpers this one's helper calls, as its source says behind its docstring."""
        code = re.sub("#.*", "", str(self.helper or "").rpartition('"""')[2])
        called = dict.fromkeys(re.findall(r"(?<![\w.])\w+(?=\()", code))
        return [n for n in called if n != self.name and getattr(operations.get(n), "helper", None)]

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
