"""Naive formulas far out, near 0 and where they cancel: value and gradient against mathematics."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.passes import stabilize
from tests.passes.delicate import CASES, Case
from tests.passes.delicate_page import page
from tests.passes.truth import SMALLEST, truth

RELATIVE = 1e-10
ROUNDED = 1e-15  # of slopes that are differences of cotangents of size 1
LARGEST = float(np.finfo(float).max)


def cotangent(shape):
    """Factors that differ from one another."""
    return 1.0 + np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3 / 4


def differentiated(case: Case) -> list[str]:
    """What a case is differentiated by."""
    return list(case.variables if case.wrt is None else case.wrt)


def compiled(case: Case, specs: dict[str, Any]):
    """Value and cotangents, with every warning of NumPy's an error."""
    y = sg.parse(case.text, specs)
    wrt = differentiated(case)
    slopes = sg.grad((y * cotangent(y.shape)).sum() if case.arrays and y.ndim else y.sum(), wrt)
    f = sg.function(list(y.graph.inputs.values()), [y, *slopes])

    def call(**values):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return [np.asarray(r, float) for r in f(**values)]

    return call, y.shape


def elementwise(case: Case):
    """Found and true value and slopes, one column a point; points without a float are left out."""
    wrt = differentiated(case)
    kept, expected = [], []
    for point in case.points:
        true = case.limits.get(point)
        if true is None:
            given = dict(zip(case.variables, point, strict=True))
            true = [float(part[0]) for part in truth(case.text, given, wrt, digits=case.digits)]
        if all(abs(v) <= LARGEST for v in true):
            kept.append(point)
            expected.append(true)
    assert len(kept) > 0.6 * len(case.points)
    call, _ = compiled(case, dict.fromkeys(case.variables, "[n]"))
    values = dict(zip(case.variables, np.array(kept).T, strict=True))
    return kept, call(**values), np.array(expected).T


def close(found, expected, scale=0.0):
    """Right to ten digits."""
    found, expected = np.asarray(found), np.asarray(expected)
    return np.abs(found - expected) <= RELATIVE * np.maximum(abs(expected), scale) + SMALLEST


def check_points(case: Case) -> None:
    points, found, expected = elementwise(case)
    wrong = [
        f"{'value' if not k else 'slope'} at {p}: {f!r}, not {e!r}"
        for k, row in enumerate(zip(found, expected, strict=True))
        for p, f, e, good in zip(points, *map(np.ndarray.tolist, row), close(*row), strict=True)
        if not good
    ]
    assert not wrong, "\n".join(wrong)


def check_arrays(case: Case) -> None:
    """Entries of one array are compared on its scale."""
    for given in case.arrays:
        specs = {name: np.asarray(v) for name, v in given.items()}
        call, shape = compiled(case, specs)
        expected = truth(case.meant or case.text, given, differentiated(case), cotangent(shape))
        for k, (f, e) in enumerate(zip(call(**given), expected, strict=True)):
            scale = np.max(np.abs(e), initial=0)
            scale = max(scale, ROUNDED / RELATIVE) if k else scale
            what = "slope" if k else "value"
            assert close(f.ravel(), e, scale).all(), f"{what} at {given}: {f}, not {e}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_gradient_are_right_to_ten_digits(case):
    (check_arrays if case.arrays else check_points)(case)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_differentiated_by_is_not_rewritten_away(case):
    """An interior node that the user names in wrt stays visible to the derivative."""
    specs = {k: np.asarray(v) for k, v in case.arrays[0].items()} if case.arrays else {}
    y = sg.parse(case.text, specs or dict.fromkeys(case.variables, "[n]"))
    for node in ancestors([y])[:-1]:
        if node.args and node.type.is_floating:
            assert node in ancestors(stabilize([y], keep=[node]))


def test_there_are_enough():
    assert len(CASES) >= 160


def test_the_page_lists_them():
    """To write it: python -m tests.passes.delicate_page > docs/delicate.md."""
    file = Path(__file__).parents[2] / "docs" / "delicate.md"
    assert file.read_text("utf-8") == page()
