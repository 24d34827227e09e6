"""What the docstring of an emitted module says: the formula, and what is computed otherwise."""

from __future__ import annotations

import importlib.util
import re
import sys

import numpy as np
import pytest

import symgrad as sg

NAIVE_CROSS_ENTROPY = "p = 1 / (1 + exp(-z))\nloss = -mean(t * log(p) + (1 - t) * log(1 - p))"


def emitted(path, outputs, **options):
    path = sg.write_module(path / "emitted.py", f=(None, outputs), **{"certify": False, **options})
    spec = importlib.util.spec_from_file_location("emitted", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_gradients(text, **specs):
    value = sg.parse(text, specs)
    return [value, *sg.grad(value, list(specs))]


def told(module):
    """The lines on what is computed otherwise, unbroken."""
    lines = module.__doc__.replace("\n    ", " ").splitlines()
    return [line for line in lines if re.search(" is (computed|differentiated) ", line)]


COMPUTED = {
    "sum(log(1 / (1 + exp(-z))))": ["log(1 / (1 + exp(-z))) is computed as -logaddexp(0, -z)."],
    "sum(log(x**3))": ["log(x**3) is computed as 3 * log(x)."],
    "sum(x**2 - y**2)": ["x**2 - y**2 is computed as (x - y) * (x + y)."],
    "sum(x / (exp(y) - 1))": ["x / (exp(y) - 1) is computed as over_expm1(x, y)."],
    "sum((1 - cos(3 * x)) / x**2)": [
        "(1 - cos(3 * x)) / x**2 is computed as 4.5 * spherical_j0(1.5 * x) ** 2."
    ],
    "sum((x - 1) / log(x))": [
        "(x - 1) / log(x) is computed as log1prel_inverse(x - 1) where abs(x - 1) < 0.5."
    ],
    NAIVE_CROSS_ENTROPY: [
        "t * log(p) + (1 - t) * log(1 - p) is computed as -sigmoid_cross_entropy(z, t)."
    ],
}


@pytest.mark.parametrize("text", COMPUTED)
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_signs_factors_and_later_rewrites_silence_nothing(text, style, tmp_path):
    specs = {x: "[n]" for x in "txyz" if re.search(rf"\b{x}\b", text)}
    assert told(emitted(tmp_path, with_gradients(text, **specs), style=style)) == COMPUTED[text]


TRUE = [
    "log(sigmoid(x))",
    "-log(1 - sigmoid(x))",
    "x - log(1 + x)",
    "log(sqrt(1 + x**2) - x)",
    "1 - (1 - x)**10",
    "2 * exp(x) - 2 - 2 * x",
    "log(0.5 + 0.5 * x * x)",
    "-log(2 + exp(x) + exp(-x))",
    "(exp(2 * x) - 1) / x",
    "exp(x) / 2 - exp(-x) / 2",
    "2 * x**2 - 2 * y**2",
    "x**(1 / 3) - y**(1 / 3)",
    "log(x + 1) - log(x)",
    "(x**y - 1) / y",
    "log(exp(x) + exp(y))",
]


@pytest.mark.parametrize("text", TRUE)
def test_both_sides_of_a_line_have_one_value(text, tmp_path):
    """Where nothing overflows or cancels, NumPy finds what is computed equal to what is written."""
    specs = {x: "[n]" for x in "xy" if re.search(rf"\b{x}\b", text)}
    module = emitted(tmp_path, with_gradients(f"sum({text})", **specs))
    values = {"x": np.array([0.3, 0.7]), "y": np.array([1.4, 0.2])}
    scope = {**vars(np), "sigmoid": lambda x: 1 / (1 + np.exp(-x)), **vars(module), **values}
    for line in told(module):
        before, after = line[:-1].split(" is computed as ")
        np.testing.assert_allclose(eval(before, scope), eval(after, scope), rtol=1e-12)
    assert told(module)


def test_what_has_no_short_form(tmp_path):
    """It is told all the same: the form of one share among many is too long to be read."""
    text = "exp(x[3]) / (1 + sum(exp(x)))"
    module = emitted(tmp_path, with_gradients(text, x="[5]"))
    assert told(module) == [f"{text} is computed in another form."]


def test_what_is_only_differentiated(tmp_path):
    slope = sg.grad(sg.parse("sum(log(1 + exp(z)))", z="[n]"), "z")
    assert told(emitted(tmp_path, [slope])) == [
        "log(1 + exp(z)) is differentiated as logaddexp(0, z)."
    ]


def test_lines_are_few_and_broken(tmp_path):
    text = " + ".join(f"log(1 + exp(a_rather_long_name_of_an_input_{i} * x))" for i in range(9))
    specs = {f"a_rather_long_name_of_an_input_{i}": "[]" for i in range(9)}
    module = emitted(tmp_path, with_gradients(text, x="[]", **specs))
    assert len(told(module)) == 6
    assert max(map(len, module.__doc__.splitlines())) <= 88


def test_the_formula_with_the_named_lines_that_it_reads(tmp_path):
    outputs = with_gradients(f"unread = z * 2\n{NAIVE_CROSS_ENTROPY}", z="[n]", t="[n]")
    lines = emitted(tmp_path, outputs).__doc__.splitlines()
    assert [line.strip() for line in lines if line.startswith("    ")] == [
        "p = 1 / (1 + exp(-z))",
        "loss = -mean(t * log(p) + (1 - t) * log(1 - p))",
    ]


def test_of_many_named_lines_the_last_is_shown(tmp_path):
    text = "h0 = x\n" + "".join(f"h{i + 1} = sin(h{i})\n" for i in range(10)) + "y = sum(h10)"
    lines = emitted(tmp_path, with_gradients(text, x="[n]")).__doc__.splitlines()
    assert [line for line in lines if line.startswith("    ")] == ["    y = sum(h10)"]


def test_results_without_a_name(tmp_path):
    x = sg.Graph().input("x", "[n]")
    assert emitted(tmp_path, [x * x + 1]).f.__doc__.startswith("Return result.")
    several = emitted(tmp_path, [x * x + 1, x * x - 1]).f.__doc__
    assert several.startswith("Return result1, result2.")
    named = (x + 2).named("t7")
    assert emitted(tmp_path, [named]).f.__doc__.startswith("Return t7.")


def test_the_code_calls_outputs_as_the_docstring_does(tmp_path):
    y = sg.parse("sum(x**3 * sin(x))", x="[n]")
    x = y.graph.inputs["x"]
    outputs = [y, sg.grad(y, x), sg.hessian(y, x), x + 1]
    module = emitted(tmp_path, outputs)
    names = "loss, d_x, result3, result4"
    assert module.f.__doc__.startswith(f"Return {names}.")
    assert f"\n    return {names}\n" in (tmp_path / "emitted.py").read_text()
    path = sg.write_module(tmp_path / "step.py", step=([x], y, {x: x - 0.1 * sg.grad(y, x)}))
    assert "    x[...] = new_x\n    return loss\n" in path.read_text()


@pytest.mark.parametrize("wrong", [[1j], None, ["a"]])
def test_no_advice_to_convert_what_has_no_real_values(wrong, tmp_path):
    module = emitted(tmp_path, [sg.Graph().input("x", "[n]") * 2])
    with pytest.raises(TypeError, match=r"float64\[n\] is wanted$"):
        module.f(wrong)
    with pytest.raises(TypeError, match=r"; convert it with np.asarray\(x, dtype=np.float64\)$"):
        module.f(np.ones(2, np.longdouble))


@pytest.mark.parametrize(("package", "name"), [("mpmath", "mpmath"), ("scipy", "SciPy")])
def test_the_certificate_names_what_is_missing(package, name, tmp_path, monkeypatch):
    from symgrad.backends.numpy import certificate

    def certified(*_):
        monkeypatch.setitem(sys.modules, package, None)
        __import__(package)

    monkeypatch.setattr(certificate, "_certified", certified)
    module = emitted(tmp_path, [sg.Graph().input("x") * 2], certify=True)
    assert f"Not checked against the formula as written: {name} is not installed" in module.__doc__
