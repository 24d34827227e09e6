"""docs/kinks.md: its tables are drawn from the rows, and measured from emitted code.

To draw them again: UPDATE_GOLDEN=1 make test, then read the diff.
"""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import registry
from tests.ops.test_every_op import KINKS, as_input, floating

PAGE = Path(__file__).resolve().parents[1] / "docs" / "kinks.md"
# Slopes beside these kinks grow without bound.
NOT_FINITE = {"divergence", "xlog1py", "xlogy", "rel_entr", "entr"}

# text, where, the gradient
COMPOSED = [
    ("maximum(x, x)", {"x": 2.0}, {"x": 1.0}),
    ("minimum(x, x)", {"x": 2.0}, {"x": 1.0}),
    ("maximum(x, 0)", {"x": 0.0}, {"x": 0.5}),
    ("relu(x) + relu(-x)", {"x": 0.0}, {"x": 0.0}),
    ("relu(x) - relu(-x)", {"x": 0.0}, {"x": 0.0}),  # which is x: see the page
    ("abs(relu(x))", {"x": 0.0}, {"x": 0.0}),
    ("where(x > 0, x, 0)", {"x": 0.0}, {"x": 0.0}),
    ("clip(x, 0, 1)", {"x": 0.0}, {"x": 1.0}),
    ("clip(x, 0, 1)", {"x": 1.0}, {"x": 1.0}),
    ("sqrt(x**2)", {"x": 0.0}, {"x": 0.0}),
    ("sqrt(sum(x**2))", {"x": [0.0, 0.0]}, {"x": [0.0, 0.0]}),
    ("norm(x - y)", {"x": [1.0, 2.0], "y": [1.0, 2.0]}, {"x": [0.0, 0.0], "y": [0.0, 0.0]}),
    ("sqrt(abs(x))", {"x": 0.0}, {"x": 0.0}),
    ("sqrt(relu(x))", {"x": -1.0}, {"x": 0.0}),
    ("x**0.5", {"x": 0.0}, {"x": 0.0}),
    ("x**1.5", {"x": 0.0}, {"x": 0.0}),
    ("x**0", {"x": 0.0}, {"x": 0.0}),
    ("x**1", {"x": 0.0}, {"x": 1.0}),
    ("x**2", {"x": 0.0}, {"x": 0.0}),
    ("x**x", {"x": 0.0}, {"x": 0.0}),
    ("max(x)", {"x": [1.0, 3.0, 3.0]}, {"x": [0.0, 0.5, 0.5]}),
    ("sort(x)[0]", {"x": [2.0, 1.0, 1.0]}, {"x": [0.0, 1.0, 0.0]}),
    ("sort(x)[1]", {"x": [2.0, 1.0, 1.0]}, {"x": [0.0, 0.0, 1.0]}),
]


def measured(build, point, dtype="float64"):
    """The value, its gradients, and all second derivatives, of emitted code."""
    g = sg.Graph()
    values = {name: as_input(v, dtype) for name, v in point.items()}
    inputs = [g.input(name, v) for name, v in values.items()]
    y = build(g, inputs)
    scalar = y.sum() if y.shape else y
    wrt = [inputs[i] for i in floating(inputs)]
    firsts = sg.grad(scalar, wrt)
    seconds = [s for first in firsts for s in sg.grad(first.sum(), wrt)]
    found = sg.function(inputs, [y, *firsts, *seconds])(**values)
    return found[0], found[1 : 1 + len(wrt)], found[1 + len(wrt) :]


def rows():
    """Operation, where, value, derivative, convention: for every declared point."""
    for name, points in sorted(KINKS.items()):
        op = registry[name]
        for point, slopes in points:
            named = dict(zip(op.operands, point, strict=False))
            value, _, _ = measured(lambda g, xs, op=op: op(*xs), named)
            moving = [k for k, v in named.items() if not isinstance(v, bool)]
            yield name, named, value, dict(zip(moving, slopes, strict=True)), op.kinks


def composed_rows():
    for text, point, slopes in COMPOSED:
        value, _, _ = measured(lambda g, xs, text=text: sg.parse(text, graph=g), point)
        yield text, point, value, slopes


def number(value):
    """As Python writes it, short."""
    if isinstance(value, bool | np.bool):
        return str(bool(value))
    if np.ndim(value):
        return "[" + ", ".join(number(v) for v in np.asarray(value)) + "]"
    return f"{float(value) + 0.0:.4g}"


