"""Derivative rules of the user's own, for composite operations.

The value of a function is wrapped in a node `custom`, which carries the rule; reverse mode applies
the rule and does not look inside. Forward mode, batching and higher derivatives follow from it.
Emitted code knows nothing of the wrapping.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np

from ..errors import DifferentiationError, GraphError
from ..graph.graph import Expr
from ..ops.batching import Ranks
from ..ops.leaves import with_rule
from ..ops.op import registry
from ..ops.operands import find_graph, lift
from .batching import vmap

Rule = Callable[..., Any]


class Batchable:
    """A rule that can be applied to a batch."""

    def batched(self, ranks: Ranks) -> Batched:
        """The rule for a batch; ``ranks`` are those of value and operands, None if not batched."""
        return Batched(self, tuple(None if r is None else 0 for r in ranks))


@dataclass(frozen=True)
class Call(Batchable):
    """A user's rule and what the function was called with.

    Attributes
    ----------
    rule : function
        ``rule(g, y, *args)``: the cotangent of each argument, alone or in a tuple.
    args : tuple
        The arguments that are no expressions; None where one stands.
    """

    rule: Rule
    args: tuple[Any, ...]

    def __call__(self, g: Expr, y: Expr, *operands: Expr) -> list[Expr | None]:
        """The cotangents of the operands."""
        rest = iter(operands)
        args = [next(rest) if a is None else a for a in self.args]
        given = self.rule(g, y, *args)
        listed = list(given) if isinstance(given, tuple | list) else [given]
        if len(listed) != len(args):
            raise self._refused(f"gives {len(listed)} cotangents for {len(args)} arguments")
        found = [c for c, a in zip(listed, self.args, strict=True) if a is None]
        return [self._checked(c, x) for c, x in zip(found, operands, strict=True)]

    def _checked(self, cotangent: Any, x: Expr) -> Expr | None:
        if cotangent is None:
            return None
        cotangent = lift(x.graph, cotangent)
        if cotangent.ndim and cotangent.shape != x.shape:
            raise self._refused(f"gives {cotangent.label} for {x.label}, which has another shape")
        return registry["broadcast_to"](cotangent, x.shape)

    def _refused(self, problem: str) -> DifferentiationError:
        name = getattr(self.rule, "__name__", "the rule")
        return DifferentiationError(
            f"{name} {problem}", how="A rule(g, y, *args) returns a cotangent for each argument."
        )


@dataclass(frozen=True)
class Batched(Batchable):
    """A rule for a whole batch, of one for an example."""

    one: Any
    axes: tuple[int | None, ...]

    def __call__(self, g: Expr, y: Expr, *operands: Expr) -> list[Expr | None]:
        """The cotangents of the operands; summed later for operands without a batch."""
        args, axes = (g, y, *operands), (0, 0, *self.axes[1:])
        first = [x if a is None else x[0] for x, a in zip(args, axes, strict=True)]
        some = [c is not None for c in self.one(*first)]  # which operands have a cotangent

        def present(*args: Expr) -> list[Expr]:
            """The cotangents that there are, of one example."""
            return [c for c in self.one(*args) if c is not None]

        found = iter(vmap(present, axes)(*args))
        return [next(found) if is_given else None for is_given in some]


def custom_vjp(rule: Rule) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Give a function of expressions a derivative of its own; see `symgrad.custom_vjp`."""
    if not callable(rule):
        raise GraphError(
            f"custom_vjp takes a rule, not {type(rule).__name__}",
            how="Write @sg.custom_vjp(rule) above the function, with rule(g, y, *args).",
        )

    def decorated(fn: Callable[..., Expr]) -> Callable[..., Expr]:
        """The function with the rule for its derivative."""

        @wraps(fn)
        def called(*args: Any) -> Expr:
            """The value in a node that carries the rule."""
            graph = find_graph(args, getattr(fn, "__name__", "the function"))
            given = [lift(graph, a) if isinstance(a, np.ndarray) else a for a in args]
            call = Call(rule, tuple(None if isinstance(a, Expr) else _known(a) for a in given))
            operands = [a for a in given if isinstance(a, Expr)]
            return with_rule(lift(graph, fn(*given)), operands, call)

        return called

    return decorated


def _known(value: Any) -> Any:
    """An argument that is no expression, if it can be told apart from others."""
    try:
        hash(value)
    except TypeError:
        raise GraphError(
            f"an argument of a function with its own rule is {type(value).__name__}",
            how="Give expressions, arrays, numbers, strings or tuples.",
        ) from None
    if value is None:
        raise GraphError("an argument of a function with its own rule is None")
    return value
