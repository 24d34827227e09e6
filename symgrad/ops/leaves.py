"""Nodes that read nothing or change nothing: inputs, constants, sizes, casts, gradient barriers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import GraphError
from ..graph.graph import Expr
from ..graph.types import Type, as_dtype
from .batching import Ranks
from .op import Op, case, op
from .operands import SIZE
from .promotion import REST


def _refuse_call(*_: Any, **__: Any) -> Any:
    raise GraphError("inputs, constants and sizes are made by Graph.input and Graph.constant")


input_ = op(
    "input(;name)",
    """An input of the graph; made by Graph.input.""",
    type=_refuse_call,
    numpy="",
    call=_refuse_call,
)

constant = op(
    "constant(;value)",
    """A constant; made by Graph.constant and by Python numbers.""",
    type=_refuse_call,
    numpy="",
    call=_refuse_call,
)

dim = op(
    "dim(;size)",
    """The size of a named dim, as a number.""",
    type=lambda size: SIZE,
    arithmetic=True,
    flops=0,
    numpy="{size}",
    latex=r"\mathrm{{{size}}}",
    call=_refuse_call,
)


astype = op(
    "astype(x; dtype)",
    """The same values in another dtype; between floating dtypes the derivative is a cast too.""",
    type=lambda x, dtype: Type(as_dtype(dtype), x.shape),
    prepare=lambda x, dtype: {"dtype": as_dtype(dtype)},
    vjp=[lambda g, y, x, dtype: g],
    flops=0,
    numpy=lambda node, x: (
        f"{x}.astype(np.{node.dtype.name})" if node.shape else f"np.{node.dtype.name}({x})"
    ),
    latex="{x}",
    meaning=lambda x, dtype: x.astype(dtype),
    cases=[
        case("[3]", dtype="float64"),
        case("int64[2, 2]", dtype="float64"),
        case("[]", dtype="float32"),
    ],
    aliases=["cast"],
)


stop_gradient = op(
    "stop_gradient(x)",
    """The value unchanged, a constant for differentiation.""",
    type=lambda x: Type(x.dtype, x.shape, x.weak),
    constant_derivative=True,
    view=True,
    numpy="{x}",
    latex=r"\mathrm{{stop}}\left({x}\right)",
    meaning="x",
    cases=[case("[3]"), case("[]")],
)


def _batched_custom(node: Expr, args: Sequence[Expr], ranks: Ranks) -> Expr:
    value, *operands = args
    if ranks[0] is None:
        return value
    return with_rule(value, operands, node.params["rule"].batched(ranks))


custom: Op = op(
    "custom(;rule)",
    """A value that the user's own rule differentiates; made by custom_vjp.""",
    batch=_batched_custom,
    type=lambda value, *operands, rule: Type(value.dtype, value.shape, value.weak),
    call=_refuse_call,
    apart=REST,
    vjp=lambda i, g, y, rule: rule(g, y, *y.args[1:])[i - 1] if i else None,
    view=True,
    numpy=lambda node, value, *operands: value,
    latex=lambda node, value, *operands: value,
)


def with_rule(value: Expr, operands: Sequence[Expr], rule: Any) -> Expr:
    """A value with a derivative of its own.

    ``rule(g, y, *operands)`` gives the operands' cotangents, ``rule.batched(ranks)`` the rule for a
    batch.
    """
    return custom.build(value.graph, [value, *operands], {"rule": rule})
