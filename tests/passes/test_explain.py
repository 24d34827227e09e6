"""What `simplify` and `explain` tell: rules, reasons that are true, places, guards."""

from __future__ import annotations

import re

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad import cli
from symgrad.backends.numpy import compile_as_written
from symgrad.graph.walk import ancestors
from symgrad.passes.explanations.reasons import failure


def explained(text, *wrt, **specs):
    y = sg.parse(text, specs)
    return sg.explain([y, *(sg.grad(y, name) for name in wrt)])


def test_steps_of_simplify():
    x = sg.Graph().input("x")
    form, steps = sg.simplify(sg.log(1 + sg.exp(x)) * 1, trace=True)
    assert form is sg.simplify(sg.log(1 + sg.exp(x)))
    assert [(str(rule), before.op, after.op) for rule, before, after in steps][-1] == (
        "x * 1 = x",
        "multiply",
        "softplus",
    )


def test_steps_are_told_again():
    x = sg.Graph().input("x")
    y = sg.log(sg.sigmoid(x))
    first, again = (sg.simplify(y, trace=True)[1] for _ in range(2))
    assert len(first) == len(again) > 0


def test_text():
    assert str(explained("log(1 + exp(z))", z="[]")) == (
        "For floating point\n"
        "  log(1 + exp(z)) is computed as softplus(z)\n"
        "    rule: log(exp(a) + exp(b)) overflows and log(exp(a) - exp(b)) cancels as they are "
        "written.\n"
        "    because log(1 + exp(z)) is inf at z = 1000; softplus(z) is 1000"
    )


def test_names_and_lines():
    text = "z = X @ w\np = 1 / (1 + exp(-z))\nloss = -mean(y * log(p) + (1 - y) * log(1 - p))"
    told = str(explained(text, "w", X="[n, 3]", w="[3]", y="[n]"))
    assert "log(p) is computed as -softplus(-z) (line 3)" in told
    assert "rule: log(sigmoid(x)) = -softplus(-x)" in told
    assert "because log(p) is -inf at z = -1000; -softplus(-z) is -1000" in told


CASES = {
    "log(cosh(a))": {"a": "[]"},
    "1 - cos(a)": {"a": "[]"},
    "sqrt(a**2 + b**2)": {"a": "[]", "b": "[]"},
    "exp(a) / sum(exp(a))": {"a": "[n]"},
    "log(softmax(a))": {"a": "[n]"},
    "log(sum(exp(a)))": {"a": "[3]"},
    "log(1 + exp(a))": {"a": "float32[]"},
}


@pytest.mark.parametrize("text", CASES)
def test_reasons_are_true(text):
    """What is said of both forms is what NumPy finds."""
    y = sg.parse(text, CASES[text])
    (r,) = sg.explain(y).rewrites
    found = r.failure
    values = {
        x.name: np.full([2 if d == "n" else d for d in x.shape], v, x.dtype)
        for x, v in found.operands
    }
    if found.mixed:
        for v in values.values():
            v[1::2] = 0
    plain = {name: getattr(np, name) for name in ("log", "cosh", "exp", "cos", "sqrt", "sum")}
    plain["softmax"] = lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum()
    with np.errstate(all="ignore"):
        written = np.ravel(eval(text, plain, values))
        computed = np.ravel(sg.function(None, y)(**values))
    assert any(
        np.array_equal([w, c], [found.before, found.after], equal_nan=True)
        for w, c in zip(written, computed, strict=True)
    )
    assert not np.isclose(found.before, found.after, rtol=1e-8, atol=0)
    assert f"{found.before:.10g}" in r.reason


