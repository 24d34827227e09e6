"""The graph: an append-only list of nodes in which equal subexpressions are one node.

A node's number is larger than the numbers of all that it reads, so creation order is topological
order: forward passes are ``for node in nodes``, backward passes ``for node in reversed(nodes)``.
(Deep Learning, section 6.5.1; Theano's symbol-to-symbol derivatives, section 6.5.5.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import GraphError, Span
from .constants import as_array
from .dims import names_of
from .expression import Expr
from .names import check_name, clash
from .operation import Operation, hooks, operations
from .pickling import Copied, bits_of, key_of
from .provenance import Derivative, Forms
from .types import Type, read_spec

__all__ = ["Derivative", "Expr", "Forms", "Graph", "Operation", "hooks", "operations"]

_NONE: Mapping[str, Any] = {}  # the parameters of most nodes


class Graph(Copied):
    """An append-only directed acyclic graph of typed operations.

    Example
    -------
    >>> g = Graph()
    >>> x, y = g.input("x", "[n]"), g.input("y", "[n]")
    >>> (x * y).sum() is (x * y).sum(), len(g)
    (True, 4)
    """

    def __init__(self) -> None:
        self.nodes: list[Expr] = []
        self.inputs: dict[str, Expr] = {}
        self.named: dict[str, Expr] = {}
        self.spans: dict[int, Span] = {}
        self.derivatives: list[Derivative] = []
        self.rewrites: list[range] = []  # the numbers of the nodes that rewriting has appended
        self.origins: dict[int, Expr] = {}  # rewritten node -> the node it stands for
        self.again: dict[int, Expr] = {}  # what is computed once more -> what it repeats
        self.factors: dict[int, Expr] = {}  # rewritten node -> how many times its origin it is
        self.rewritten: dict[str, Forms] = {}  # by phase
        self.compiled: dict[Any, Any] = {}  # functions, by what they compute
        self.proved: dict[int, int] = {}  # what is known of the signs of a node's values
        self.held: frozenset[int] = frozenset()  # inner nodes that are differentiated by just now
        # The last outputs that were walked from, all that they read, and a byte for each: 1.
        self.walked: tuple[list[Expr], list[Expr], bytes] = [], [], b""
        self._dims: dict[str, None] = {}
        self._names: dict[int, str] = {}
        # Per op the nodes by their operands: the key is the node's own tuple, and needs no memory.
        self._known: dict[Operation, dict[Any, Expr]] = {}
        self._numbers: dict[tuple[type, Any], Expr] = {}
        self.deriving = False  # whether rules of differentiation run: factors of 1 are left out
        self.stable = False  # whether slopes are made in the form that floating point can bear
        self.ordered = False  # whether x y and y x are two nodes, as in patterns
        self.tracing = False  # whether NumPy code runs, in which == compares elements

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<symgrad.Graph: {len(self)} nodes, inputs {', '.join(self.inputs) or 'none'}>"

    def _repr_png_(self) -> bytes | None:
        picture: bytes | None = hooks["picture"](self)
        return picture

    @property
    def dims(self) -> list[str]:
        """The named dims that the inputs declare, in order of appearance."""
        return list(self._dims)

    def input(self, name: str, spec: object = (), dtype: object = None, *, sign: str = "") -> Expr:
        """Declare an input.

        Parameters
        ----------
        name : str
            An identifier, unique in the graph.
        spec : str, sequence of dims, Type or array
            ``"float32[n, 784]"``, ``("n", 784)``, ``"[n]"``, ``"float64"``, an example array;
            a scalar by default. ``"positive float64[n]"`` declares a sign too.
        dtype : dtype, optional
            Where the spec names none; float64 by default.
        sign : str, optional
            ``"positive"``, ``"nonnegative"``, ``"negative"``, ``"nonpositive"`` or ``"nonzero"``:
            what callers promise of every element. Formulas are rewritten for such values, and the
            functions made of them do not test it.

        Raises
        ------
        GraphError
            If the name is no identifier, or taken by something else.

        Example
        -------
        >>> Graph().input("X", "float32[n, 784]").shape
        ('n', 784)
        >>> Graph().input("rate", "positive float64").sign
        'positive'
        """
        name = check_name(name, "input")
        type_, sign = read_spec(spec, dtype, sign)
        old = self.inputs.get(name)
        if old is not None and old.type == type_ and old.sign == sign:
            return old
        if name in self.named:
            was = f"an input {old.declaration}" if old is not None else "the name of an expression"
            raise GraphError(f"{name} is already {was}", how="Choose another name.")
        dims = names_of(type_.shape)
        both = [d for d in dims if d == name or d in self.inputs]
        if both or name in self._dims:
            raise clash(*both[:1] or [name])
        params = {"name": name, "sign": sign} if sign else {"name": name}
        node = self.append(operations["input"], (), params, type_)
        self._dims.update(dict.fromkeys(dims))
        self.inputs[name] = self.named[name] = node
        self._names[node.id] = name
        return node

    def variable(self, type_: Type) -> Expr:
        """A stand-in that is no input: transformations replace it, or it drops out."""
        name = f"variable {len(self)}"
        return self.append(operations["input"], (), {"name": name}, type_)

    def constant(self, value: object, dtype: object = None) -> Expr:
        """A constant: a number, or an array. A Python number adopts the dtype of what it meets.

        Raises
        ------
        DTypeError
            If the value is not made of numbers of a supported dtype.

        Example
        -------
        >>> g = Graph()
        >>> (g.input("x", "float32[3]") * g.constant(0.5)).dtype
        dtype('float32')
        """
        weak = dtype is None and type(value) in (bool, int, float)
        node = self._numbers.get((type(value), value)) if weak and value else None
        if node is None:
            array = as_array(value, dtype)
            node = self.typed_constant(array, Type(array.dtype, array.shape, weak, weak))
            if weak and value and value == value:  # 0.0 is -0.0 too, and nan never itself
                self._numbers[type(value), value] = node
        return node

    def typed_constant(self, array: np.ndarray[Any, Any], type_: Type) -> Expr:
        """A constant keyed by type and bits (0.0 and -0.0 differ, nan equals itself)."""
        array.setflags(write=False)
        key = bits_of(array, type_)
        return self.append(operations["constant"], (), {"value": array}, type_, key)

    def append(
        self,
        op: Operation,
        args: tuple[Expr, ...],
        params: Mapping[str, Any],
        type_: Type,
        key: object = None,
    ) -> Expr:
        """The node of this op, operands and parameters: the one there is, else a new one."""
        known = self._known.get(op)
        if known is None:
            known = self._known[op] = {}
        if key is None:
            key = (args, *params.items()) if params else args  # as `key_of`
        node = known.get(key)
        if node is None:
            if op.mirror and key is args and (twin := self._mirrored(op.mirror, args)) is not None:
                return twin
            node = known[key] = Expr(self, len(self.nodes), op, args, params or _NONE, type_)
            self.nodes.append(node)
        return node

    def _mirrored(self, mirror: str, args: tuple[Expr, ...]) -> Expr | None:
        """x y, if there is that, for y x: else all that reads them would be two as well."""
        known = None if self.ordered else self._known.get(mirror)  # type: ignore[call-overload]
        return known.get(args[::-1]) if known else None

    def repeat(self, node: Expr, args: tuple[Expr, ...]) -> Expr:
        """A second node of the same operation and value: what has to be computed once more.

        The operands are the first's, or repeat them.
        """
        new = self.duplicate(node, args)
        self.again[new.id] = node
        return new

    def duplicate(self, node: Expr, args: tuple[Expr, ...]) -> Expr:
        """A new node of the same operation, even if there is one on these operands."""
        key = ("duplicate", len(self.nodes))
        return self.append(operations[node.op], args, node.params, node.type, key)

    @contextmanager
    def knowing(self, nodes: Iterable[Expr]) -> Iterator[None]:
        """Inside, it finds these nodes again and what is appended, and no other."""
        before = self._known, self._numbers, self.rewritten
        self._known, self._numbers, self.rewritten = {}, {}, {}
        for node in nodes:
            self._known.setdefault(node.op, {}).setdefault(key_of(node), node)
        try:
            yield
        finally:
            self._known, self._numbers, self.rewritten = before

    def knows(self, node: Expr) -> bool:
        """Whether it finds this node again: not if it repeats one, or was made apart."""
        return self._known.get(node.op, {}).get(key_of(node)) is node

    @property
    def ops(self) -> Collection[Operation]:
        """The operations of its nodes."""
        return self._known.keys()

    def name(self, name: str, expr: Expr) -> Expr:
        """Name a node, for `named`, pictures, and emitted code. The first name is the one shown.

        Raises
        ------
        GraphError
            If the name is taken by another node, or the node is of another graph.
        """
        self.own(expr)
        name = check_name(name, "expression")
        if self.named.get(name, expr) is not expr:
            raise GraphError(f"{name} already names another expression", how="Choose another name.")
        if name in self._dims:
            raise clash(name)
        self.named[name] = expr
        self._names.setdefault(expr.id, name)
        return expr

    def name_of(self, node: Expr) -> str | None:
        """The user's name of a node, or of the node it was rewritten from."""
        return self._names.get(node.id) or self._names.get(self.origins.get(node.id, node).id)

    def root(self, node: Expr) -> Expr:
        """The node that a rewritten one stands for; else itself."""
        return self.origins.get(node.id, node)

    def inherit(self, new: Expr, old: Expr) -> None:
        """Note that a new node stands for an old one: its name and role are the old one's."""
        self.origins[new.id] = self.origins.get(old.id, old)

    def own(self, expr: object) -> Expr:
        """The expression, if it is one of this graph.

        Raises
        ------
        GraphError
            If it is no expression, or one of another graph.
        """
        if not isinstance(expr, Expr):
            how = "Give one." if isinstance(expr, list | tuple) else "See sg.parse and sg.Graph."
            raise GraphError(f"an expression is wanted here, not {type(expr).__name__}", how=how)
        if expr.graph is not self:
            raise GraphError(
                f"{expr.label} belongs to another graph",
                how="Build both in one graph: parse(..., graph=g), trace(..., graph=g).",
            )
        return expr

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take back all nodes and names made inside, if the block raises."""
        mark = len(self.nodes)
        saved = [dict(t) for t in (self.inputs, self.named, self._names, self._dims)]
        try:
            yield
        except BaseException:
            self._truncate(mark)
            self.inputs, self.named, self._names, self._dims = saved  # type: ignore[assignment]
            raise

    def _truncate(self, mark: int) -> None:
        del self.nodes[mark:]
        for known in (self._numbers, *self._known.values()):
            for key in [k for k, node in known.items() if node.id >= mark]:
                del known[key]
        for table in (self.spans, self.origins, self.again, self.factors):
            for i in [i for i in table if i >= mark]:
                del table[i]
        self.derivatives = [d for d in self.derivatives if d.start < mark]
        self.rewrites = [r[: mark - r.start] for r in self.rewrites if r.start < mark]
        for found in (self.rewritten, self.compiled, self.proved):
            found.clear()
        self.walked = [], [], b""
