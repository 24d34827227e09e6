"""Amounts against their own text, read by Python, at random sizes."""

from __future__ import annotations

from fractions import Fraction
from math import log2 as logarithm

import numpy as np
import pytest

from symgrad.graph.amounts import Amount, log2, total
from symgrad.graph.dims import Dim, at_least, floordiv

N, M = Dim("n"), Dim("m")
SIZES = [{"n": int(n), "m": int(m)} for n, m in np.random.default_rng(0).integers(1, 99, (9, 2))]
SIZES += [{"n": 0, "m": 1}, {"n": 1, "m": 0}]
AMOUNTS = [
    Amount.of(0),
    Amount.of(7),
    Amount.of(N),
    Amount.of(N * N * M - N * 3 + 2),
    Amount.of(N) * N * N * Fraction(2, 3) + Amount.of(M) * Fraction(-1, 2),
    log2(N) * N + log2(N * M) * 2 + log2(12),
    Amount.of(floordiv(N + 1, 2)) * at_least(M - 1, 0) * M,
    Amount.of(at_least(M - 1, 0)) * at_least(M - 1, 0),
]


def read(text, sizes):
    """The text as Python has it."""
    scope = {"max": max, "log2": lambda x: logarithm(x) if x else 0.0}
    return eval(text, {"__builtins__": {}}, {**scope, **sizes})


@pytest.mark.parametrize("amount", AMOUNTS, ids=str)
def test_text_is_the_formula(amount):
    for sizes in SIZES:
        assert read(str(amount), sizes) == pytest.approx(float(amount.at(sizes)), rel=1e-12)


@pytest.mark.parametrize("a", AMOUNTS, ids=str)
@pytest.mark.parametrize("b", AMOUNTS, ids=str)
def test_sums_and_products_are_those_of_numbers(a, b):
    for sizes in SIZES:
        x, y = float(a.at(sizes)), float(b.at(sizes))
        assert float((a + b).at(sizes)) == pytest.approx(x + y, rel=1e-12)
        assert float((a * b).at(sizes)) == pytest.approx(x * y, rel=1e-12)
        assert float(total([a, b, a]).at(sizes)) == pytest.approx(2 * x + y, rel=1e-12)


def test_values_are_exact_without_logarithms():
    third = Amount.of(N) * Fraction(1, 3)
    assert third.at({"n": 10**20 + 1}) == Fraction(10**20 + 1, 3)
    assert third * 3 == N and third != N and hash(third * 3) == hash(Amount.of(N))


def test_names_are_those_that_are_left():
    assert (Amount.of(N) * M + N).names == {"n", "m"}
    assert (Amount.of(N) * M + N * M * -1).names == frozenset()
    assert (Amount.of(N) * 0 + M).names == {"m"} and log2(N + 1).names == {"n"}


@pytest.mark.parametrize(
    "amount, text",
    [
        (Amount.of(N) * N * N * Fraction(2, 3) + M * -1, "2/3*n**3 - m"),
        (Amount.of(M) * -1 + 1, "-m + 1"),
        (log2(N) * N * N * 3, "3*n**2*log2(n)"),
        (Amount.of(at_least(N - 1, 0)) * at_least(N - 1, 0), "max(n - 1, 0)**2"),
        (Amount.of(floordiv(N, 2)) * M, "(n//2)*m"),
        (Amount.of(0), "0"),
    ],
    ids=str,
)
def test_text(amount, text):
    assert str(amount) == text


def test_short_text_leaves_out_the_last_terms():
    amount = Amount.of(N * N * 2 + N * 3 + M * 5 + 1)
    whole = str(amount)
    assert amount.shortened(len(whole)) == whole
    for width in range(6, len(whole)):
        short = amount.shortened(width)
        assert short.endswith(" + ...") and whole.startswith(short[:-6])
        assert len(short) <= max(width, len("2*n**2 + ..."))
