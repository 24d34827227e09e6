"""Many arguments of fixed shapes, compared in one loop: what is taken, converted, or refused."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.listed import FEWEST
from tests.backends.test_quick_checks import conversions


def weighted(count, updated=False, style="fast"):
    """sum_i i w_i x, with w_i alternately matrices and vectors of two dtypes; and its arguments."""
    g, rng = sg.Graph(), np.random.default_rng(0)
    x, total = g.input("x", "[n, 3]"), 0.0
    given, weights = {"x": rng.normal(size=(4, 3))}, []
    for i in range(count):
        spec = ("[3, 3]", "float32[3, 3]", "[3]", "int64[3]")[i % 4]
        w = g.input(f"w{i}", spec)
        shape, dtype = w.shape, w.dtype
        given[f"w{i}"] = (rng.normal(size=shape) * 5).astype(dtype)
        total = total + (i + 1.0) * ((x @ w).sum() if len(shape) == 2 else (x * w).sum())
        weights.append(w)
    new = {w: w * 2 for w in weights} if updated else None
    return sg.function([x, *weights], total, updates=new, style=style), given


def expected(given):
    """The same by NumPy."""
    x, *weights = given.values()
    parts = [(x @ w if w.ndim == 2 else x * w).sum() for w in map(np.asarray, weights)]
    return sum((i + 1.0) * p for i, p in enumerate(parts))


@pytest.mark.parametrize("count", [FEWEST - 1, FEWEST, FEWEST + 8])
def test_arrays_as_declared_are_taken_as_they_are(count):
    f, given = weighted(count)
    assert ("_as_listed(" in f.source) == (count >= FEWEST)
    calls = conversions(f)
    for n in (4, 0, 1):
        given["x"] = np.resize(given["x"], (n, 3))
        np.testing.assert_allclose(f(**given), expected(given), rtol=1e-6, atol=1e-6)
    assert calls == []
    assert weighted(count, style="readable")[0](**given) == pytest.approx(f(**given), rel=1e-6)


@pytest.mark.parametrize("place", [0, 2, FEWEST + 1])
def test_what_converts_is_converted_and_nothing_else_moves(place):
    f, given = weighted(FEWEST + 8)
    calls, name = conversions(f), f"w{place}"
    wanted = expected(given)
    odd = [given[name].tolist(), given[name].astype(given[name].dtype.newbyteorder())]
    for value in (*odd, given[name].view(Plain), np.asfortranarray(given[name])):
        np.testing.assert_allclose(f(**{**given, name: value}), wanted, rtol=1e-6)
    assert len(calls) == 3
    assert list(calls[0][2]) == ["x", *sorted(f._names[1:], key=lambda n: int(n[1:]) % 4)]


class Plain(np.ndarray):
    """A subclass."""


def test_what_does_not_fit_is_refused_by_name():
    f, given = weighted(FEWEST + 8)
    with pytest.raises(sg.ShapeError, match=r"argument w5 has shape \(3,\), float32\[3, 3\]"):
        f(**{**given, "w5": np.ones(3, np.float32)})
    with pytest.raises(sg.DTypeError, match=r"argument w7 is float64, and int64\[3\] is wanted"):
        f(**{**given, "w7": np.ones(3)})
    with pytest.raises(sg.DTypeError, match="argument w8 is masked"):
        f(**{**given, "w8": np.ma.ones((3, 3))})
    with pytest.raises(sg.GraphError, match="w9"):
        f(**{k: v for k, v in given.items() if k != "w9"})


def test_overwritten_arguments_are_listed_too():
    f, given = weighted(2 * FEWEST, updated=True)
    assert "_as_listed(" in f.source
    before = {k: v.copy() for k, v in given.items()}
    np.testing.assert_allclose(f(**given), expected(before), rtol=1e-6)
    for name, value in before.items():
        np.testing.assert_array_equal(given[name], value if name == "x" else 2 * value)
    with pytest.raises(sg.DTypeError, match="argument w3 is overwritten"):
        f(**{**given, "w3": given["w3"].tolist()})
    with pytest.raises(sg.GraphError, match="w0 and w4 share memory"):
        f(**{**given, "w4": given["w0"]})


def test_a_file_lists_them_too_and_is_formatted(tmp_path):
    f, given = weighted(FEWEST)
    path = sg.write_module(tmp_path / "net.py", style="fast", f=(f.inputs, f.outputs[0]))
    scope = {"__name__": "net"}
    exec(compile(path.read_text(), "net.py", "exec"), scope)
    assert scope["f"](**given) == f(**given)
    with pytest.raises(ValueError, match="argument w6 has shape"):
        scope["f"](**{**given, "w6": np.ones(2)})
    black = pytest.importorskip("black")
    text = path.read_text()
    assert black.format_str(text, mode=black.Mode()) == text
    assert max(map(len, text.splitlines())) <= 88


@pytest.mark.parametrize("dim", ["listed", "locals"])
def test_a_named_dim_may_be_called_like_what_the_loop_uses(dim):
    g = sg.Graph()
    x = g.input("given", f"[{dim}, 2]")
    weights = [g.input(f"w{i}", "[2]") for i in range(FEWEST)]
    f = sg.function([x, *weights], sum((x * w).sum() for w in weights))
    ones = [np.ones(2)] * FEWEST
    assert f(np.ones((5, 2)), *ones) == f(np.ones((5, 2)).tolist(), *ones) == 10 * FEWEST
