"""Simplifying once is enough: of every delicate formula and its slopes, twice changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.passes import simplify
from tests.passes.delicate import CASES, Case
from tests.passes.test_delicate_cases import differentiated


def outputs_of(case: Case) -> list[sg.Expr]:
    """The formula, of vectors where it is elementwise, and its slopes."""
    values = case.arrays[0] if case.arrays else {key: [1.0, 2.0] for key in case.variables}
    arrays = {name: np.asarray(v) for name, v in values.items()}
    y = sg.parse(case.text, {k: f"{v.dtype}{list(v.shape)}" for k, v in arrays.items()})
    return [y, *sg.grad(y.sum(), differentiated(case))]


def test_simplifying_a_delicate_formula_twice_changes_nothing():
    wrong = []
    for case in CASES:
        once = simplify(outputs_of(case))
        if simplify(once) != once:
            wrong.append(str(case))
    assert not wrong, wrong


@pytest.mark.parametrize(
    "text", ["sqrt(prod(b, axis=0))", "prod(b, axis=0) ** 0.25", "sqrt(prod(exp(b), axis=0))"]
)
def test_guards_in_front_of_an_axis_are_put_once(text: str):
    once = sg.simplify(sg.parse(text, {"b": "[n, 2]"}))
    assert sg.simplify(once) is once
