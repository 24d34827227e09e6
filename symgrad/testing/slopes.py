"""Measured derivatives of a function: by the complex step where it works, else by differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import symgrad as sg

from .comparison import CENTRAL, COMPLEX, Array, errors
from .continued import complex_step, continue_code

_STEPS = (1e-4, 1e-5, 1e-6)  # the best of several: kinks and rounding spoil some
_ALIKE = 1e-4  # what both methods find for one slope: differences are no better than 1e-6

Outputs = list[Array]


class Slopes:
    """Directional derivatives of a function at a point.

    The complex step is trusted for an input if it finds what central differences find along a
    random direction, up to their rounding: so nothing need be known about the operations.
    """

    def __init__(self, f: sg.Function, point: dict[str, Array], seed: int) -> None:
        self._call = f
        self._continued = continue_code(f)
        self._point = point
        self._seed = seed
        with np.errstate(all="ignore"):
            self.values: Outputs = [np.asarray(r) for r in f(**point)]
        self._trusted: dict[str, bool] = {}

    @property
    def scale(self) -> float:
        """The largest size of what is differentiated."""
        return max((float(np.max(np.abs(v), initial=0.0)) for v in self.values), default=0.0)

    def method(self, name: str) -> str:
        """The method for an input."""
        if name not in self._trusted:
            x, rng = self._point[name], np.random.default_rng(self._seed)
            self._trusted[name] = self.confirmed(name, np.asarray(rng.uniform(0.5, 1.5, x.shape)))
        return COMPLEX if self._trusted[name] else CENTRAL

    def distrust(self, name: str) -> None:
        """Use differences for an input from here on."""
        self._trusted[name] = False

    def confirmed(self, name: str, direction: Array) -> bool:
        """Whether both methods find the same along a direction."""
        found = self._complex(name, direction)
        if found is None:
            return False
        pairs = zip(found, self._central(name, direction, found), strict=True)
        return all(np.all(errors(a, b, CENTRAL, self.scale) <= _ALIKE) for a, b in pairs)

    def along(self, name: str, direction: Array, expected: Sequence[Array]) -> Outputs:
        """The derivatives of all outputs along a direction of an input."""
        found = self._complex(name, direction) if self.method(name) == COMPLEX else None
        return self._central(name, direction, expected) if found is None else found

    def _complex(self, name: str, direction: Array) -> Outputs | None:
        return complex_step(self._continued, self._point, name, direction, self.values)

    def _central(self, name: str, direction: Array, expected: Sequence[Array]) -> Outputs:
        """Of several steps, for each entry the difference that is nearest to the expected one."""
        with np.errstate(all="ignore"):
            found = [self._difference(name, direction, step) for step in _STEPS]
            return [_nearest(np.stack(s), e) for *s, e in zip(*found, expected, strict=True)]

    def _difference(self, name: str, direction: Array, step: float) -> Outputs:
        x = self._point[name]
        step *= max(1.0, float(np.max(np.abs(x * (direction != 0)), initial=0.0)))
        ends = [x + sign * step * direction for sign in (1, -1)]
        pairs = zip(*(self._call(**{**self._point, name: end}) for end in ends), strict=True)
        width = _width(ends, direction) or 2 * step
        return [np.asarray((high - low) / width) for high, low in pairs]


def _width(ends: Sequence[Array], direction: Array) -> float:
    """What the ends are apart, in units of the direction: after rounding, for a single entry."""
    moving = np.flatnonzero(direction)
    if len(moving) != 1:
        return 0.0
    i = moving[0]
    return float((ends[0].flat[i] - ends[1].flat[i]) / direction.flat[i])


def _nearest(found: Array, expected: Array) -> Array:
    off = np.abs(found - np.where(np.isfinite(expected), expected, found[0]))
    best = np.argmin(np.where(np.isfinite(off), off, np.inf), axis=0)
    return np.asarray(np.take_along_axis(found, best[None], axis=0)[0])
