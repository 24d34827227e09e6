"""Integer labels: as rows of 0 and 1, and the entry of each row that its label names.

A label out of range is refused when the code runs: a loss that silently leaves an example out, or
counts a negative label from the end, hides a mistake in the data
(docs/decisions/0011-labels-out-of-range.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..graph.amounts import Amount
from ..graph.dims import Dim, product
from ..graph.graph import Expr
from ..graph.types import FLOAT64, Type, as_dtype, as_shape, show_shape
from . import batching
from .construction import iota
from .op import Op, case, op
from .operands import lift
from .shapes import expand_dims, reshape


def _check_labels(labels: Type, name: str) -> None:
    if labels.dtype.kind != "i":
        raise DTypeError(
            f"labels are integers, not {labels.dtype.name}",
            how=f"Declare them so: {name}: int64[n].",
        )


def _rows(x: Type, depth: int, dtype: Any) -> Type:
    _check_labels(x, "{0}")
    shape = (*x.shape, depth)
    return Type(FLOAT64, shape, True) if dtype is None else Type(dtype, shape)


def _depth(x: Type, depth: Any, dtype: Any) -> dict[str, Any]:
    sizes = as_shape(depth)
    if len(sizes) != 1:
        raise ShapeError(f"the depth is one size, not {show_shape(sizes)}")
    return {"depth": sizes[0], "dtype": None if dtype is None else as_dtype(dtype)}


one_hot: Op = op(
    "one_hot(x; depth, dtype=None)",
    """Integer labels as rows of 0 and 1 on a new last axis; a label out of range is refused.

    By default it adopts the floating dtype of what it meets.
    """,
    batch=batching.same,
    type=_rows,
    prepare=_depth,
    constant_derivative=True,
    flops=lambda node: Amount.of(node.size) * 2 + 1,  # with the check
    numpy=lambda node, x: f"one_hot({x}, {node.params['depth']}, np.{node.dtype.name})",
    helper='''
def one_hot(labels, depth, dtype):
    """Integer labels as rows of 0 and 1."""
    rows = np.expand_dims(labels, -1) == np.arange(depth)
    if np.count_nonzero(rows) < np.size(labels):
        raise IndexError(f"a label is not one of 0 to {depth - 1}")
    return rows.astype(dtype)
''',
    latex=r"\mathbf{{1}}_{{{x}}}",
    meaning=lambda x, depth, dtype=None: np.eye(depth)[x],
    domain="labels",
    cases=[case("int64[4]", depth=3), case("int64[2, 2]", depth=4), case("int64[]", depth=3)],
)


def _picked(x: Type, labels: Type) -> Type:
    _check_labels(labels, "{1}")
    if not x.shape or labels.shape != x.shape[:-1]:
        raise ShapeError(
            f"labels {show_shape(labels.shape)} do not name one entry in each row of "
            f"{show_shape(x.shape)}",
            how="There is one label for each row.",
        )
    return x.with_shape(labels.shape)


pick: Op = op(
    "pick(x, labels)",
    """The entry of each row that its label names; a label out of range is refused.

    Of logarithms of probabilities, the log-likelihood of integer labels.
    """,
    batch=lambda node, args, ranks: pick(*batching.whole(args, ranks)),
    type=_picked,
    vjp=[lambda g, y, x, labels: expand_dims(g, -1) * one_hot(labels, x.shape[-1], x.dtype), None],
    apart=[1],
    verb="pick {1} from {0}",
    flops=4,
    picks=True,
    helper='''
def pick(x, labels):
    """The entry of each row of x that its label names."""
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError(f"a label is not one of 0 to {x.shape[-1] - 1}")
    return np.take_along_axis(x, np.expand_dims(labels, -1), -1)[..., 0]
''',
    latex=r"{x}_{{{labels}}}",
    meaning=lambda x, labels: np.take_along_axis(x, np.expand_dims(labels, -1), -1)[..., 0],
    domain=("reals", "labels"),
    cases=[case("[4, 3]", "int64[4]"), case("[2, 3, 4]", "int64[2, 3]"), case("[3]", "int64[]")],
)


def places(labels: Expr, width: int | Dim) -> Expr:
    """Where in memory the entries are that labels name, one of each row of so many entries."""
    starts = iota(labels.graph, product(labels.shape)) * lift(labels.graph, width)
    return labels + (starts if labels.ndim == 1 else reshape(starts, labels.shape))


def numbers_of_classes(nodes: Iterable[Expr]) -> dict[int, int]:
    """For the ids of labels, how many there are to choose from, where that is known now."""
    found: dict[int, int | Dim] = {}
    for node in nodes:
        if node.op == "one_hot":
            found[node.args[0].id] = node.params["depth"]
        elif node.op == "pick":
            found[node.args[1].id] = node.args[0].shape[-1]
    return {i: max(size, 1) for i, size in found.items() if isinstance(size, int)}
