"""Every equation of the rule tables: both sides agree, and the left fails where it is said to."""

from __future__ import annotations

import pkgutil
import warnings
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from time import perf_counter

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.backends.numpy import Signature, compile_function
from symgrad.graph.signs import SIGNS, impose
from symgrad.graph.walk import ancestors
from symgrad.ops.op import registry
from symgrad.passes import final, rules, simplify, specialize, stabilize
from symgrad.passes.rewriting.rule import Rule
from symgrad.passes.rules.proved import no_kink
from tests.oracles import exact, is_ordinary, meaning

TABLES = {
    module.name: import_module(f"{rules.__name__}.{module.name}").RULES
    for module in pkgutil.iter_modules(rules.__path__)
}
RULES = [r for table in TABLES.values() for r in table]
FAILING = [r for r in RULES if r.at is not None]
CHEAPER = TABLES["specialize"]  # of more operations, which take less time
POINTS = [0.4, 1.7, -0.6, 2.9, -1.3, 0.05, 12.0, 0.85, -3.5]
CANCELS = {  # where the left side, as floating point has it, is not to be held to the bound
    "cosh(x) - sinh(x)": 12.0,  # two numbers of 81377, rounded by 1e-11, for one of 6e-6
    "sinh(x) - cosh(x)": 12.0,  # as they are
    "cosh(x)**2 - sinh(x)**2": 12.0,  # their squares, for 1
    "sinh(x)**2 - cosh(x)**2": 12.0,  # as they are
    "(sin(x) - x * cos(x)) / x**3": 0.05,  # 4e-5 of two 0.05, rounded by 1e-17, over 1e-4 twice
}
DIGITS = (60, 120, 1000)  # exp(-1000) beside 1 needs more than 434


shown = cache(str)


def every(table):
    return pytest.mark.parametrize("r", table, ids=shown)


def variables(r: Rule) -> list[sg.Expr]:
    """The inputs of both sides, those on the left in order."""
    nodes = ancestors([r.left, r.right])
    return [n for n in nodes if n.op == "input"]


def truth(pattern, point):
    """A pattern's value with as many digits as mpmath works with, by its operations' meanings."""
    known = {}
    for node, f in meant(pattern):
        if f is not None:
            known[node.id] = f(*(known[a.id] for a in node.args))
        else:
            known[node.id] = exact(point[node.name] if node.op == "input" else node.value)
    return known[pattern.id]


@lru_cache(maxsize=10_000)
def meant(pattern):
    """The nodes of a pattern, each with the meaning of its operation; inputs and numbers, None."""
    nodes = ancestors([pattern])
    return [(n, meaning(registry[n.op], **n.params) if n.args else None) for n in nodes]


def slope(pattern, point, name):
    def along(value):
        return truth(pattern, {**point, name: value})

    return mpmath.diff(along, exact(point[name]))


@cache
def samples(r: Rule):
    """Points at which the left side is a real number, of the signs that the variables have."""
    points = (
        {
            x.name: float(impose(POINTS[(i + 3 * k) % len(POINTS)], x.sign))
            for k, x in enumerate(variables(r))
        }
        for i in range(len(POINTS))
    )
    found = [p for p in points if has_value(r, p) and has_slopes(r, p)]
    assert len(found) >= 3
    return found


def as_written(outputs, point, dtype="float64"):
    """The outputs by emitted code, with no rule applied."""
    graph = outputs[0].graph
    inputs = [graph.inputs[name] for name in point]
    f = compile_function(Signature("f", inputs, outputs))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return f(*(np.array(v, dtype) for v in point.values()))


def place(r):
    """The point at which the left side fails."""
    return dict(r.at) if isinstance(r.at, Mapping) else {variables(r)[0].name: r.at}


def many(r):
    """Where a rule is tried: where it is needed, nearer, and at ordinary points."""
    ordinary = {x.name: float(impose(40.0, x.sign)) for x in variables(r)}
    far = place(r) if r.at is not None else ordinary
    near = [{k: v / c for k, v in far.items()} for c in (1, 2, 30)]
    return [p for p in (*near, *samples(r)[:2]) if has_value(r, p)]


