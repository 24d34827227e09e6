"""The certificate: emitted code against the formula as written, before a file is written.

The emitted text is run at random points, for several sizes of the named dims. Its results are
compared with a plain evaluation of the user's nodes, in float64, and with more digits where the
two differ. Gradients are compared with slopes of the formula as it was written, measured with more
digits, so that a wrong rule of differentiation or rewriting is found too.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import CodegenError
from ...graph.graph import Expr
from ...graph.walk import ancestors
from . import drawing, slopes
from .drawing import Point
from .extended import as_floats
from .slopes import HOW, said
from .truth import FAILURES, Truth

_DIGITS = (12, 9, 5, 3, 2)  # what is recorded: coarse, so that it is the same on every machine
_WRONG = {"float64": 1e-9, "float32": 1e-2}  # relative errors that are no rounding
_UNCHECKED = "Not checked against the formula as written"
_SMALL = 1e-3  # entries below this share of the largest are compared with that share
_MOVES = 3  # of the arguments, by which it is seen how much rounding is amplified
_UNSTEADY = 30  # times what one rounding of each argument changes, for the steps on the way
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

    def __post_init__(self) -> None:
        self.asked = [o for c in self.claims for o in c.asked]
        self.nodes = ancestors([*self.asked, *slopes.differentiated(self.asked)])
        self.rounded = _of_float32(self.nodes)
        self.functions = _functions(self.source)
        self.is_short = "float32" in self.source
        wide = self.source.replace("float32", "float64")
        self.widened = _functions(wide) if self.is_short else self.functions

    def at(self, point: Point, first: bool) -> bool:
        """Compare at one point, with all digits if it is the first; whether it has values."""
        results = self._emitted(self.functions, point)
        if results is None:
            return False
        truth = Truth(self.nodes, point)
        if not truth.is_known:
            return False
        self._compare(results, truth, _WRONG, first)
        if first and self.is_short:
            wide = self._emitted(self.widened, _moved(point, 0.0, np.random.default_rng(0)))
            worst = self.worst
            if wide is not None:
                self._compare(wide, truth, {"float64": _WRONG["float64"]}, first)
            self.worst = worst
        if first:
            slopes.check(self.asked, truth)
        self.points += 1
        return True

    def _emitted(self, functions: Mapping[str, Any], point: Point) -> list[list[Any]] | None:
        """The results of all functions; None where one can not be computed, or is not finite."""
        found = []
        with np.errstate(all="ignore"):
            for claim in self.claims:
                given = [point.values[x.id].copy() for x in claim.inputs]
                try:
                    result = functions[claim.name](*given)
                except FAILURES:
                    return None
                after = [given[claim.inputs.index(x)] for x in claim.updated]
                found.append([*([result] if claim.single else result), *after])
        finite = all(np.all(np.isfinite(r)) for results in found for r in results)
        return found if finite else None

    def _compare(
        self,
        results: Sequence[Sequence[Any]],
        truth: Truth,
        limits: Mapping[str, float],
        exactly: bool,
    ) -> None:
        for claim, listed in zip(self.claims, results, strict=True):
            for i, value in enumerate(map(np.asarray, listed)):
                limit = limits.get(value.dtype.name, 0)
                if limit and claim.asked[i].id in self.rounded:
                    limit = max(limit, limits.get("float32", 0))
                self._compare_one(claim, i, value, truth, limit, exactly)

    def _compare_one(
        self, claim: Claim, i: int, value: Any, truth: Truth, limit: float, exactly: bool
    ) -> None:
        asked = claim.asked[i]
        expected = as_floats(truth.wide[asked.id])
        error = _error(value, expected, truth.size)
        exact = truth.exact.get(asked.id) if exactly or not error <= _CLOSE * limit else None
        if exact is not None and np.all(np.isfinite(as_floats(exact))):
            expected = as_floats(exact)
            error = _error(value, expected, truth.size)
        elif not np.all(np.isfinite(expected)):
            return  # neither is known to be right
        excused = not error <= limit and self._is_rounding(claim, i, value, expected, truth, limit)
        if not (error <= limit or excused):
            raise self._refused(claim, i, value, expected, truth.point)
        rounding = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
        self.worst = max(self.worst, error, float(rounding))

    def _is_rounding(
        self, claim: Claim, i: int, value: Any, expected: Any, truth: Truth, limit: float
    ) -> bool:
        """Whether float32 can do no better: in float64 the code is right, and moves as much.

        That is, with arguments that move by their rounding errors: deep networks amplify those.
        """
        if limit != _WRONG["float32"] or value.shape != expected.shape:
            return False
        rng, found = np.random.default_rng(0), []
        for eps in (0.0, *[float(np.finfo(np.float32).eps)] * _MOVES):
            results = self._emitted(self.widened, _moved(truth.point, eps, rng))
            if results is None:
                return False
            found.append(as_floats(np.asarray(results[self.claims.index(claim)][i])))
        is_right = _error(found[0], expected, truth.size) <= _WRONG["float64"]
        spread = max(np.max(np.abs(x - found[0]), initial=0.0) for x in found[1:])
        off = np.max(np.abs(value.astype(np.float64) - expected), initial=0.0)
        return bool(is_right and off <= _UNSTEADY * spread)

    def _refused(
        self, claim: Claim, i: int, value: Any, expected: Any, point: Point
    ) -> CodegenError:
        place = _worst_place(value, expected)
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
        for node in ancestors([lean]):
            root = node.graph.root(node)
            if root is node or not {root.id, node.id} <= values.keys():
                continue
            new, old = as_floats(values[node.id]), as_floats(values[root.id])
            if new.shape != old.shape or not _error(new, old, 0.0) <= 1e-6:
                return f"; they part at {said(root)}, which is computed as {said(node)}"
        return "; the rewritten formula is right, and its text is not" if values else ""


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


def _moved(point: Point, eps: float, rng: np.random.Generator) -> Point:
    """The point in float64, with float32 moved by relative errors of at most this size."""
    moved = {
        i: v.astype(np.float64) * (1 + eps * rng.uniform(-1, 1, v.shape))
        if v.dtype == np.float32
        else v
        for i, v in point.values.items()
    }
    return Point(moved, point.sizes)


def _error(found: Any, expected: Any, size: float) -> float:
    """The worst relative error; inf for another shape, or what is finite in one alone."""
    if found.shape != expected.shape:
        return float("inf")
    if found.dtype.kind != "f":
        return 0.0 if np.array_equal(found, expected) else float("inf")
    with np.errstate(all="ignore"):
        expected = expected.astype(found.dtype).astype(np.float64)
        largest = float(np.max(np.abs(expected), initial=0.0))
        scale = np.maximum(np.abs(expected), _SMALL * largest)
        off = np.abs(found.astype(np.float64) - expected)
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        rounding = size * 8 * np.finfo(found.dtype).eps
        error = np.where(same | (off <= rounding), np.minimum(off, 0), off / scale)
    return float(np.max(np.where(np.isnan(error), np.inf, error), initial=0.0)) if off.size else 0.0


def _worst_place(found: Any, expected: Any) -> tuple[int, ...]:
    if found.shape != expected.shape or not found.ndim:
        return ()
    with np.errstate(all="ignore"):
        off = np.abs(found.astype(float) - expected.astype(float))
    off = np.where(np.isnan(off), np.inf, off)
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))


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
        except ImportError:
            return f"{_UNCHECKED}: SciPy is not installed here."


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
            kinds = plan.kinds if kind is None else [kind]
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
    named = f"{line}, {sizes}."
    return named if sizes and len(named) <= 88 else f"{line}."
