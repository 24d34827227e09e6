"""The graph: an append-only list of nodes in which equal subexpressions are one node.

A node's number is larger than the numbers of all that it reads, so creation order is topological
order: forward passes are ``for node in nodes``, backward passes ``for node in reversed(nodes)``.
(Deep Learning, section 6.5.1; Theano's symbol-to-symbol derivatives, section 6.5.5.)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import DTypeError, GraphError, ShapeError, Span
from .dims import Dim, check_name, names_of
from .marks import Marks
from .methods import Methods
from .operation import Operation, hooks, operations
from .pickling import Copied, node_of
from .types import Shape, Type, as_dtype, read_spec

__all__ = ["Derivative", "Expr", "Graph", "Operation", "hooks", "operations"]


@dataclass
class Derivative:
    """Provenance of one derivative: what was differentiated by what, and which nodes came of it.

    Attributes
    ----------
    of : Expr
        The differentiated output.
    wrt : tuple of Expr
        What it was differentiated with respect to.
    start, stop : int
        The numbers of the nodes that the call appended.
    cotangents : dict
        Of reverse mode, the book's grad_table: for the id of a node its total cotangent.
    result : Expr or None
        Of forward mode, the derivative along the tangents; of a Jacobian, all of it.
    tangents : tuple of Expr
        Of forward mode, the direction for each of ``wrt``.
    """

    of: Expr
    wrt: tuple[Expr, ...]
    start: int
    stop: int = 0
    cotangents: dict[int, Expr] = field(default_factory=dict)
    result: Expr | None = None
    tangents: tuple[Expr, ...] = ()


class Forms:
    """What a phase of rewriting has found out: whose form is known, and which is another node."""

    def __init__(self) -> None:
        self.known = Marks()
        self.other: dict[Expr, Expr] = {}


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
        self.origins: dict[int, Expr] = {}  # rewritten node -> the node it stands for
        self.again: dict[int, Expr] = {}  # what is computed once more -> what it repeats
        self.factors: dict[int, Expr] = {}  # rewritten node -> how many times its origin it is
        self.rewritten: dict[str, Forms] = {}  # by phase
        self.compiled: dict[Any, Any] = {}  # functions, by what they compute
        self.proved: dict[int, int] = {}  # what is known of the signs of a node's values
        self.walked: tuple[list[Expr], list[Expr]] = [], []  # the last outputs, and all they read
        self._dims: dict[str, None] = {}
        self._names: dict[int, str] = {}
        # Per op the nodes by their operands: the key is the node's own tuple, and needs no memory.
        self._known: dict[Operation, dict[Any, Expr]] = {}
        self._numbers: dict[tuple[type, Any], Expr] = {}
        self.deriving = False  # whether rules of differentiation run: factors of 1 are left out
        self.stable = False  # whether slopes are made in the form that floating point can bear
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
            raise _clash(*both[:1] or [name])
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
            array = _as_array(value, dtype)
            node = self.typed_constant(array, Type(array.dtype, array.shape, weak, weak))
            if weak and value and value == value:  # 0.0 is -0.0 too, and nan never itself
                self._numbers[type(value), value] = node
        return node

    def typed_constant(self, array: np.ndarray[Any, Any], type_: Type) -> Expr:
        """A constant keyed by type and bits (0.0 and -0.0 differ, nan equals itself)."""
        array.setflags(write=False)
        key = (type_, array.tobytes())
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
            key = (args, *params.items()) if params else args
        node = known.get(key)
        if node is None:
            node = known[key] = Expr(self, len(self.nodes), op, args, params or _NONE, type_)
            self.nodes.append(node)
        return node

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

    def find(self, op: Operation, args: tuple[Expr, ...]) -> Expr | None:
        """The node of this op and operands, without parameters, if there is one."""
        return self._known[op].get(args) if op in self._known else None

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
            raise _clash(name)
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
            raise GraphError(f"an expression is wanted here, not {type(expr).__name__}")
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
        self.rewritten.clear()
        self.compiled.clear()
        self.proved.clear()
        self.walked = [], []


def _clash(name: str) -> GraphError:
    return GraphError(
        f"{name} is both an input and a named dim",
        how="Rename one; a named dim may be used in expressions as it is.",
    )


def _as_array(value: object, dtype: object) -> np.ndarray[Any, Any]:
    if isinstance(value, int) and not isinstance(value, bool) and dtype is None:
        value = value if -(2**63) <= value < 2**63 else _as_float(value)
    try:
        array = np.array(value, dtype=None if dtype is None else as_dtype(dtype))
    except (TypeError, ValueError, OverflowError) as error:
        raise DTypeError(
            f"{value!r:.60} is not a number or an array of numbers",
            how=f"NumPy says: {error}.",
        ) from None
    array = array.astype(as_dtype(array.dtype), copy=False)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise DTypeError("an integer this large fits no dtype (float64 ends at 1.8e308)") from None


class Expr(Methods):
    """A node of a graph, and the expression that ends in it.

    Python's operators and NumPy's usual methods append nodes; ``==`` is identity (use
    `symgrad.equal` elementwise). Made by `Graph.input`, `Graph.constant` and operations only.

    Example
    -------
    >>> g = Graph()
    >>> X, w = g.input("X", "[n, 2]"), g.input("w", "[2]")
    >>> y = (X @ w).sum()
    >>> y.op, y.shape, y.dtype, y.args[0].shape
    ('sum', (), dtype('float64'), ('n',))
    """

    __slots__ = ("__weakref__", "args", "graph", "id", "kind", "op", "params", "said", "type")

    def __init__(
        self,
        graph: Graph,
        id: int,
        op: Operation,
        args: tuple[Expr, ...],
        params: Mapping[str, Any],
        type_: Type,
    ) -> None:
        self.graph = graph
        self.id = id
        self.op = op
        self.args = args
        self.params = params
        self.type = type_
        self.kind = self.said = 0  # for rewriting, which numbers what its rules ask of a node

    def __reduce__(self) -> tuple[Any, ...]:
        return node_of, (self.graph, self.id)

    @property
    def shape(self) -> Shape:
        """Sizes of the axes: ints and named dims."""
        return self.type.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.type.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy dtype."""
        return self.type.dtype

    @property
    def size(self) -> int | Dim:
        """Number of elements."""
        return self.type.size

    @property
    def name(self) -> str | None:
        """The user's name, if it has one."""
        return self.graph.name_of(self)

    @property
    def sign(self) -> str:
        """The declared sign of an input, "positive" for example; else empty."""
        return str(self.params.get("sign", "")) if self.op == "input" else ""

    @property
    def declaration(self) -> str:
        """Sign, dtype and shape, as a spec declares them."""
        return f"{self.sign} {self.type}".lstrip()

    @property
    def label(self) -> str:
        """What messages call it: the user's name or the operation, with the shape."""
        if self.op == "constant" and not self.shape:
            return str(self.params["value"])
        return f"{self.name or self.op} {self.type}"

    @property
    def value(self) -> np.ndarray[Any, Any] | None:
        """The array, if it is a constant."""
        return self.params.get("value") if self.op == "constant" else None

    def named(self, name: str) -> Expr:
        """The same expression, named; see `Graph.name`."""
        return self.graph.name(name, self)

    def __str__(self) -> str:
        text: str = hooks["text"](self)
        return text

    def __repr__(self) -> str:
        named = f"{self.name}: " if self.name else ""
        return f"<symgrad.Expr {named}{self.type} = {hooks['summary'](self)}>"

    def _repr_png_(self) -> bytes | None:
        picture: bytes | None = hooks["picture"](self)
        return picture

    def __bool__(self) -> bool:
        raise GraphError(
            f"{self.label} is symbolic: it has no truth value while the graph is built",
            how="Choose between values with sg.where(condition, a, b).",
        )

    def __float__(self) -> float:
        raise GraphError(
            f"{self.label} is symbolic: it has no number yet",
            how="Compile it with sg.function and call that.",
        )

    __int__ = __index__ = __complex__ = __float__

    def __array__(self, *_: object, **__: object) -> np.ndarray[Any, Any]:
        raise GraphError(
            f"{self.label} is symbolic and can not become an array here",
            how="Join expressions with np.stack([...]) instead of np.array; otherwise use an "
            "operation that symgrad has (sg.…), or compile with sg.function.",
        )

    def __len__(self) -> int:
        if not self.shape or not isinstance(self.shape[0], int):
            raise ShapeError(f"{self.label} has no length known now")
        return self.shape[0]

    def __iter__(self) -> Iterator[Expr]:
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **params: Any) -> Any:
        return hooks["ufunc"](ufunc, method, inputs, params)

    def __array_function__(self, func: Any, _: Any, args: Any, params: Any) -> Any:
        return hooks["function"](func, args, params, self)

    def __setitem__(self, index: object, value: object) -> None:
        raise GraphError(
            f"{self.label} is symbolic: its elements can not be replaced",
            how="Choose between values with np.where(condition, a, b).",
        )

    def __eq__(self, other: object) -> Any:
        if self.graph.tracing:
            return operations["equal"](self, other)
        return NotImplemented

    def __ne__(self, other: object) -> Any:
        if self.graph.tracing:
            return operations["not_equal"](self, other)
        return NotImplemented

    __hash__ = object.__hash__

    def __add__(self, other: object) -> Expr:
        return operations["add"](self, other)

    def __radd__(self, other: object) -> Expr:
        return operations["add"](other, self)

    def __sub__(self, other: object) -> Expr:
        return operations["subtract"](self, other)

    def __rsub__(self, other: object) -> Expr:
        return operations["subtract"](other, self)

    def __mul__(self, other: object) -> Expr:
        return operations["multiply"](self, other)

    def __rmul__(self, other: object) -> Expr:
        return operations["multiply"](other, self)

    def __truediv__(self, other: object) -> Expr:
        return operations["divide"](self, other)

    def __rtruediv__(self, other: object) -> Expr:
        return operations["divide"](other, self)

    def __floordiv__(self, other: object) -> Expr:
        return operations["floor_divide"](self, other)

    def __rfloordiv__(self, other: object) -> Expr:
        return operations["floor_divide"](other, self)

    def __mod__(self, other: object) -> Expr:
        return operations["remainder"](self, other)

    def __rmod__(self, other: object) -> Expr:
        return operations["remainder"](other, self)

    def __divmod__(self, other: object) -> tuple[Expr, Expr]:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> tuple[Expr, Expr]:
        return other // self, other % self

    def __round__(self, decimals: int = 0) -> Expr:
        return operations["round"](self, decimals)

    def __pow__(self, other: object) -> Expr:
        return operations["power"](self, other)

    def __rpow__(self, other: object) -> Expr:
        return operations["power"](other, self)

    def __matmul__(self, other: object) -> Expr:
        return operations["matmul"](self, other)

    def __rmatmul__(self, other: object) -> Expr:
        return operations["matmul"](other, self)

    def __and__(self, other: object) -> Expr:
        return operations["logical_and"](self, other)

    __rand__ = __and__

    def __or__(self, other: object) -> Expr:
        return operations["logical_or"](self, other)

    __ror__ = __or__

    def __xor__(self, other: object) -> Expr:
        return operations["logical_xor"](self, other)

    __rxor__ = __xor__

    def __invert__(self) -> Expr:
        return operations["logical_not"](self)

    def __neg__(self) -> Expr:
        return operations["negative"](self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return operations["absolute"](self)

    def __lt__(self, other: object) -> Expr:
        return operations["less"](self, other)

    def __le__(self, other: object) -> Expr:
        return operations["less_equal"](self, other)

    def __gt__(self, other: object) -> Expr:
        return operations["greater"](self, other)

    def __ge__(self, other: object) -> Expr:
        return operations["greater_equal"](self, other)

    def __getitem__(self, index: object) -> Expr:
        return operations["getitem"](self, index)