def has_value(r, point):
    """Whether the left side is a real number there."""
    return is_real(r.left, tuple(point.items()))


def is_at_end(r, point):
    """Whether a variable of one sign is 0, where mpmath finds no slope."""
    return any(x.sign and not point[x.name] for x in variables(r))


def has_slopes(r, point):
    """Whether nothing is raised to a variable that is negative: toward that it has no slope."""
    powers = [n.args for n in ancestors([r.left]) if n.op in ("power", "power_gap")]
    bases = [base for *bases, p in powers if p.op == "input" for base in bases]
    with mpmath.workdps(DIGITS[0]):
        return all(truth(base, point) > 0 for base in bases)


@cache
def is_real(pattern, at):
    point = dict(at)
    ordinary = all(v == 0 or min(map(abs, POINTS)) <= abs(v) <= max(POINTS) for v in point.values())
    with mpmath.workdps(DIGITS[0] if ordinary else DIGITS[-1]):
        try:
            value = truth(pattern, point)
        except (ZeroDivisionError, ValueError):
            return False
        return isinstance(value, mpmath.mpf) and bool(mpmath.isfinite(value))


def value_and_slopes(side, r, point):
    grads = sg.grad(side, variables(r), stabilize=False)
    return as_written([side, *grads], point)


def exact_value_and_slopes(r, point):
    return numbers_of_left(r, tuple(point.items()))


@cache
def numbers_of_left(r, at):
    """The left side's value and slopes: of ordinary points, more digits are taken until they agree.

    An exact 0 may be what too few digits have left, and is only believed at the end.
    """
    before = None
    ordinary = all(is_ordinary(value) for _, value in at)
    for digits in DIGITS if ordinary else DIGITS[-1:]:
        found = with_digits(digits, r, dict(at))
        if found and before and agree(found, before):
            break
        before = found
    return [float(v) for v in found]


def with_digits(digits, r, point):
    """The value and the slopes, if so many digits suffice for any."""
    with mpmath.workdps(digits):
        try:
            slopes = [slope(r.left, point, x.name) for x in variables(r)]
            return [truth(r.left, point), *slopes]
        except (ZeroDivisionError, ValueError, TypeError):
            if digits == DIGITS[-1]:
                raise
            return None


def agree(found, before):
    """Whether all are real and the same to 17 digits, and none is 0."""
    pairs = [*zip(found, before, strict=True)]
    real = all(isinstance(v, mpmath.mpf) and mpmath.isfinite(v) for p in pairs for v in p)
    return real and all(a != 0 and abs(a - b) <= 1e-17 * abs(a) for a, b in pairs)


def test_the_tables_are_found():
    assert {"canonicalize", "stabilize", "specialize"} <= TABLES.keys()
    assert all(TABLES.values())
    assert len({str(r) for r in RULES}) == len(RULES)


def test_both_sides_have_one_type():
    for r in RULES:
        left, right = r.left.type, r.right.type
        assert (left.dtype, left.shape) == (right.dtype, right.shape), r


def test_the_right_reads_nothing_that_the_left_does_not():
    for r in RULES:
        right, left = (
            {n.name for n in ancestors([side]) if n.op == "input"} for side in (r.right, r.left)
        )
        assert right <= left, r


@every(RULES)
def test_both_sides_agree_in_value_and_gradient(r):
    for point in samples(r):
        expected = exact_value_and_slopes(r, point)
        cancels = CANCELS.get(shown(r).partition(" = ")[0]) in point.values()
        for side in (r.right,) if cancels else (r.left, r.right):
            found = value_and_slopes(side, r, point)
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@every(FAILING)
def test_the_left_fails_where_it_is_said_to_and_the_right_does_not(r):
    point = place(r)
    right, left = (value_and_slopes(side, r, point) for side in (r.right, r.left))
    if 0.0 in point.values():  # 0 times infinity, which is 0 by convention
        assert np.isfinite(right).all() and not np.isfinite(left).all()
        return
    expected = exact_value_and_slopes(r, point)
    np.testing.assert_allclose(right, expected, rtol=1e-12, atol=1e-300)
    wrong = [
        not np.isfinite(f) or abs(f - e) > 1e-9 * max(abs(e), 1e-300)
        for f, e in zip(left, expected, strict=True)
    ]
    assert any(wrong), f"{r.left} is right at {r.at}: {left}"


