"""Arrays made of nothing: how they find their graph, and those of one value.

They are nodes of the graph of `like`, as by NumPy's keyword; without it, sizes that are numbers
give NumPy's arrays. Where no dtype is given, floats adopt the dtype of what they meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, GraphError, ShapeError
from ..graph.dims import Dim, names_of
from ..graph.graph import Expr, Graph, operations
from ..graph.types import FLOAT64, INT64, Type, as_dtype, as_shape
from .functions import Function, described, enter
from .op import Op, case, op
from .operands import find_graph, leaves, lift
from .shapes import broadcast_to, shape_text

MOST_ELEMENTS = 2**25
"""Of a constant; larger ones are most likely mistakes."""

# The two leaves.


def _by_maker(name: str) -> Callable[..., Any]:
    """A call of the row with the arguments of NumPy's function."""
    return lambda self, *args, **params: MAKERS[name](*args, **params)


_iota = op(
    "iota(;size)",
    """The integers from 0 up to a size, that excluded.""",
    type=lambda size: Type(INT64, (size,)),
    call=_by_maker("arange"),
    flops=0,
    numpy=lambda node: f"np.arange({shape_text(node.shape)[1:-2]})",
    latex=lambda node: rf"\left(0, \ldots, {node.shape[0]} - 1\right)",
)


def iota(graph: Graph, size: int | Dim) -> Expr:
    """The integers below a size, as a node of a graph."""
    return _iota.build(graph, [], {"size": size})


_eye = op(
    "eye(;size, dtype=None)",
    """Identity matrix; by default it adopts the floating dtype of what it meets.""",
    type=lambda size, dtype: (
        Type(FLOAT64, (size, size), True) if dtype is None else Type(dtype, (size, size))
    ),
    call=_by_maker("eye"),
    flops=0,
    numpy=lambda node: (
        f"np.eye({shape_text(node.shape[:1])[1:-2]}"
        + ("" if node.dtype == FLOAT64 else f", dtype=np.{node.dtype.name}")
        + ")"
    ),
    latex="I",
)


def identity(graph: Graph, size: int | Dim, dtype: Any = None) -> Expr:
    """The identity matrix of a size, as a node of a graph."""
    params = {"size": size, "dtype": None if dtype is None else as_dtype(dtype)}
    return _eye.build(graph, [], params)


# Functions of the package that build in a graph, and what they share.


class Maker(Function):
    """A function that makes an array: in the graph of `like`, or else by NumPy."""

    def __call__(self, *args: Any, like: Any = None, **params: Any) -> Any:
        """An expression, where a graph is given; else a NumPy array."""
        self.check(args, params)
        values = [*args, *(v for k, v in params.items() if k != "dtype")]
        graph = self._graph(values, like)
        if graph is not None:
            return self.build(graph, *args, **params)
        for value in leaves(values):
            if isinstance(value, Dim):
                raise GraphError(
                    f"{self}: of which graph {value} is a size is not known here",
                    how=f"Name an expression of that graph: sg.{self}(..., like=x).",
                )
        made = self.build(Graph(), *args, **params)
        check_count(made.size, self)
        array = getattr(np, self)(*args, **params)
        return array if array.dtype == made.dtype else array.astype(made.dtype)

    def within(self, graph: Graph, args: list[Any], params: dict[str, Any]) -> Expr:
        """The node in a graph that is known, as in a text."""
        params = {k: v for k, v in params.items() if k != "like"}
        self.check(tuple(args), params)
        made: Expr = self.build(graph, *args, **params)
        return made

    def _graph(self, values: list[Any], like: Any) -> Graph | None:
        """The graph of `like`, or of the expressions among the arguments."""
        if like is not None and not isinstance(like, Expr):
            raise GraphError(f"{self}: like= is an expression, not {type(like).__name__}")
        given = [v for v in (like, *leaves(values)) if isinstance(v, Expr)]
        return find_graph(given) if given else None


MAKERS: dict[str, Maker] = {}
"""By their names."""


def maker(build: Callable[..., Expr]) -> Maker:
    """Enter a function of a graph, where no row has its name."""
    made = described(build, Maker, skip=1)
    assert isinstance(made, Maker)
    MAKERS[made.name] = made
    if made.name not in operations:
        enter(made)
    return made