@pytest.mark.parametrize(
    "text",
    [
        "log(a) - log(b)",
        "log(a + b) - log(a)",
        "log1p(a) - log1p(b)",
        "log1p(a) - log(a)",
        "log(a) - log(a - 1)",
        "1 - sqrt(a)**2",
        "sqrt(a) - sqrt(b)",
    ],
)
def test_a_point_outside_the_domain_is_no_reason(text):
    """The logarithm of a negative number is nan, and that is right."""
    specs = {x: "[]" for x in "ab" if re.search(rf"\b{x}\b", text)}
    (r,) = sg.explain(sg.parse(text, specs)).rewrites
    told = dict(re.findall(r"(\w) = ([-+.e\d]+)", str(r.failure)))
    with mpmath.workdps(50):
        point = {name: mpmath.mpf(float(v)) for name, v in told.items()}
        true = eval(text, {n: getattr(mpmath, n) for n in ("log", "log1p", "sqrt")}, point)
        assert isinstance(true, mpmath.mpf)
        assert r.failure.after == pytest.approx(float(true), 1e-12, 0)
    assert r.failure.before != pytest.approx(float(true), 1e-8, 0)


def test_no_reason_is_made_up():
    x = sg.Graph().input("x")
    assert failure(x * 2 + 1, 1 + x * 2, compile_as_written) is None


def test_guards():
    told = explained("sum(where(x > 0, log(x), 0))", "x", x="[n]")
    assert len(told.guards) == 1
    assert "log(x) is wanted only where x > 0; elsewhere x is 1.0 there" in str(told)


def test_branches_that_rules_make_are_not_told():
    """The series near 0 is chosen by a where that nobody wrote."""
    told = explained("(x - log(1 + x)) / x**2", x="[]")
    assert any(n.op == "where" for n in ancestors([told.rewrites[-1].after]))
    assert told.guards == [] and "wanted" not in str(told)


def test_a_sum_is_told_with_its_size():
    told = str(explained("softplus(log(sum(exp(x))) - log(1 + exp(x)))", x="[n]"))
    value = f"{1000 + float(mpmath.log(2)):.10g}"
    assert f"log(sum(exp(x))) is inf at x = 1000, n = 2; logsumexp(x) is {value}" in told
    assert "log(1 + exp(x)) is inf at x = 1000; softplus(x) is 1000" in told
    told = str(explained("log(1 + exp(X @ w))", X="[n, d]", w="[d]"))
    assert "is inf at X = 1000, w = 1000, n = 2, d = 2; softplus(X @ w) is 2000000" in told


def test_masks_are_told_without_the_size_that_is_counted():
    (r,) = explained("x[x > 0] * log(x[x > 0])", x="[n]").rewrites
    assert r.claim.endswith("is computed as xlogy(x[flatnonzero(x > 0)], x[flatnonzero(x > 0)])")


def test_what_was_not_stabilized_is_not_told():
    y = sg.parse("sum(log(1 + exp(x)))", x="[n]")
    raw = sg.grad(y, "x", stabilize=False)
    assert not [r for r in sg.explain(raw).rewrites if r.node is y.args[0]]
    assert [r for r in sg.explain(sg.grad(y, "x")).rewrites if r.node is y.args[0]]


def test_nothing_to_tell():
    assert str(explained("x + y", x="[]", y="[]")).startswith("Nothing was rewritten")


def test_markdown():
    told = explained("log(1 + exp(z)) * 1", z="[]")
    assert told._repr_markdown_() == told.to_markdown()
    assert "- `log(1 + exp(z))` is computed as `softplus(z)`" in told.to_markdown()
    assert re.search(r"## Also rewritten\n\n- .*: x \* 1 = x", told.to_markdown())


def test_what_is_shorter_is_told_in_its_last_form():
    g = sg.Graph()
    x, y, w = g.input("x", "[n]"), g.input("y", "[n]"), g.input("w", "[3]")
    loss = -sg.mean(-sg.softplus(x) * y) + 0.5 * sg.sum(w**2)
    last = str(sg.simplify(loss)).splitlines()[-1]
    told = [str(r.after).splitlines()[-1] for r in sg.explain(loss).shorter if r.node is loss]
    assert told == [last] and "- mean" not in last


def test_many_alike_are_few_lines():
    text = " + ".join(f"x{i} * 1" for i in range(40))
    told = str(explained(text, **{f"x{i}": "[]" for i in range(40)}))
    assert told.endswith("more") and len(told.splitlines()) < 20


