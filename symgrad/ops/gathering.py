"""Advanced indexing, with arrays of integers, and its adjoint.

The adjoint of `gather` adds up what arrives at the same place: `scatter_add`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from ..graph.types import Shape, Type, as_shape, broadcast, show_shape
from . import batching
from .construction import iota
from .counts import per_operand
from .indices import WHOLE, At, Entry, canonical_entry, index_text, indexed, is_array
from .masks import unmasked
from .op import Op, case, op
from .operands import lift
from .promotion import REST
from .shapes import broadcast_to, reshape, shape_text, spreads, transpose


def _template(x: Type, *arrays: Type, index: Any = None) -> dict[str, Any]:
    """The index in full: an entry for each axis."""
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    if not isinstance(entries, tuple | list) or sorted(
        e for e in entries if isinstance(e, At)
    ) != list(range(len(arrays))):
        raise ShapeError(
            f"the index {index!r:.60} does not have each of {len(arrays)} arrays once",
            how="Write x[i, :, j].",
        )
    taken = sum(e is not None for e in entries)
    if taken > x.ndim:
        raise ShapeError(f"{taken} indices are too many for {x.ndim} axes")
    sizes = iter(x.shape)
    pairs = ((e, None if e is None else next(sizes)) for e in entries)
    full = (e if n is None or isinstance(e, At) else canonical_entry(e, n) for e, n in pairs)
    return {"index": (*full, *[WHOLE] * (x.ndim - taken))}


def _arrays_first(index: tuple[Entry, ...]) -> bool:
    """Whether the arrays' axes come first, because something stands between the arrays."""
    at = [i for i, e in enumerate(index) if isinstance(e, int)]
    return at[-1] - at[0] >= len(at)


def _before(index: tuple[Entry, ...]) -> int:
    """How many axes of the result come before the arrays' own."""
    if _arrays_first(index):
        return 0
    return next(i for i, e in enumerate(index) if isinstance(e, int))


def selected(x: Type, *arrays: Type, index: tuple[Entry, ...]) -> Type:
    """The type of what an index with arrays selects."""
    for a in arrays:
        if a.dtype.kind != "i":
            raise DTypeError(f"an index is of integers, not {a.dtype.name}")
    if not arrays:
        raise ShapeError("there is no array in the index", how="Write x[...].")
    kept = indexed(x, tuple(None if e is None else e for e in index)).shape
    before = _before(index)
    spread = broadcast(*(a.shape for a in arrays))
    return x.with_shape((*kept[:before], *spread, *kept[before:]))


def _pick(x: Any, *arrays: Any, index: Any = None) -> Any:
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    return x[tuple(arrays[e] if isinstance(e, At) else e for e in entries)]


