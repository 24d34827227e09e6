"""What nodes are at a point, as they stand: in float64, and with more digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...graph.graph import Expr
from .drawing import Point, work
from .extended import Extended, Unsupported
from .plain import Values, Wide, run

FAILURES = (LookupError, ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError)
"""What NumPy raises where values or sizes do not fit."""

_MOST = 30_000  # work of an evaluation with more digits


class Truth:
    """The values of nodes at one point, each computed when it is asked for."""

    def __init__(self, nodes: Sequence[Expr], point: Point) -> None:
        self.nodes = sorted({n.id: n for n in nodes}.values(), key=lambda n: n.id)
        self.point = point

    @cached_property
    def is_known(self) -> bool:
        """Whether the formula can be evaluated here at all."""
        try:
            return bool(self.wide)
        except FAILURES:
            return False

    @cached_property
    def wide(self) -> Values:
        """All values in float64, but those that read a stand-in."""
        return self._run(Wide(), KeyError)

    @cached_property
    def exact(self) -> Values:
        """The values that can be had with more digits; none if that is much work."""
        if work(self.nodes, self.point.sizes) > _MOST:
            return {}
        return self._run(Extended(), KeyError, Unsupported)

    @cached_property
    def size(self) -> float:
        """The largest size of what is computed: rounding errors are measured by it."""
        known = [n.id for n in self.nodes if n.type.is_floating and n.id in self.wide]
        sizes = (float(np.max(np.abs(self.wide[i]), initial=0.0)) for i in known)
        return max((s for s in sizes if np.isfinite(s)), default=0.0)

    def _run(self, by: Wide, *skipped: type[Exception]) -> Values:
        known = {i: by.leaf(v) for i, v in self.point.values.items()}
        return run(self.nodes, known, self.point.sizes, by, skipped)
