"""Symbolic derivatives beside measured ones, at one point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

import symgrad as sg

from .comparison import CENTRAL, Array, Comparison, allowed, bracketed, errors
from .problem import Problem, random, widen
from .slopes import Outputs, Slopes

_MOST = 200  # entries of one input that are compared; of larger inputs, a random choice
_FULL = 20  # entries of all inputs up to which the whole Hessian is compared, entry by entry
_DIRECTIONS = 3  # else, the random directions of each input along which it is


@dataclass
class Judge:
    """Compares the derivatives of a problem at a point."""

    problem: Problem
    point: dict[str, Array]
    seed: int
    tolerance: float | None

    def firsts(self) -> Iterator[Comparison]:
        """Each gradient, entry by entry, against slopes of the scalar."""
        p = self.problem
        slopes = Slopes(*widen([p.scalar], p.inputs, self.point), self.seed)
        gradients = sg.function(p.inputs, p.gradients)(**self.point)
        for x, found in zip(p.wrt, gradients, strict=True):
            gradient = np.asarray(found)
            chosen = np.random.default_rng(self.seed).permutation(gradient.size)[:_MOST]
            trial = _Trial(
                slopes,
                str(x.name),
                _Units(gradient.shape, chosen.tolist()),
                [[gradient.reshape(-1)[i]] for i in chosen],
                p.dtype,
                self.tolerance,
            )
            yield trial.compared(0, str(x.name), gradient)

    def seconds(self) -> Iterator[Comparison]:
        """The Hessian's products with directions of each input against slopes of the gradients."""
        p, rng = self.problem, np.random.default_rng(self.seed)
        slopes = Slopes(*widen(p.gradients, p.inputs, self.point), self.seed)
        products, moving = p.products()
        still = {v: np.zeros_like(self.point[name]) for name, v in moving.items()}
        full = sum(self.point[name].size for name in moving) <= _FULL
        for moved, v in moving.items():
            x = self.point[moved]
            directions: Sequence[Array] = _Units(x.shape, range(x.size))
            if not full:
                directions = [random(rng, x.shape).astype(x.dtype) for _ in range(_DIRECTIONS)]
            exact = [products(**{**self.point, **still, v: d.astype(x.dtype)}) for d in directions]
            trial = _Trial(slopes, moved, directions, exact, p.dtype, self.tolerance, order=2)
            for i, name in enumerate(moving):
                yield trial.compared(i, name, self.point[name])


class _Trial:
    """Derivatives along directions of one input, symbolic and measured.

    A complex step that finds what the symbolic derivative is not, and differences are not either,
    along the worst direction, is dropped for differences.
    """

    def __init__(
        self,
        slopes: Slopes,
        moved: str,
        directions: Sequence[Array],
        exact: Sequence[Outputs],
        dtype: str,
        tolerance: float | None,
        order: int = 1,
    ) -> None:
        self._moved, self._order = moved, order
        self._dtype, self._tolerance = dtype, tolerance
        self._directions = directions
        self._scale = slopes.scale
        self._exact = [np.array(e) for e in zip(*exact, strict=True)]
        self._measure(slopes, exact)
        worst = self._worst_direction()
        if worst is not None and not slopes.confirmed(moved, directions[worst]):
            slopes.distrust(moved)
            self._measure(slopes, exact)

    def _measure(self, slopes: Slopes, exact: Sequence[Outputs]) -> None:
        pairs = zip(self._directions, exact, strict=True)
        measured = [slopes.along(self._moved, d, e) for d, e in pairs]
        self.method = slopes.method(self._moved)
        self._measured = [np.array(m) for m in zip(*measured, strict=True)]
        self._errors = [
            errors(e.astype(np.float64), m, self.method, self._scale)
            for e, m in zip(self._exact, self._measured, strict=True)
        ]

    def _worst_direction(self) -> int | None:
        """The direction of the worst error of the complex step, if one is above its tolerance."""
        if self.method == CENTRAL:
            return None
        bad = [
            (float(np.max(found)), int(np.unravel_index(np.argmax(found), found.shape)[0]))
            for found in self._errors
            if found.size and np.max(found) > self._limit
        ]
        return max(bad)[1] if bad else None

    @property
    def _limit(self) -> float:
        return allowed(self._dtype, self.method, self._order, self._tolerance)

    def compared(self, output: int, name: str, like: Array) -> Comparison:
        """The comparison of one output: the derivative shaped ``like`` the input of that name."""
        whole = self._order == 2
        along, compared = (self._moved, like.size) if whole else ("", len(self._directions))
        rest: dict[str, Any] = {"tolerance": self._limit, "compared": compared, "size": like.size}
        rest |= {"method": self.method, "order": self._order}
        if not self._errors or not self._errors[output].size:
            return Comparison(name, 0.0, (), nan, nan, **rest, along=along)
        wrong = self._errors[output]
        place = np.unravel_index(np.argmax(wrong), wrong.shape)
        direction, *entry = map(int, place)
        moving = np.argwhere(self._directions[direction])
        single = tuple(moving[0].tolist()) if len(moving) == 1 else ()
        index = tuple(entry) if whole else single
        worst = (float(v[output][place]) for v in (self._errors, self._exact, self._measured))
        error, symbolic, numerical = worst
        along = along and along + bracketed(single)
        return Comparison(name, error, index, symbolic, numerical, **rest, along=along)


class _Units(Sequence[Any]):
    """Directions of single entries, made when asked for: each is as large as the input."""

    def __init__(self, shape: tuple[int, ...], entries: Sequence[int]) -> None:
        self._shape, self._entries = shape, entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, i: Any) -> Any:
        unit = np.zeros(self._shape)
        unit.reshape(-1)[self._entries[i]] = 1.0
        return unit