def _batched_gather(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """The batch axis as one more whole axis, or with its own number for each example."""
    x, *arrays = args
    index: tuple[Entry, ...] = node.params["index"]
    rank = len(broadcast(*(a.shape for a in node.args[1:])))
    if all(r is None for r in ranks[1:]):
        y = gather(x, arrays, (WHOLE, *index))
        return _to_front(y, rank) if _arrays_first(index) else y
    arrays = [batching.aligned(a, r, rank) for a, r in zip(arrays, ranks[1:], strict=True)]
    if ranks[0] is None:
        return _to_front(gather(x, arrays, index), _before(index))
    y = gather(x, [_examples(x, rank), *arrays], _shifted(index))
    return transpose(y, _order(node.ndim, rank, _before(index)))


def _to_front(y: Expr, axis: int) -> Expr:
    return transpose(y, (axis, *(i for i in range(y.ndim) if i != axis)))


def _examples(x: Expr, rank: int) -> Expr:
    """The number of each example, on an axis before those of the arrays."""
    return reshape(iota(x.graph, x.shape[0]), (x.shape[0], *[1] * rank))


def _shifted(index: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (At(0), *(At(e + 1) if isinstance(e, At) else e for e in index))


def _order(ndim: int, rank: int, before: int) -> tuple[int, ...]:
    """From (batch, arrays' axes, others) to (batch, others before, arrays' axes, others)."""
    arrays, others = range(1, 1 + rank), range(1 + rank, 1 + ndim)
    return (0, *others[:before], *arrays, *others[before:])


gather: Op = op(
    "gather(x, [indices]; index=None)",
    """Advanced indexing, ``x[i, :, j]``: where the index has `At` (k), the k-th array stands.""",
    batch=_batched_gather,
    type=selected,
    prepare=_template,
    apart=REST,
    vjp=lambda i, g, y, index: scatter_add(g, y.args[1:], y.args[0].shape, index),
    verb="index {0}",
    flops=0,
    picks=True,
    numpy=lambda node, x, *arrays: f"{x}[{index_text(node.params['index'], arrays)}]",
    latex=lambda node, x, *arrays: f"{{{x}}}_{{{index_text(node.params['index'], arrays)}}}",
    meaning=_pick,
    domain=("reals", "labels"),
    cases=[
        case("[4]", "int64[2]"),
        case("[3, 4]", "int64[5]", index=(slice(None), At(0))),
        case("[3, 4]", "int64[2, 1]", "int64[3]"),
        case("[3, 2, 4]", "int64[2]", "int64[2]", index=(At(0), slice(None), At(1))),
        case("[3, 2, 4]", "int64[]", index=(None, At(0), slice(1, None), 2)),
        case("[3, 2, 3]", "int64[2, 2]", index=(slice(None), 1, At(0))),
    ],
)


def _in_place(x: Type, *arrays: Type, shape: Shape, index: tuple[Entry, ...]) -> Type:
    place = selected(Type(x.dtype, shape), *arrays, index=index).shape
    if not spreads(x.shape, place):
        raise ShapeError(f"it does not fit the place {show_shape(place)}")
    return x.with_shape(shape)


def _add_at(x: Any, *arrays: Any, shape: Any, index: Any = None) -> Any:
    out = np.zeros(shape, np.result_type(x))
    entries = [At(i) for i in range(len(arrays))] if index is None else index
    np.add.at(out, tuple(arrays[e] if isinstance(e, At) else e for e in entries), x)
    return out


def _index_value(node: Expr, arrays: Sequence[str]) -> str:
    """An index as a value of its own."""
    text = index_text(node.params["index"], arrays)
    return f"np.s_[{text}]" if "," in text or ":" in text else text


def _batched_scatter(node: Expr, args: Sequence[Expr], ranks: batching.Ranks) -> Expr:
    """Every example adds into its own zeros."""
    x, *arrays = args
    shape, index = node.params["shape"], node.params["index"]
    size = batching.batch_size(args, ranks)
    rank = len(broadcast(*(a.shape for a in node.args[1:])))
    place = selected(Type(x.dtype, shape), *(a.type for a in node.args[1:]), index=index).shape
    x = broadcast_to(batching.aligned(x, ranks[0], len(place)), (size, *place))
    order = _order(len(place), rank, _before(index))
    x = transpose(x, tuple(int(i) for i in np.argsort(order)))
    arrays = [batching.aligned(a, r, rank) for a, r in zip(arrays, ranks[1:], strict=True)]
    return scatter_add(x, [_examples(x, rank), *arrays], (size, *shape), _shifted(index))


def _into(x: Type, *arrays: Type, shape: Any, index: Any) -> dict[str, Any]:
    sizes = as_shape(shape)
    return {"shape": sizes, **_template(Type(x.dtype, sizes), *arrays, index=index)}


scatter_add: Op = op(
    "scatter_add(x, [indices]; shape, index=None)",
    """Zeros of the given shape with x added at the index, again for every repetition there.

    The adjoint of advanced indexing.
    """,
    batch=_batched_scatter,
    type=_in_place,
    prepare=_into,
    apart=REST,
    vjp=lambda i, g, y, shape, index: gather(g, y.args[1:], index),
    flops=per_operand(),
    numpy=lambda node, x, *arrays: (
        f"scatter_add({x}, {shape_text(node.shape)}, {_index_value(node, arrays)})"
    ),
    helper='''
def scatter_add(x, shape, index):
    """Zeros of a shape, with x added at the index."""
    out = np.zeros(shape, np.result_type(x))
    if len(shape) > 1 and out.size and isinstance(index, np.ndarray):
        # NumPy adds single numbers faster.
        width, index = out[0].size, index.reshape(index.shape or 1)
        starts = np.arange(0, out.size, width)[index]
        if np.shape(x) != index.shape + shape[1:]:
            x = np.broadcast_to(x, index.shape + shape[1:])
        step = 1 + 16384 // max(x[:1].size, 1)
        for i in range(0, len(x), step):
            places = starts[i : i + step].reshape(-1, 1) + np.arange(width)
            np.add.at(out.reshape(-1), places.reshape(-1), x[i : i + step].reshape(-1))
    else:
        np.add.at(out, index, x)
    return out
''',
    latex=lambda node, x, *arrays: rf"\operatorname{{scatter}}\left({x}\right)",
    meaning=_add_at,
    domain=("reals", "labels"),
    cases=[
        case("[5]", "int64[5]", shape=(4,)),
        case("[2, 5]", "int64[5]", shape=(2, 3), index=(slice(None), At(0))),
        case("[5, 2]", "int64[5]", "int64[5]", shape=(3, 2, 4), index=(At(0), slice(None), At(1))),
        case("[]", "int64[2]", shape=(3,)),
    ],
)


def split_index(x: Expr, given: list[Any]) -> tuple[Expr, list[Expr], tuple[Entry, ...]]:
    """An index with arrays as `gather` takes it: its operand, its arrays, the rest of the index."""
    x, entries = unmasked(x, given)
    arrays: list[Expr] = []
    template: list[Entry] = []
    sizes = iter(x.shape)
    for entry in entries:
        if entry is None:
            template.append(None)
        elif is_array(entry):
            template.append(At(len(arrays)))
            arrays.append(_positions(x, entry, next(sizes)))
        else:
            template.append(canonical_entry(entry, next(sizes)))
    return x, arrays, tuple(template)


def _positions(x: Expr, entry: Any, size: int | Dim) -> Expr:
    """An array of an index as a node; what is known now is checked now."""
    node = lift(x.graph, np.zeros(0, int) if isinstance(entry, list) and not entry else entry)
    if node.dtype.kind != "i":
        raise DTypeError(
            f"an index is of integers, not {node.dtype.name}", how="Convert it: .astype('int64')."
        )
    if node.value is None or not isinstance(size, int):
        return node
    wrong = node.value[(node.value < -size) | (node.value >= size)]
    if wrong.size:
        raise ShapeError(f"index {wrong.flat[0]} is out of range for size {size}")
    return x.graph.constant(np.where(node.value < 0, node.value + size, node.value))