@every(FAILING)
def test_the_right_is_silent_where_the_left_fails(r):
    wrt = variables(r)
    f = compile_function(Signature("f", wrt, [r.right, *sg.grad(r.right, wrt, stabilize=False)]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(**{k: np.array(v) for k, v in place(r).items()})


@every([r for r in RULES if r.at is None and r not in CHEAPER])
def test_a_rule_without_a_failing_point_makes_no_more_operations(r):
    """Only a rule that is needed for floating point may cost more.

    Counted in what it makes of numbers too: a product of two literals is one literal there.
    """
    sides = [r.left, r.right]
    if any(x.name.startswith("number_") for x in variables(r)):
        sides = [left := instance(r, "float64", (3,)), *final([left])]
    cost = [sum(bool(n.args) for n in ancestors([side])) for side in sides]
    assert cost[1] <= cost[0]


@every(CHEAPER)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_cheaper_form_takes_less_than_half_the_time(r, dtype):
    """Two thirds where NumPy's power has AVX-512, by which it takes a third to a tenth."""
    powers = np.lib.introspect.opt_func_info(func_name="^power$")["power"].values()
    left = instance(r, dtype, (10_000,))
    x = np.linspace(0.5, 2, 10_000, dtype=dtype)
    codes = [sg.function(None, y, stabilize=False) for y in (left, *specialize([left]))]
    best = [np.inf, np.inf]
    for _ in range(15):
        for i, f in enumerate(codes):
            start = perf_counter()
            f(x)
            best[i] = min(best[i], perf_counter() - start)
    is_fast = any(f["current"] == "X86_V4" for f in powers)
    assert best[1] < best[0] * (2 / 3 if is_fast else 1 / 2)


@every(CHEAPER)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_cheaper_form_is_right_up_to_the_ends_of_the_range(r, dtype):
    """As far as the power itself is a normal number; silent wherever the power is."""
    left = instance(r, dtype, (400,))
    limits = np.finfo(dtype)
    p = abs(float(r.left.args[1].value))
    ends = [np.log10(float(v)) / p for v in (limits.tiny, limits.max)]
    x = np.logspace(ends[0] + 0.01, ends[1] - 0.01, 400).astype(dtype)
    f = sg.function(None, left)
    assert "**" not in f.source.replace("**2", "").replace("** 2", "").split('"""')[-1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = f(x)
    expected = np.array([mpmath.mpf(float(v)) ** float(r.left.args[1].value) for v in x])
    np.testing.assert_array_less(np.abs(found / expected.astype(float) - 1), 8 * limits.eps)
    special = np.resize(np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -2.0], dtype), 400)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(f(special), special ** float(r.left.args[1].value))


def rebuilt(pattern, operands):
    """A pattern's expression in another graph."""
    graph = next(iter(operands.values())).graph
    new = {}
    for node in ancestors([pattern]):
        if node.op == "input":
            new[node.id] = operands[node.name]
        elif node.op == "constant":
            new[node.id] = graph.constant(node.value.item())
        else:
            args = [new[a.id] for a in node.args]
            new[node.id] = registry[node.op].on(args, node.params)
    return new[pattern.id]


def instance(r, dtype, shape=(), literal=1.5, sign=""):
    """The left side, with expressions for its variables and literals for its numbers."""
    g = sg.Graph()
    operands = {}
    for i, x in enumerate(variables(r)):
        is_number = x.name.startswith("number_")
        operands[x.name] = (
            g.constant(literal * (i + 1))
            if is_number
            else g.input(x.name, shape, dtype, sign=x.sign or sign)
        )
    return rebuilt(r.left, operands)


def rewriting(r):
    """What applies a rule: some are for what is not differentiated any more."""
    return final if r.when is no_kink or r in CHEAPER else simplify


@every(RULES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_rule_fires_and_the_type_stays(r, dtype):
    # of one number, a second call costs more than it saves
    for shape in ((3,), ("n", 1)) if r in CHEAPER else ((), (3,), ("n", 1)):
        left, steps = instance(r, dtype, shape), []
        (found,) = final([left]) if rewriting(r) is final else simplify([left], steps)
        assert found is not left or steps  # what derivatives alone need to see is undone at the end
        assert (found.type, left.type.weak) == (left.type, False)


@every(RULES)
def test_rules_come_to_an_end_whatever_sign_is_declared(r):
    """Of where(x > 0, new, old) only the old is left for negative x: it is no left side again."""
    for sign in SIGNS:
        left = instance(r, "float64", ("n",), sign=sign)
        (found,) = rewriting(r)([left])
        assert found.type == left.type


@every(RULES)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
def test_rewriting_keeps_dtype_and_value_for_every_dtype(r, dtype):
    """Where a rule would change a dtype (x / 1 for integers), it is not applied."""
    has_numbers = any(x.name.startswith("number_") for x in variables(r))
    for literal in (1.5, 2, -3) if has_numbers else (1.5,):
        left = instance(r, dtype, (3,), literal)
        inputs = [n for n in ancestors([left]) if n.op == "input"]
        found, before = (
            np.concatenate(values)
            for values in zip(*at_two_places(left, inputs, dtype), strict=True)
        )
        assert found.dtype == before.dtype == left.dtype
        number = before == before  # a quotient may be 0 / 0
        assert number.any() or literal != 1.5
        rtol = 2e-5 if dtype == "float32" else 1e-12
        np.testing.assert_allclose(found[number], before[number], rtol)


def at_two_places(left, inputs, dtype):
    """Rewritten and as written: where all variables are equal, and where the first is largest."""
    for shift in (0, 1):
        values = [np.array([1, 2, 3]) + shift * i for i in range(len(inputs))][::-1]
        point = {x.name: impose(v, x.sign) for x, v in zip(inputs, values, strict=True)}
        yield as_written([simplify([left])[0], left], point, dtype)


@every(RULES)
def test_stabilized_expressions_have_the_right_gradient_far_out(r):
    """The derivative is taken of the stable form: stabilize, then differentiate."""
    points = many(r)
    g = sg.Graph()
    wrt = [x for x in variables(r) if not x.name.startswith("number_")]
    operands = {x.name: g.input(x.name, "[n]", sign=x.sign) for x in wrt}
    for x in variables(r):
        if x not in wrt:
            operands[x.name] = g.constant(points[0][x.name])
            points = [{**p, x.name: points[0][x.name]} for p in points]
    y = rebuilt(r.left, operands)
    names = [x.name for x in wrt]
    f = sg.function([g.inputs[k] for k in names], [y, *sg.grad(y.sum(), names)])
    points = [p for p in points if has_value(r, p) and not is_at_end(r, p)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = f(*(np.array([p[k] for p in points]) for k in names))
    kept = [0, *(i + 1 for i, x in enumerate(variables(r)) if x in wrt)]
    for i, point in enumerate(points):
        every_one = exact_value_and_slopes(r, point)
        expected = [every_one[k] for k in kept]
        np.testing.assert_allclose([a[i] for a in found], expected, rtol=1e-9, atol=1e-16)


@every(RULES)
def test_what_is_differentiated_by_is_not_rewritten_away(r):
    """An interior node that the user names in wrt stays visible to the derivative."""
    y = instance(r, "float64")
    for node in ancestors([y])[1:]:
        if node.args and node is not y:
            kept = stabilize([y], keep=[node])[0]
            assert node in ancestors([kept])


def test_a_wrong_rule_would_be_seen():
    """The comparison has teeth: a rule with a wrong slope or type fails it."""
    table = TABLES["stabilize"]
    r = Rule(table[0].left, table[1].right * 1.0001)
    with pytest.raises(AssertionError):
        test_both_sides_agree_in_value_and_gradient(r)
    with pytest.raises(AssertionError):
        test_the_left_fails_where_it_is_said_to_and_the_right_does_not(
            Rule(table[0].left, table[0].right, at=0.5)
        )