def assigned(named):
    return ", ".join(f"{k} = {number(v)}" for k, v in named.items())


def slopes_of(named):
    """One slope by itself, several with what they are toward."""
    if len(named) == 1:
        return number(next(iter(named.values())))
    return ", ".join(f"{number(v)} toward {k}" for k, v in named.items())


def table(head, lines):
    escaped = ([cell.replace("|", r"\|") for cell in cells] for cells in lines)
    ruled = [head, ["---"] * len(head), *escaped]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in ruled)


def drawn():
    """The two tables of the page."""
    single = [
        [f"`{name}`", assigned(at), number(value), slopes_of(slopes), kinks]
        for name, at, value, slopes, kinks in rows()
    ]
    both = [
        [f"`{text}`", assigned(at), number(value), slopes_of(slopes)]
        for text, at, value, slopes in composed_rows()
    ]
    head = ["operation", "where", "value", "derivative", "convention"]
    return {
        "operations": table(head, single),
        "compositions": table(["expression", *head[1:4]], both),
    }


def test_the_page_is_up_to_date():
    page = PAGE.read_text("utf-8")
    wanted = page
    for name, text in drawn().items():
        marks = rf"(<!-- {name} -->\n).*?(\n<!-- end -->)"
        assert re.search(marks, page, re.DOTALL), name
        wanted = re.sub(marks, lambda m, t=text: m[1] + t + m[2], wanted, flags=re.DOTALL)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted


def test_every_row_with_a_kink_is_on_the_page():
    page = PAGE.read_text("utf-8")
    for op in registry.values():
        assert not op.kinks or f"| `{op}` |" in page


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", COMPOSED, ids=lambda c: f"{c[0]} at {assigned(c[1])}")
def test_compositions_have_the_derivative_shown(case, dtype):
    text, point, slopes = case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, firsts, seconds = measured(lambda g, _: sg.parse(text, graph=g), point, dtype)
    for found, expected in zip(firsts, slopes.values(), strict=True):
        np.testing.assert_array_equal(found, np.array(expected, dtype))
        assert found.dtype == dtype
    assert all(np.isfinite(s).all() for s in seconds)


@pytest.mark.parametrize("name", sorted(KINKS.keys() - NOT_FINITE))
def test_derivatives_of_both_orders_are_finite_and_silent(name):
    op = registry[name]
    for point, _ in KINKS[name]:
        named = dict(zip(op.operands, point, strict=False))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            value, firsts, seconds = measured(lambda g, xs, op=op: op(*xs), named)
        if np.isfinite(value).all():
            assert all(np.isfinite(d).all() for d in [*firsts, *seconds])


CONVEX = [
    (lambda x: np.maximum(x, 0), "relu(x)"),
    (np.abs, "abs(x)"),
    (lambda x: np.maximum(x, 0), "maximum(x, 0)"),
    (np.abs, "sqrt(x**2)"),
    (lambda x: np.max(x, axis=-1), "max(x)"),
    (lambda x: np.sqrt(np.sum(x**2, axis=-1)), "norm(x)"),
    (lambda x: np.sqrt(np.sum(x**2, axis=-1)), "sqrt(sum(x**2))"),
    (lambda x: np.max(x, axis=-1) - np.min(x, axis=-1), "ptp(x)"),
    (lambda x: np.std(x, axis=-1), "std(x)"),
]


@pytest.mark.parametrize("f, text", CONVEX, ids=[t for _, t in CONVEX])
def test_gradients_of_convex_functions_are_subgradients(f, text):
    """A plane through the point with that slope lies below the function, everywhere."""
    scalar = text in ("relu(x)", "abs(x)", "maximum(x, 0)", "sqrt(x**2)")
    at = np.array(0.0) if scalar else np.array([2.0, 2.0, 2.0]) * ("norm" not in text)
    at = at * ("sum" not in text)
    _, (slope,), _ = measured(lambda g, _: sg.parse(text, graph=g), {"x": at})
    far = at + np.random.default_rng(0).normal(size=(200, *at.shape))
    rise = (far - at) * slope
    rise = rise if scalar else rise.sum(axis=-1)
    assert (f(far) >= f(at) + rise - 1e-12).all()
