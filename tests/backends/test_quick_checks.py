"""The test that fast code makes of its arguments: what it lets pass, and its text."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy.emitted import checked
from tests.backends.test_calls import net


def conversions(f):
    """How often a call converts its arguments: put in the place of ``_checked``."""
    scope = f._call.__globals__
    convert, calls = scope["_checked"], []
    scope["_checked"] = lambda *args: calls.append(args) or convert(*args)
    return calls


# Which arguments need no conversion.


@pytest.mark.parametrize("spec", ["float64", "float32"])
def test_arrays_and_numbers_of_the_declared_types_are_taken_as_they_are(spec):
    g = sg.Graph()
    x, b = g.input("x", f"{spec}[n]"), g.input("b", spec)
    k, m = g.input("k", "int32"), g.input("m", "bool[n]")
    f = sg.function([x, b, k, m], [sg.where(m, x * b, 0.0) * k, b])
    calls = conversions(f)
    mask, values = np.array([True, False, True]), np.arange(3, dtype=spec)
    for number in (np.array(2, spec), values.dtype.type(2), values[2:].reshape(())):
        for array in (values, np.repeat(values, 2)[::2], np.flip(values[::-1])):
            found, returned = f(array, number, np.array(3, "i4"), mask)
            np.testing.assert_array_equal(found, np.array([0, 0, 12], spec), strict=True)
            assert returned == 2 and returned.dtype == spec and type(returned) is np.ndarray
    assert calls == []
    for odd in (values.tolist(), values.astype(values.dtype.newbyteorder()), values.view(Plain)):
        np.testing.assert_array_equal(f(odd, number, np.array(3, "i4"), mask)[0], [0, 0, 12])
    assert len(calls) == 3


def test_what_is_carried_along_converts_only_what_needs_it(monkeypatch):
    convert, calls = checked._converted, []
    spy = lambda *args: calls.append(args[1]) or convert(*args)
    monkeypatch.setattr(checked, "_converted", spy)
    given = {"X": np.ones((4, 2)), "w": np.ones(2), "b": np.ones(()), "k": np.ones(4, int)}
    odd = {
        "X": given["X"].astype(">f8"),
        "w": given["w"].view(Plain),
        "b": 1,
        "k": given["k"].astype("i4"),
    }
    shapes = {"X": ("n", 2), "w": (2,), "b": (), "k": ("n",)}
    for name in [None, *odd]:
        mixed = {**given, name: odd[name]} if name else given
        told = {k: (v, given[k].dtype.name, shapes[k]) for k, v in mixed.items()}
        *found, n = checked._checked("f", ["n"], told)
        assert n == 4 and [type(a) for a in found] == [np.ndarray] * 4
        for a, b in zip(found, given.values(), strict=True):
            assert a.dtype.isnative
            np.testing.assert_array_equal(a, b, strict=True)
        assert [k for k, a in zip(mixed, found, strict=True) if a is not mixed[k]] == calls
        assert calls == [name] * (name is not None)
        calls.clear()


class Plain(np.ndarray):
    """A subclass."""


def test_a_python_float_costs_no_conversion_of_the_others():
    g = sg.Graph()
    f = sg.function([g.input("x", "[n]"), g.input("rate")], g.inputs["x"] * g.inputs["rate"])
    calls = conversions(f)
    np.testing.assert_array_equal(f(np.ones(3), 0.5), np.full(3, 0.5), strict=True)
    assert calls == []
    np.testing.assert_array_equal(f(np.ones(3), 2), np.full(3, 2.0), strict=True)
    assert len(calls) == 1


def test_results_of_a_call_go_into_the_next_without_conversion():
    g = sg.Graph()
    types = {"w": "[n]", "t": "int64", "k": "int32", "b": "float64", "s": "float32", "m": "bool"}
    inputs = [g.input(name, spec) for name, spec in types.items()]
    w, t, k, b, s, m = inputs
    step = sg.function(inputs, [w * 2, t + 1, k * 3, b / 2, s + s, ~m])
    state = [
        np.ones(3),
        np.array(5),
        np.array(1, "i4"),
        np.array(8.0),
        np.array(1, "f4"),
        np.array(True),
    ]
    calls = conversions(step)
    for _ in range(3):
        state = step(*state)
    assert calls == []
    assert state[0].tolist() == [8, 8, 8] and state[1:] == [8, 27, 1, 8, False]
    assert [v.dtype.name for v in state[1:]] == [types[n] for n in "tkbsm"]


@pytest.mark.filterwarnings("error")
def test_integers_wrap_around_in_silence_as_arrays_do(style):
    t = sg.Graph().input("t", "int64")
    f = sg.function([t], t * 2, style=style)
    assert f(np.int64(2**62)) == f(np.array(2**62)) == f(2**62) == -(2**63)


def test_a_python_float_divides_like_an_array():
    g = sg.Graph()
    f = sg.function([g.input("a"), g.input("b")], g.inputs["a"] / g.inputs["b"])
    with np.errstate(all="ignore"):
        assert f(1.0, 0.0) == np.inf and np.isnan(f(0.0, 0.0))
    mixed = g.input("s", "float32[n]") * g.inputs["a"]
    f, given = sg.function(["s", "a"], mixed), np.ones(2, np.float32)
    assert f(given, 0.1).dtype == f(given, np.array(0.1)).dtype == mixed.dtype


# Sizes.

SIZES = {  # declared shapes, the sizes of a good call, shapes that do not fit
    "a matrix": (["n, m"], {"n": 2, "m": 3}, [["2"], ["2, 3, 1"]]),
    "a square": (["n, n"], {"n": 3}, [["3, 2"], ["2, 3"], ["3"]]),
    "told later": (["2, n", "n"], {"n": 4}, [["2, 4", "3"], ["2, 1", "4"], ["1, 4", "4"]]),
    "two names": (["n, m", "m, n"], {"n": 2, "m": 3}, [["2, 3", "2, 3"], ["2, 3", "3, 1"]]),
    "a formula": (["n", "2*n"], {"n": 3}, [["3", "3"], ["1", "6"], ["0", "1"]]),
    "a formula first": (["2*n + 1", "n"], {"n": 3}, [["6", "3"], ["7", "4"]]),
    "a formula beside": (["n, 2*n"], {"n": 2}, [["2, 2"], ["2, 3"], ["4, 2"]]),
    "a formula before": (["2*n, n"], {"n": 2}, [["2, 2"], ["3, 2"], ["2, 4"]]),
    "named len": (["len, 2", "len"], {"len": 3}, [["3, 2", "2"], ["2", "2"]]),
    "named float": (["float", "float"], {"float": 3}, [["3", "2"], ["1", "3"]]),
    "nothing named": (["2, 3", "3"], {}, [["3, 2", "3"], ["2, 3", "1"], ["2, 3", "3, 1"]]),
    "no axis": (["", "n"], {"n": 2}, [["1", "2"], ["", "2, 1"]]),
}


@pytest.mark.parametrize("case", SIZES)
def test_sizes(style, case):
    shapes, sizes, wrong = SIZES[case]
    g = sg.Graph()
    inputs = [g.input(f"x{i}", f"[{s}]") for i, s in enumerate(shapes)]
    total = sum((x * (i + 2.0)).sum() for i, x in enumerate(inputs))
    f = sg.function(inputs, [total, *sg.grad(total, inputs)], style=style)

    def arrays(texts, **named):
        found = [np.ones(eval(f"({s},)" if s else "()", {}, named)) for s in texts]
        return [a * (i + 1.0) for i, a in enumerate(found)]

    for factor in (1, 2, 0):
        given = arrays(shapes, **{name: size * factor for name, size in sizes.items()})
        found = f(*given)
        assert found[0] == sum(a.sum() * (i + 2) for i, a in enumerate(given))
        for i, (a, slope) in enumerate(zip(given, found[1:], strict=True)):
            np.testing.assert_array_equal(slope, np.full(a.shape, i + 2.0))
    for texts in wrong:
        with pytest.raises(sg.ShapeError, match=r"argument x\d has shape .* is wanted"):
            f(*arrays(texts))


# The text.


@pytest.mark.parametrize("layers, size", [(1, "3"), (3, "d"), (64, "3")])
def test_the_text_is_formatted_and_its_lines_are_short(layers, size):
    source = net(layers, size=size).source
    own = source.partition("def _checked(")[0]  # what is carried along has its own lines
    assert max(map(len, own.splitlines())) <= 88
    for tool in (["black", "--check", "-q"], ["ruff", "check", "--isolated", "-q"]):
        done = subprocess.run([sys.executable, "-m", *tool, "-"], input=source, text=True)
        assert done.returncode == 0
    assert source == net(layers, size=size).source


@pytest.mark.parametrize("specs", [["[n]"], ["float32[3]"], [""], ["int32", "bool"], ["[n, n]"]])
def test_short_tests_are_formatted_too(specs):
    g = sg.Graph()
    inputs = [g.input(f"x{i}", spec or "float64") for i, spec in enumerate(specs)]
    source = sg.function(inputs, [x + x if x.type.is_floating else x for x in inputs]).source
    assert is_black(source)


def is_black(source):
    """Whether black leaves a file as it is."""
    command = [sys.executable, "-m", "black", "--check", "-q", "-"]
    return subprocess.run(command, input=source.encode()).returncode == 0


@pytest.mark.parametrize("name", ["_Array", "_Float64", "_Floating", "_float64", "_bool", "float"])
def test_arguments_may_have_any_name(name, style):
    g = sg.Graph()
    x, y = g.input(name, "[n]"), g.input("y")
    f = sg.function([x, y], (x * y).sum(), style=style)
    assert f(np.arange(3.0), 2.0) == f(**{name: [0, 1, 2], "y": np.array(2)}) == 6


@pytest.mark.parametrize("length", [20, 27, 30, 34, 37, 55, 90])
def test_long_names(style, length):
    g = sg.Graph()
    x, y, k = g.input("x" * length, "[n, 2]"), g.input("y" * length), g.input("k", "int64")
    f = sg.function([x, y, k], [x, y, k], style=style)
    found, *numbers = f(np.ones((1, 2)), 0.5, np.int64(2))
    np.testing.assert_array_equal(found, [[1.0, 1.0]])
    assert numbers == [0.5, 2]
    if length < 50:
        assert is_black(f.source)


@pytest.mark.parametrize("options", [{}, {"reuse_outputs": True}, {"style": "readable"}], ids=str)
@pytest.mark.parametrize("length", [20, 28, 33, 40, 60, 300])
def test_long_names_of_functions(options, length):
    x = sg.Graph().input("x", "[n]")
    y = sg.softplus(sg.tanh(x) * x)
    f = sg.function([x], [y.sum(), sg.grad(y.sum(), x)], name="f" * length, **options)
    np.testing.assert_allclose(f(np.zeros(3))[0], 3 * np.log(2))
    if length < 50:
        assert is_black(f.source)


@pytest.mark.parametrize(("written", "name"), [("\uff46", "f"), ("\ufb01", "fi"), ("e\u0301", "é")])
def test_names_of_functions_are_in_pythons_normal_form(written, name, tmp_path):
    x = sg.Graph().input("x")
    f = sg.function([x], 2 * x, name=written)
    assert (f.name, f(3.0)) == (name, 6.0)
    source = Path(sg.write_module(tmp_path / "f.py", **{written: ([x], 2 * x)})).read_text("utf-8")
    assert f"def {name}(x)" in source


def test_names_of_the_test_are_kept_from_functions(tmp_path):
    x = sg.Graph().input("x")
    with pytest.raises(sg.CodegenError, match="can not be called _Array"):
        sg.write_module(tmp_path / "m.py", _Array=([x], x * x))


def test_fast_modules_stand_alone(tmp_path):
    g = sg.Graph()
    x, b = g.input("x", "float32[n]"), g.input("b")
    path = sg.write_module(
        tmp_path / "m.py", style="fast", f=([x], (x * x).sum()), g=([x, b], [x * 2, b * 2])
    )
    imports = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import)]
    assert list(map(ast.unparse, imports)) == ["import numpy as np"]
    code = (
        "import numpy as np, m\nx = np.arange(3, dtype='f4')\n"
        "assert m.f(x) == m.f([0, 1, 2]) == 5 and m.f(x).dtype == 'f4'\n"
        "a, b = m.g(x, 1.5)\nassert a.tolist() == [0, 2, 4] and b == 3\n"
        "try:\n    m.f(np.ones(3))\nexcept TypeError as e:\n    print(e)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "argument x is float64, and float32[n] is wanted" in done.stdout
