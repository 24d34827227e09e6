"""The certificate: emitted code against the formula as written, before a file is written.

The emitted text is run at random points, for several sizes of the named dims. Its results are
compared with a plain evaluation of the user's nodes, in float64, and with more digits where the
two differ. Gradients are compared with slopes of the formula as it was written, measured with more
digits, so that a wrong rule of differentiation or rewriting is found too.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

import numpy as np

from ...errors import CodegenError
from ...graph.graph import Expr
from ...graph.walk import ancestors
from . import drawing, slopes
from .drawing import Point
from .extended import as_floats
from .slopes import HOW
from .truth import FAILURES, Truth, are_finite, distances, is_right, worst_error, worst_place

_DIGITS = (12, 9, 5, 3, 2)  # what is recorded: coarse, so that it is the same on every machine
_WRONG = {"float64": 1e-9, "float32": 1e-2}  # relative errors that are no rounding
_UNCHECKED = "Not checked against the formula as written"
_ROUNDED = "Where fewer digits agree, rounding errors change the formula itself by as much."
_WIDTH = 88
_CLOSE = 1e-3  # share of it from which on more digits are computed with


@dataclass
class Claim:
    """One function of the emitted file: what it takes and returns.

    ``asked`` are the outputs as they were written, ``lean`` the same after rewriting; ``names``
    what they are called; ``updated`` arguments are overwritten by the last of them.
    """

    name: str
    inputs: Sequence[Expr]
    asked: Sequence[Expr]
    lean: Sequence[Expr]
    names: Sequence[str]
    single: bool
    updated: Sequence[Expr] = ()


@dataclass
class _Certifier:
    claims: Sequence[Claim]
    source: str
    worst: float = 0.0
    points: int = 0
    sizes: dict[str, list[int]] = field(default_factory=dict)
    is_large: bool = False
    is_rounded: bool = False

    def __post_init__(self) -> None:
        self.asked = [o for c in self.claims for o in c.asked]
        self.nodes = ancestors([*self.asked, *slopes.differentiated(self.asked)])
        self.rounded = _of_float32(self.nodes)
        self.functions = _functions(self.source)
        if self.rounded:
            self.widened = _functions(self.source.replace("float32", "float64"))

    def at(self, point: Point, first: bool) -> bool:
        """Compare at one point, with all digits if it is the first; whether it has values."""
        truth = Truth(self.nodes, point)
        try:
            results = self._emitted(self.functions, point)
        except FAILURES as error:
            if truth.is_known and all(np.all(are_finite(truth.wide[y.id])) for y in self.asked):
                raise self._raised(error) from error
            return False
        if not self._has_values(results, truth):
            return False
        self._compare(results, truth, _WRONG, first)
        if first and self.rounded:
            self._compare_widened(truth)
        if first:
            slopes.check(self.asked, truth)
        self.points += 1
        return True

    def _emitted(self, functions: Mapping[str, Any], point: Point) -> list[list[Any]]:
        """The results of all functions."""
        found = []
        with np.errstate(all="ignore"):
            for claim in self.claims:
                given = [point.values[x.id].copy() for x in claim.inputs]
                result = functions[claim.name](*given)
                after = [given[claim.inputs.index(x)] for x in claim.updated]
                results = [*([result] if claim.single else result), *after]
                found.append([np.asarray(r) for r in results])
        return found

    def _has_values(self, results: Sequence[Sequence[Any]], truth: Truth) -> bool:
        """Whether the formula does: all results are finite, or those should be that are not."""
        pairs = [
            (value, asked)
            for claim, listed in zip(self.claims, results, strict=True)
            for value, asked in zip(listed, claim.asked, strict=True)
        ]
        if not truth.is_known:
            return False
        for value, asked in pairs:
            if np.all(are_finite(value)):
                continue
            expected = as_floats(truth.wide[asked.id])
            lost = ~are_finite(value) if value.shape == expected.shape else ...
            if not np.all(np.isfinite(expected[lost])):
                return False
            if not np.all(np.isfinite(truth.rounding(asked, value.dtype)[lost])):
                return False
        return True

    def _compare_widened(self, truth: Truth) -> None:
        """Compare the code with float64 for float32; what is recorded stays."""
        worst, point = self.worst, truth.point
        values = {
            i: v.astype(np.float64) if v.dtype == np.float32 else v for i, v in point.values.items()
        }
        with suppress(*FAILURES):
            wide = self._emitted(self.widened, Point(values, point.sizes))
            self._compare(wide, truth, {"float64": _WRONG["float64"]}, True)
        self.worst = worst

    def _compare(
        self,
        results: Sequence[Sequence[Any]],
        truth: Truth,
        limits: Mapping[str, float],
        exactly: bool,
    ) -> None:
        for claim, listed in zip(self.claims, results, strict=True):
            for i, value in enumerate(listed):
                limit = limits.get(value.dtype.name, 0)
                if limit and claim.asked[i].id in self.rounded:
                    limit = max(limit, limits.get("float32", 0))
                self._compare_one(claim, i, value, truth, limit, exactly)

    def _compare_one(
        self, claim: Claim, i: int, value: Any, truth: Truth, limit: float, exactly: bool
    ) -> None:
        asked = claim.asked[i]
        expected = as_floats(truth.wide[asked.id])
        error = worst_error(value, expected)
        for exact, enough in (("exact", -exactly or _CLOSE * limit), ("exactest", limit)):
            if not error <= enough:
                known = as_floats(getattr(truth, exact).get(asked.id, np.nan))
                if np.all(np.isfinite(known)):
                    expected, error = known, worst_error(value, known)
        if not np.all(np.isfinite(expected)):
            return  # it is not known what is right
        as_computed = is_right(value, expected, limit)
        if not (as_computed and error <= _CLOSE * limit):
            counted = _without_rounding(asked, value, expected, truth, limit)
            if not is_right(counted, expected, limit):
                raise self._refused(claim, i, value, expected, truth.point)
            error = worst_error(counted, expected)
            self.is_rounded |= not as_computed
        rounding = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
        self.worst = max(self.worst, error, float(rounding))

    def _raised(self, error: Exception) -> CodegenError:
        return CodegenError(
            f"the emitted code raises {type(error).__name__} at a random point, and the formula "
            f"has a value: {error}",
            how=HOW,
        )

    def _refused(
        self, claim: Claim, i: int, value: Any, expected: Any, point: Point
    ) -> CodegenError:
        place = worst_place(value, expected)
        entry = f"[{', '.join(map(str, place))}]" if place else ""
        same = value.shape == expected.shape
        got = f"{value[place]:.9g}" if same else f"of shape {value.shape}"
        right = f"{expected[place]:.9g}" if same else f"one of {expected.shape}"
        parted = self._parting(claim.asked[i], claim.lean[i], point)
        return CodegenError(
            f"the emitted {claim.name} does not compute what was written: {claim.names[i]}{entry} "
            f"is {got} at a random point, and the formula gives {right}{parted}",
            how=HOW,
        )

    def _parting(self, asked: Expr, lean: Expr, point: Point) -> str:
        """The first node whose rewritten form has another value."""
        truth = Truth(ancestors([asked, lean]), point)
        values = truth.wide if truth.is_known else {}
        no_node = "; the rewritten formula is right, and its text is not" if values else ""
        return next(slopes.rewritten(lean, values), no_node)


def _of_float32(nodes: Sequence[Expr]) -> set[int]:
    """The ids of nodes that have the digits of float32, also where NumPy makes float64 of them."""
    found = set[int]()
    for n in nodes:
        if n.dtype == np.float32 or any(a.id in found for a in n.args):
            found.add(n.id)
    return found


def _functions(source: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "certified"}
    exec(compile(source, "<certified>", "exec"), scope)
    return scope


def _without_rounding(asked: Expr, found: Any, expected: Any, truth: Truth, limit: float) -> Any:
    """What was found, with the entries right that rounding in the formula itself leaves so."""
    if found.shape != expected.shape:
        return found
    dtype = np.float32 if limit == _WRONG["float32"] else np.float64
    off = distances(found, expected.astype(found.dtype))
    excused = off <= truth.rounding(asked, dtype)
    return np.where(excused, expected, found).astype(found.dtype)


def certify(claims: Sequence[Claim], source: str) -> str:
    """The line that says what was checked, for the file's docstring.

    Raises
    ------
    CodegenError
        If the emitted code and the formula as written part.
    """
    graphs = {id(c.asked[0].graph): c.asked[0].graph for c in claims}
    parts = [[c for c in claims if c.asked[0].graph is g] for g in graphs.values()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _line([_certified(part, source) for part in parts])
        except ImportError as error:
            package = str(error.name).partition(".")[0]
            package = "SciPy" if package == "scipy" else package
            return f"{_UNCHECKED}: {package} is not installed here."


def _certified(claims: Sequence[Claim], source: str) -> _Certifier:
    """The functions of one graph, compared at all points."""
    certifier = _Certifier(claims, source)
    read = [x for x in certifier.nodes if x.op == "input"]  # also what was simplified away
    inputs = {x.id: x for x in [*(x for c in claims for x in c.inputs), *read]}
    plan = drawing.plan(list(inputs.values()), certifier.nodes)
    certifier.is_large = not plan.sizes
    for point in _points(certifier, plan):
        for name, size in point.sizes.items():
            listed = certifier.sizes.setdefault(name, [])
            listed += [size] * (size not in listed)
    return certifier


def _points(certifier: _Certifier, plan: drawing.Plan) -> Iterator[Point]:
    """The points that could be compared."""
    for sizes in plan.sizes:
        kind = None
        for k in range(plan.each):
            kinds = plan.kinds if kind is None else plan.next(kind, k)
            for kind in kinds:
                point = plan.draw(sizes, kind)
                if certifier.at(point, k == 0):
                    yield point
                    break
            else:
                break


def _line(parts: Sequence[_Certifier]) -> str:
    """What is recorded of the check."""
    if any(p.is_large for p in parts):
        return f"{_UNCHECKED}: it is too large."
    points = min(p.points for p in parts)
    if not points:
        return f"{_UNCHECKED}: no random point has finite values."
    worst = max(p.worst for p in parts)
    digits = next((d for d in _DIGITS if worst <= 10.0**-d), 1)
    found = {n: s for p in reversed(parts) for n, s in p.sizes.items()}
    sizes = "; ".join(f"{n} = {', '.join(map(str, s))}" for n, s in found.items())
    line = f"Checked against the formula as written: {digits} digits agree at {points} point"
    line += "s" * (points > 1)
    if len(named := f"{line}, {sizes}.") <= _WIDTH and sizes:
        line = named
    else:
        line = f"{line}." + (f"\n{fill(f'Sizes: {sizes}.', _WIDTH)}" if sizes else "")
    return line + f"\n{_ROUNDED}" * any(p.is_rounded for p in parts)
