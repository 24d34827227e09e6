"""The delicate formulas, family by family."""

from __future__ import annotations

from tests.passes.formulas import (
    algebra,
    arrays,
    chords,
    densities,
    differences,
    ends,
    exponentials,
    far,
    fields,
    hyperbolic,
    information,
    labels,
    learning,
    likelihoods,
    mixtures,
    near_zero,
    quotients,
    scaled,
    steps,
    temperatures,
    vectors,
)
from tests.passes.formulas.case import CASES, Case

__all__ = ["CASES", "Case"]
FILES = (exponentials, hyperbolic, near_zero, algebra, labels)
FILES += (
    arrays,
    information,
    learning,
    vectors,
    far,
    densities,
    ends,
    quotients,
    scaled,
    chords,
    mixtures,
    likelihoods,
    differences,
    fields,
    temperatures,
    steps,
)
"""Each enters its formulas in CASES when it is imported."""
