"""A node of a graph, which is the expression that ends in it; and Python's operators on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GraphError, ShapeError
from .dims import Dim
from .methods import Methods
from .operation import Operation, hooks, operations
from .pickling import node_of
from .types import Shape, Type

if TYPE_CHECKING:
    from .graph import Graph


def _operator(op: str) -> tuple[Callable[[Any, object], Expr], Callable[[Any, object], Expr]]:
    """Python's operator for an operation: of a node on its left, and of one on its right."""

    def of_left(self: Expr, other: object) -> Expr:
        return operations[op](self, other)

    def of_right(self: Expr, other: object) -> Expr:
        return operations[op](other, self)

    return of_left, of_right


class Expr(Methods):
    """A node of a graph, and the expression that ends in it.

    Python's operators and NumPy's usual methods append nodes; ``==`` is identity (use
    `symgrad.equal` elementwise). Made by `Graph.input`, `Graph.constant` and operations only.

    Example
    -------
    >>> from symgrad import Graph
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
        """What messages call it: the user's name, or what the user wrote, with the type."""
        if self.op == "constant" and not self.shape:
            return str(self.params["value"])
        written = hooks["summary"](self.graph.root(self), 40) if self.args else self.op
        return f"{self.name or written} {self.type}"

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
            how="Write np.sin(x), not math.sin(x); for a number, compile it with sg.function.",
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

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("subtract")
    __mul__, __rmul__ = _operator("multiply")
    __truediv__, __rtruediv__ = _operator("divide")
    __floordiv__, __rfloordiv__ = _operator("floor_divide")
    __mod__, __rmod__ = _operator("remainder")
    __pow__, __rpow__ = _operator("power")
    __matmul__, __rmatmul__ = _operator("matmul")
    __and__ = __rand__ = _operator("bitwise_and")[0]
    __or__ = __ror__ = _operator("bitwise_or")[0]
    __xor__ = __rxor__ = _operator("bitwise_xor")[0]
    __lt__, __le__ = _operator("less")[0], _operator("less_equal")[0]
    __gt__, __ge__ = _operator("greater")[0], _operator("greater_equal")[0]

    def __divmod__(self, other: object) -> tuple[Expr, Expr]:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> tuple[Expr, Expr]:
        return other // self, other % self

    def __round__(self, decimals: int = 0) -> Expr:
        return operations["round"](self, decimals)

    def __invert__(self) -> Expr:
        return operations["invert"](self)

    def __neg__(self) -> Expr:
        return operations["negative"](self)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return operations["absolute"](self)

    def __getitem__(self, index: object) -> Expr:
        return operations["getitem"](self, index)