def check_count(count: int | Dim, name: str) -> None:
    """Refuse more elements than a constant may have."""
    if isinstance(count, int) and count > MOST_ELEMENTS:
        raise GraphError(f"{name}: {count} elements are too many, {MOST_ELEMENTS} are allowed")


def sizes_in(graph: Graph, shape: Any) -> tuple[int | Dim, ...]:
    """A shape, of named dims that the graph has."""
    sizes = as_shape(shape)
    for name in names_of(sizes):
        if name not in graph.dims:
            known = ", ".join(graph.dims) or "none"
            raise ShapeError(
                f"no input has the named dim {name}", how=f"The graph's named dims: {known}."
            )
    return sizes


def check_numbers(graph: Graph, **given: Any) -> None:
    """Refuse what is no number and no size of the graph."""
    for name, value in given.items():
        if isinstance(value, Dim):
            sizes_in(graph, (value,))
        elif not isinstance(value, int | float | np.integer | np.floating):
            raise DTypeError(f"{name} is a number or a size, not {shown(value)}")


def shown(value: Any) -> str:
    """A wrong argument, as messages name it."""
    return "an expression" if isinstance(value, Expr) else f"{value!r:.40}"


# Arrays of one value.

_FLOAT = Type(FLOAT64, (), True)


def _value(graph: Graph, value: Any, dtype: Any, default: Type) -> Expr:
    """A fill value, of a dtype or else of the default's type."""
    if isinstance(value, Expr):
        wanted = as_dtype(dtype or default.dtype)
        return value if value.dtype == wanted else value.astype(wanted)
    if value is None or isinstance(value, str):
        raise DTypeError(f"{value!r:.40} is no value to fill an array with")
    if dtype is None and default.weak:
        return graph.constant(default.dtype.type(value).item())
    return graph.constant(value, as_dtype(dtype or default.dtype))


@maker
def full(graph: Graph, shape: Any, fill_value: Any, dtype: Any = None) -> Expr:
    """An array of one value; a Python number adopts the dtype of what it meets."""
    value = lift(graph, fill_value)
    if dtype is not None:
        value = _value(graph, fill_value, dtype, value.type)
    return broadcast_to(value, sizes_in(graph, shape))


@maker
def zeros(graph: Graph, shape: Any, dtype: Any = None) -> Expr:
    """An array of zeros."""
    return broadcast_to(_value(graph, 0, dtype, _FLOAT), sizes_in(graph, shape))


@maker
def ones(graph: Graph, shape: Any, dtype: Any = None) -> Expr:
    """An array of ones."""
    return broadcast_to(_value(graph, 1, dtype, _FLOAT), sizes_in(graph, shape))


@maker
def empty(graph: Graph, shape: Any, dtype: Any = None) -> Expr:
    """An array of zeros: no expression is without a value."""
    return broadcast_to(_value(graph, 0, dtype, _FLOAT), sizes_in(graph, shape))


_PROTOTYPES = [case("[2, 3]"), case("[]"), case("[3]", dtype="float32")]


def _like(name: str, sentence: str, value: int, meaning: Any) -> Op:
    return op(
        f"{name}(x; dtype=None)",
        sentence,
        call=lambda self, x, dtype: full_like(x, value, dtype=dtype),
        meaning=meaning,
        cases=_PROTOTYPES,
    )


def _call_full_like(self: Op, x: Any, fill_value: Any, dtype: Any) -> Expr:
    graph = find_graph([x, fill_value], self)
    x = lift(graph, x)
    return broadcast_to(_value(graph, fill_value, dtype, x.type), x.shape)


full_like = op(
    "full_like(x, fill_value; dtype=None)",
    """An array of one value, of the shape and dtype of another.""",
    call=_call_full_like,
    meaning=lambda x, fill_value, dtype=None: np.broadcast_to(fill_value, x.shape),
    cases=[case("[2, 3]", "[]"), case("[2, 3]", "[3]"), case("[3]", "[]", dtype="float64")],
)
zeros_like = _like("zeros_like", "Zeros of an array's shape and dtype.", 0, np.zeros_like)
ones_like = _like("ones_like", "Ones of an array's shape and dtype.", 1, np.ones_like)
empty_like = _like(
    "empty_like", "Zeros of an array's shape and dtype, as `empty` has it.", 0, np.zeros_like
)
