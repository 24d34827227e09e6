"""How many bits a formula loses: as it is written, and as it is compiled.

The error is counted as Herbie's authors do: the floats between what is computed and the float
nearest the truth, as log2(1 + ulps). 0 is right to the last bit; 53, or 24 of
float32, is no digit right.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import symgrad as sg
from symgrad.backends.numpy import Signature, compile_function
from tests.passes.fpbench import Formula
from tests.passes.intervals import value_and_slopes

Array = np.ndarray[Any, Any]
INSIDE, NEAR, ANYWHERE = 40, 20, 44
BESIDE = 24
"""Points in the ranges, points where variables or 1 nearly agree, and random bit patterns;
then points beside one point."""
_BITS = {"float64": np.uint64, "float32": np.uint32}


class Errors(NamedTuple):
    """Bits lost: one row for the value, one a slope, a column a point; nan where undefined."""

    written: Array
    compiled: Array


@dataclass(frozen=True)
class Sample:
    """Points of a formula with the truth there.

    Attributes
    ----------
    points : array
        A row a variable.
    true : array
        The value and the slopes, a column a point; nan where there is none.
    """

    formula: Formula
    dtype: str
    points: Array
    true: Array


@cache
def sample(formula: Formula, dtype: str, times: int = 1) -> Sample:
    """Points in the ranges and over all floats of the dtype, the same in every run."""
    rng = np.random.default_rng(zlib.crc32(f"{formula.text} {dtype}".encode()))
    columns = [
        _inside(rng, formula, dtype, times * INSIDE),
        _near(rng, formula, dtype, times * NEAR),
    ]
    columns.append(np.array([_anything(rng, dtype, times * ANYWHERE) for _ in formula.ranges]))
    return _at(formula, dtype, np.concatenate(columns, axis=1).astype(dtype))


def _at(formula: Formula, dtype: str, points: Array) -> Sample:
    names = [k for k, _ in formula.ranges]
    text = rounded(formula.text, dtype)
    found = [value_and_slopes(text, dict(zip(names, map(float, p), strict=True))) for p in points.T]
    return Sample(formula, dtype, points, np.array(found, float).T)


def neighbors(s: Sample, column: int) -> Sample:
    """Points whose variables are up to 8 floats beside those of one point."""
    steps = np.random.default_rng(column).integers(-8, 9, (len(s.points), BESIDE))
    ordinals = _ordinal(s.points[:, [column]])
    points = _of_ordinal((ordinals + steps).astype(ordinals.dtype), s.dtype)
    return _at(s.formula, s.dtype, points)


def _ordinal(x: Array) -> Array:
    """Floats counted from 0 on, the negatives backward."""
    bits = x.view(f"i{x.dtype.itemsize}")
    least = np.iinfo(bits.dtype).min
    return np.where(bits < 0, least - bits, bits)


def _of_ordinal(n: Array, dtype: str) -> Array:
    least = np.iinfo(n.dtype).min
    return np.where(n < 0, least - n, n).view(dtype)


def _inside(rng: np.random.Generator, formula: Formula, dtype: str, count: int) -> Array:
    """Half of them uniformly in the ranges, half uniformly among the floats there."""
    rows = []
    for _, (lo, hi) in formula.ranges:
        ends = _ordinal(np.array([lo, hi], dtype))
        among = _of_ordinal(rng.integers(*ends, count // 2, endpoint=True, dtype=ends.dtype), dtype)
        rows.append(np.concatenate([rng.uniform(lo, hi, count - len(among)), among]))
    return np.array(rows)


def _near(rng: np.random.Generator, formula: Formula, dtype: str, count: int) -> Array:
    """Each variable beside the first, or beside 1, by a random power of 2."""
    first = rng.uniform(*formula.ranges[0][1], count)
    first[: count // 2] = 1.0
    finest = 50 if dtype == "float64" else 22
    shifts = rng.choice([-1, 1], (len(formula.ranges), count)) * np.exp2(
        -rng.uniform(1, finest, (len(formula.ranges), count))
    )
    return first * (1 + shifts)


def _anything(rng: np.random.Generator, dtype: str, count: int) -> Array:
    """Random bit patterns that are numbers."""
    unsigned = _BITS[dtype]
    bits = rng.integers(0, np.iinfo(unsigned).max, 4 * count, dtype=unsigned, endpoint=True)
    floats = bits.view(dtype)
    return floats[np.isfinite(floats)][:count]


def rounded(text: str, dtype: str) -> str:
    """The text with its numbers as the dtype has them."""
    return re.sub(r"\b\d+(\.\d+(e-?\d+)?|e-?\d+)", lambda m: _nearest(m[0], dtype), text)


def _nearest(number: str, dtype: str) -> str:
    return repr(float(np.dtype(dtype).type(number)))


def bits_lost(found: Array, true: Array) -> Array:
    """log2(1 + the floats between); as many as a float has where no digit is right.

    Where the truth is no normal float, there are no digits to lose: nan.
    """
    limits = np.finfo(found.dtype)
    nearest = true.astype(found.dtype)
    apart = np.abs(_ordinal(found).astype(float) - _ordinal(nearest).astype(float))
    close = _ordinal(found) - _ordinal(nearest)
    apart = np.where(apart < 2**40, np.abs(close), apart)
    none = limits.nmant + 1.0
    bits = np.where(np.isnan(found), none, np.minimum(np.log2(1 + apart), none))
    normal = (nearest == 0) | (np.abs(nearest) >= limits.tiny) & np.isfinite(nearest)
    return np.where(normal & ~((nearest == 0) & (true != 0)), bits, np.nan)


def as_written(s: Sample) -> list[Array]:
    """The value by NumPy from the text; the slopes by the chain rule, with no rule applied."""
    scope = dict(zip([k for k, _ in s.formula.ranges], s.points, strict=True))
    functions = {k: getattr(np, k) for k in dir(np) if not k.startswith("_")}
    *lines, last = s.formula.text.splitlines()
    exec("\n".join([*lines, f"_ = {last}"]), functions | {"__builtins__": {}}, scope)
    y = sg.parse(s.formula.text, _specs(s))
    wrt = list(y.graph.inputs.values())
    slopes = sg.grad(y.sum(), wrt, stabilize=False)
    f = compile_function(Signature("f", wrt, slopes))
    return [scope["_"], *f(*s.points)]


def as_compiled(s: Sample) -> list[Array]:
    """The value and the slopes as users get them."""
    y = sg.parse(s.formula.text, _specs(s))
    wrt = list(y.graph.inputs.values())
    f = sg.function(wrt, [y, *sg.grad(y.sum(), wrt)])
    return list(f(*s.points))


def _specs(s: Sample) -> dict[str, str]:
    return {k: f"{s.dtype}[count]" for k, _ in s.formula.ranges}


def errors(s: Sample) -> Errors:
    """Bits lost at every point, as written and as compiled."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return Errors(*(_lost(rows, s.true) for rows in (as_written(s), as_compiled(s))))


def _lost(rows: Sequence[Array], true: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.array([bits_lost(np.asarray(r), t) for r, t in zip(rows, true, strict=True)])
