"""The delicate formulas, family by family."""

from __future__ import annotations

from tests.passes.formulas import algebra, arrays, exponentials, hyperbolic, labels, near_zero
from tests.passes.formulas.case import CASES, Case

__all__ = ["CASES", "Case"]
FILES = (exponentials, hyperbolic, near_zero, algebra, labels, arrays)
"""Each enters its formulas in CASES when it is imported."""
