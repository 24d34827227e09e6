"""Arrays taken apart: functions that return lists."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import index
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.dims import Dim, divide
from ..graph.graph import Expr
from ..graph.types import broadcast
from .composites import lifted_list
from .functions import Function, function
from .indexing import along
from .operands import describe
from .shapes import broadcast_to
from .typing import one_axis

_MOST_PARTS = 100_000  # each is an expression


def _count(sections: Any) -> int | None:
    """How many parts are wanted; None if places are given."""
    if isinstance(sections, list | tuple | np.ndarray):
        return None
    try:
        count = index(sections)
    except TypeError:
        raise ShapeError(
            f"the sections are a number, or a list of places, not {sections!r:.40}"
        ) from None
    if count < 1:
        raise ShapeError(f"{count} is no number of parts")
    return _checked(count)


def _checked(count: int) -> int:
    """A number of parts that can be written down one by one."""
    if count > _MOST_PARTS:
        raise ShapeError(
            f"{count} parts are too many, {_MOST_PARTS} are allowed",
            how="Use sg.vmap, or operations along an axis, to compute with every entry.",
        )
    return count


def _parts(x: Expr, bounds: Sequence[Any], axis: int) -> list[Expr]:
    """The slices between bounds, of which the first and the last are the ends."""
    return [along(x, axis, slice(*ends)) for ends in pairwise([None, *bounds, None])]


def _evenly(x: Expr, count: int, axis: int) -> list[Expr]:
    size = x.shape[axis]
    each = divide(size, count)
    if each is None:
        how = "Use sg.array_split for parts that differ." if isinstance(size, int) else None
        raise ShapeError(
            f"cannot split {describe(x)}: size {size} of axis {axis} does not divide by {count}",
            how=how or f"Declare the size as a multiple, {count}*{size}, or give places.",
        )
    return _parts(x, [each * i for i in range(1, count)], axis)


def _operand(x: Any, axis: Any, what: str) -> tuple[Expr, int]:
    (x,) = lifted_list([x], what)
    if not x.ndim:
        raise ShapeError(f"{what}: {describe(x)} is a scalar, which has no axis")
    return x, one_axis(axis, x.ndim)


@function
def split(x: Any, indices_or_sections: Any, axis: Any = 0) -> list[Expr]:
    """Equal parts along an axis, so many; or the parts between places. A list of expressions."""
    return _split(*_operand(x, axis, "split"), indices_or_sections)


def _split(x: Expr, axis: int, sections: Any) -> list[Expr]:
    count = _count(sections)
    return _parts(x, sections, axis) if count is None else _evenly(x, count, axis)


@function
def array_split(x: Any, indices_or_sections: Any, axis: Any = 0) -> list[Expr]:
    """As split; where the parts can not be equal, the first ones are longer by 1."""
    x, axis = _operand(x, axis, "array_split")
    count, size = _count(indices_or_sections), x.shape[axis]
    if count is None or not isinstance(size, int):
        return _split(x, axis, indices_or_sections)
    short, longer = divmod(size, count)
    sizes = [short + (i < longer) for i in range(count - 1)]
    return _parts(x, list(accumulate(sizes)), axis)


def _split_along(name: str, of_vectors: int, axis: int, sentence: str) -> Function:
    """NumPy's hsplit, vsplit and dsplit."""

    def build(x: Any, indices_or_sections: Any) -> list[Expr]:
        x, _ = _operand(x, 0, name)
        if x.ndim <= of_vectors:
            raise ShapeError(f"{name}: {describe(x)} has no axis {axis}")
        return _split(x, min(axis, x.ndim - 1), indices_or_sections)

    build.__name__, build.__doc__ = name, sentence
    return function(build)


@function
def unstack(x: Any, axis: Any = 0) -> list[Expr]:
    """What stands along an axis, as a list: the inverse of stack."""
    x, axis = _operand(x, axis, "unstack")
    size = x.shape[axis]
    if isinstance(size, Dim):
        raise ShapeError(
            f"cannot unstack {describe(x)}: how long a list of {size} is, is not known now",
            how="Use sg.vmap to compute with every entry.",
        )
    return [along(x, axis, i) for i in range(_checked(size))]


@function
def broadcast_arrays(*arrays: Any) -> list[Expr]:
    """All arrays in their common shape."""
    nodes = lifted_list(arrays, "broadcast_arrays")
    return _spread(nodes)


def _spread(nodes: list[Expr]) -> list[Expr]:
    shape = broadcast(*(x.shape for x in nodes))
    return [broadcast_to(x, shape) for x in nodes]


@function
def meshgrid(*arrays: Any, indexing: str = "xy", sparse: bool = False) -> list[Expr]:
    """Coordinates of a grid from those along its axes; by default the first runs to the right."""
    if indexing not in ("xy", "ij"):
        raise ShapeError(f'meshgrid: indexing is "xy" or "ij", not {indexing!r:.40}')
    nodes = [x.ravel() for x in lifted_list(arrays, "meshgrid")]
    order = [*range(len(nodes))]
    if indexing == "xy":
        order[:2] = order[:2][::-1]
    grid = [_upright(x, order.index(i), len(nodes)) for i, x in enumerate(nodes)]
    return grid if sparse else _spread(grid)


def _upright(x: Expr, axis: int, ndim: int) -> Expr:
    """A vector along one of several axes."""
    return x.reshape(tuple(x.shape[0] if i == axis else 1 for i in range(ndim)))


hsplit = _split_along("hsplit", 0, 1, "Parts beside one another; of a vector, end to end.")
vsplit = _split_along("vsplit", 1, 0, "Parts below one another.")
dsplit = _split_along("dsplit", 2, 2, "Parts along the third axis.")