def test_on_the_command_line(tmp_path, capsys):
    path = tmp_path / "loss.sg"
    path.write_text("x: [n]\nz = 2 * x\nloss = sum(log(1 + exp(z)))\n")
    assert cli.run(["explain", str(path), "--wrt", "x"]) == 0
    out = capsys.readouterr().out
    assert "log(1 + exp(z)) is computed as softplus(z) (line 3)" in out
    assert "is inf at z = 1000; softplus(z) is 1000" in out
    assert cli.run(["explain", str(path), "--wrt", "y"]) == 2
    assert cli.run(["explain", "--help"]) == 0


def test_a_file_says_what_became_of_sums_of_exponents(tmp_path):
    """The mark that rewriting puts on them is in no line that a reader sees."""
    for formula, line in {
        "sum(exp(x) * exp(y))": "exp(x) * exp(y) is computed as exp_sum([x, y]).",
        "sum(exp(x) / (exp(x) + exp(y)))": (
            "exp(x) / (exp(x) + exp(y)) is computed as exp_share(x, y)."
        ),
    }.items():
        value = sg.parse(formula, x="[n]", y="[n]")
        path = tmp_path / "f.py"
        sg.write_module(path, f=(None, [value, sg.grad(value, "x")]))
        text = path.read_text()
        assert line in text.splitlines()
        assert "exponent_sum" not in text


def test_explanations_show_sums_of_exponents_as_sums_and_rules_whole():
    for formula, shown in {
        "exp(x) / exp(y)": "rule: exp(x) / exp(y) = exp(x + -y)",
        "log(exp(x) - 2 * exp(y))": "is computed as x + log1mexp(x + -y + -0.6931471805599453)",
    }.items():
        text = str(sg.explain(sg.parse(formula, x="[]", y="[]")))
        assert shown in text
        assert "exponent_sum" not in text


def test_rules_have_one_line_also_where_a_part_is_repeated():
    text = str(sg.explain(sg.parse("(x - log(2.0)) + softplus(-2 * x)", x="[]")))
    assert "rule: x - log(2.0) + softplus(-2 * x) = logcosh(x)" in text


POINTS = [
    "sqrt(x + 1) - sqrt(x)",
    "1 / x - 1 / (x + 1)",
    "(x - 1) / log(x)",
    "log(1 / (y * sqrt(2 * 3.141592653589793)) * exp(-(x ** 2) / (2 * y ** 2)))",
    "log((1 - x) ** (z - 1)) + log(x ** (y - 1))",
    "log(1 + exp(3 * x)) / 3",
    "(-x - sqrt(x * x - 4 * y)) / (2 * y)",
    "x + log(1 + exp(-2 * x)) - log(2)",
]


@pytest.mark.parametrize("text", POINTS)
def test_points_are_of_inputs_and_the_formula_fails_there(text):
    specs = {x: "[]" for x in "xyz" if re.search(rf"\b{x}\b", text)}
    rewrites = sg.explain(sg.parse(text, specs)).rewrites
    assert any(r.reason for r in rewrites)
    for r in rewrites:
        if r.reason:
            assert {x.name for x, _ in r.failure.operands} <= specs.keys()
            values = {x.name: np.float64(v) for x, v in r.failure.operands}
            before = r.reason.split(" is ")[0]
            with np.errstate(all="ignore"):
                assert f"{eval(before, {**vars(np), **values}):.10g}" == f"{r.failure.before:.10g}"


def test_inner_terms_have_no_point():
    """Which inputs give them such values, is not known: then nothing is said of a point."""
    text = "a = 1 / (1 + exp(-x))\nb = 1 / (1 + exp(-y))\nlog(1 - a * b)"
    rewrites = explained(text, x="[]", y="[]").rewrites
    assert rewrites
    for r in rewrites:
        assert not r.reason or {x.name for x, _ in r.failure.operands} <= {"x", "y"}
