"""Formulas that choose, drawn at random, and what they are by the branches taken alone."""

from __future__ import annotations

import random

from mpmath import mp

FUNCTIONS = ["log", "sqrt", "log1p", "arcsin", "arccos", "arctanh", "arccosh"]
FUNCTIONS += ["exp", "expm1", "tan", "sinh", "cosh", "tanh"]
TERMS = ["x", "x", "a", "x - 1", "1 - x", "1 - x**2", "x*a", "x + a", "2*x", "x/a"]
POINTS = (-800.5, -37.5, -2.5, -1.0, -0.4, 0.0, 0.3, 0.75, 1.0, 1.6, 3.0, 40.0, 1000.0)
DIGITS, STEP, FARTHEST = 120, 30, 200  # powers of ten


def choice(draw: random.Random, depth: int):
    """A choice of x and a: a tuple of an operation and its operands, which are such or texts."""
    make = choice if depth > 1 and draw.random() < 0.2 else function
    one, other = make(draw, depth - 1), draw.choice(["0", "2", "-1", "x", "a*x"])
    kind = draw.random()
    if kind < 0.5:
        return ("where", condition(draw), *draw.choice([(one, other), (one, other), (other, one)]))
    if kind < 0.8:
        return (draw.choice(["maximum", "minimum"]), one, other)
    return ("clip", one, "-1", "2") if kind < 0.9 else ("relu", one)


def function(draw: random.Random, depth: int):
    """One of restricted domain, or that overflows, of a term or of a choice."""
    arg = choice(draw, depth) if depth > 0 and draw.random() < 0.5 else draw.choice(TERMS)
    kind = draw.random()
    if kind < 0.6:
        return (draw.choice(FUNCTIONS), arg)
    if kind < 0.75:
        return ("power", arg, draw.choice(["0.5", "1.5", "-2", "3", "-0.5"]))
    other = function(draw, depth - 1) if depth > 0 else draw.choice(TERMS)
    return (draw.choice(["multiply", "add", "divide"]), arg, other)


def shared(draw: random.Random, depth: int):
    """A function that several choices, by conditions that are alike or not, may take."""
    branch, first = function(draw, depth // 2), condition(draw)

    def taken(other):
        by = draw.choice([first, first, condition(draw), f"({first}) & {condition(draw)}"])
        made = draw.choice([branch, branch, ("multiply", branch, "x"), ("tanh", branch)])
        return ("where", by, *draw.choice([(made, other), (made, other), (other, made)]))

    one = taken(draw.choice(["0", "2", "x"]))
    if draw.random() < 0.5:
        return taken(draw.choice([one, ("maximum", one, "1")]))
    return (draw.choice(["add", "multiply"]), one, taken("a"))


def condition(draw: random.Random) -> str:
    one, other = (
        f"({draw.choice('xxa')} {draw.choice(['>', '<=', '!='])} {draw.choice(['0', '1', '2'])})"
        for _ in range(2)
    )
    return draw.choice([one, one, f"{one} & {other}", f"{one} | {other}"])


def text(formula) -> str:
    if isinstance(formula, str):
        return formula
    return f"{formula[0]}({', '.join(map(text, formula[1:]))})"


class Undefined(Exception):
    """What is taken has no value."""


def value(formula, x, a, taken: list[bool]):
    """The value, and whether all that it is made of is of moderate size; notes what is taken.

    Of a `where` the other branch is not looked at; of a maximum the operand that loses may be far.
    """
    if isinstance(formula, str):
        return mp.mpf(eval(formula, {}, {"x": x, "a": a})), True
    op, *args = formula
    if op == "where":
        taken.append(bool(eval(args[0], {}, {"x": x, "a": a})))
        return value(args[1] if taken[-1] else args[2], x, a, taken)
    operands = [value(arg, x, a, taken) for arg in args]
    for name in {"clip": ("maximum", "minimum"), "relu": ("maximum",)}.get(op, ()):
        first, second, *rest = [*operands, (mp.zero, True)]
        operands = [_larger(first, second, name, taken), *rest]
    if op in ("clip", "relu"):
        return operands[0]
    if op in ("maximum", "minimum"):
        return _larger(*operands, op, taken)
    found = _computed(op, *(v for v, _ in operands))
    moderate = mp.isfinite(found) and (not found or abs(mp.log10(abs(found))) < FARTHEST)
    return found, moderate and all(m for _, m in operands)


def _larger(one, other, op: str, taken: list[bool]):
    if one[0] == other[0]:
        raise Undefined
    taken.append((one[0] > other[0]) == (op == "maximum"))
    return one if taken[-1] else other


def _computed(op: str, v, *more):
    if mp.isfinite(v) and abs(v) > (15 if op == "tanh" else 1e6) and op in FUNCTIONS[-6:]:
        raise Undefined  # tanh is 1 in floating point
    if op.startswith("arc") and 0 < abs(abs(v) - 1) < 1e-12:
        raise Undefined  # it may be 1 in floating point
    if op == "log" and v == 0:
        return -mp.inf
    try:
        arithmetic = {"multiply": "*", "add": "+", "divide": "/", "power": "**"}
        if op in arithmetic:
            found = eval(f"v {arithmetic[op]} w", {}, {"v": v, "w": more[0]})
        else:
            found = getattr(mp, op.replace("arc", "a"))(v)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise Undefined from None
    if isinstance(found, mp.mpc) or mp.isnan(found):
        raise Undefined
    return found


def slopes(formula, x: float, a: float) -> list[float]:
    """Value, slopes toward x and a, and second slopes, by differences of many digits.

    Raises
    ------
    Undefined
        If there are none, or the same branches are not taken nearby.
    """
    with mp.workdps(DIGITS):
        h = mp.mpf(10) ** -STEP
        at, branches = {}, []
        for i, j in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1)]:
            branches.append([])
            try:
                found, moderate = value(formula, mp.mpf(x) + i * h, mp.mpf(a) + j * h, branches[-1])
            except ZeroDivisionError:
                raise Undefined from None
            if not moderate or branches[-1] != branches[0]:
                raise Undefined
            at[i, j] = found
        first = [(at[1, 0] - at[-1, 0]) / (2 * h), (at[0, 1] - at[0, -1]) / (2 * h)]
        second = [at[1, 0] + at[-1, 0], at[0, 1] + at[0, -1]]
        results = [at[0, 0], *first, *((s - 2 * at[0, 0]) / h**2 for s in second)]
        bent = abs((at[1, 1] - at[0, 0]) / h - sum(first)) > mp.mpf(10) ** -9 * (
            1 + sum(map(abs, first))
        )
        if bent or max(map(abs, results)) > mp.mpf(10) ** FARTHEST:
            raise Undefined
        return [float(mp.chop(r, mp.mpf(10) ** -STEP)) for r in results]
