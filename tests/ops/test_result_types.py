"""Emitted code gives exactly the declared dtype and shape, whatever the operands' dtypes are."""

from __future__ import annotations

import warnings
from itertools import product

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import registry
from symgrad.ops.operands import lift
from tests.oracles import check_declared, domain_of, elementwise, meaning

BITS = {"bitwise_and", "bitwise_or", "bitwise_xor", "invert"}  # of truth values alone
ELEMENTWISE = [o for o in registry.values() if isinstance(o.meaning, str) and o.name not in BITS]
ARRAYS = ["float64[n]", "float32[n]", "int64[n]", "int32[n]", "bool[n]"]
SCALARS = ["float64[]", "float32[]", "int64[]", "int32[]", "bool[]"]
PYTHON = {"1.0": 1.0, "1": 1, "True": True}
MADE = ["size", "weak float", "weak int"]  # of Python numbers, not Python numbers in emitted code
KINDS = [*ARRAYS, *SCALARS, *PYTHON, *MADE]
VALUES = {
    "positive": (1, 2),
    "above_one": (2, 3),
    "nonzero": (1, -2),
    "unit": (1, 0),
    "probability": (1, 0),
    "below_two": (1, 0),
    "gamma": (1, 2),
    "reals": (-1, 2),
    "bools": (1, 0),
    "low": (-1, 0),
    "high": (1, 2),
}


class Operands:
    """One graph that holds an operand of every kind, for each place of an op."""

    def __init__(self, op):
        self.graph = sg.Graph()
        self.values = {"anchor": np.zeros(2)}
        self.graph.input("anchor", "[n]")
        self.table = [
            {kind: self.make(op, kind, i) for kind in KINDS} for i in range(len(op.operands))
        ]

    def make(self, op, kind, i):
        if kind in PYTHON:
            return self.graph.constant(PYTHON[kind])
        if kind == "size":
            return lift(self.graph, self.graph.inputs["anchor"].shape[0])
        if kind == "weak float":
            return sg.exp(self.graph.constant(0.0))
        if kind == "weak int":
            return sg.sum(self.graph.constant(1))
        x = self.graph.input(f"x{i}_{kind.replace('[', '_').rstrip(']')}", kind)
        # Negative powers of integers are in test_powers.py.
        chosen = VALUES["positive" if op == "power" else domain_of(op, i)]
        value = np.array(chosen if x.ndim else chosen[0])
        self.values[x.name] = value.astype(x.dtype)
        return x


def number(node, values):
    """What a node of `Operands` stands for."""
    if node.name:
        return values[node.name]
    return np.array(2 if node.op == "dim" else 1, node.dtype)


@pytest.mark.parametrize("op", [o for o in ELEMENTWISE if len(o.operands) < 3], ids=str)
def test_every_pair_of_operands(op):
    operands = Operands(op)
    made = []
    for kinds in product(KINDS, repeat=len(op.operands)):
        args = [table[kind] for table, kind in zip(operands.table, kinds, strict=True)]
        try:
            made.append((op(*args), args))
        except sg.DTypeError:
            assert args[0].dtype == "bool"
            assert args[-1].dtype == "bool" or op == "power"
    assert len(made) > len(KINDS) ** len(op.operands) / 2
    check(op, operands, made)


@pytest.mark.parametrize("op", [o for o in ELEMENTWISE if len(o.operands) == 3], ids=str)
def test_many_triples_of_operands(op):
    operands = Operands(op)
    kinds = list(product(KINDS, repeat=3))
    made = []
    for chosen in kinds[:: len(kinds) // 400]:
        args = [table[kind] for table, kind in zip(operands.table, chosen, strict=True)]
        if op == "where":
            args[0] = args[0] > 0
        made.append((op(*args), args))
    if op != "where":
        check(op, operands, made)
    else:
        check_types(operands, [y for y, _ in made])


def check(op, operands, made):
    results = check_types(operands, [y for y, _ in made])
    for (y, args), result in zip(made, results, strict=True):
        given = [number(a, operands.values) for a in args]
        if op.domain[0] in ("unit", "probability", "below_two") and args[0].op == "dim":
            continue  # 2 is outside of the domain
        expected = at_extremes(op, given[0], elementwise(meaning_for(op, y), *given))
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6, err_msg=str(args))


def at_extremes(op, given, expected):
    """Where the formula has no value and the row declares one, as 0 for 0 log(0), that."""
    for x, y in op.extremes.items():
        expected = np.where(np.isnan(expected) & (given == x), y, expected)
    return expected


def meaning_for(op, y):
    """The row's meaning; bools are added and compared as NumPy has it."""
    f = meaning(op)
    if y.dtype != "bool":
        return lambda *v: real(f(*v))
    return (lambda a, b: a or b) if op == "add" else lambda *v: bool(f(*v))


def real(value):
    """What is no real number is nan for NumPy: the size 2 as the leg of a triangle below 1."""
    return mpmath.nan if isinstance(value, mpmath.mpc) else value


def check_types(operands, outputs):
    f = sg.function(list(operands.graph.inputs.values()), outputs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        results = f(**operands.values)
    for y, result in zip(outputs, results, strict=True):
        assert y.shape in ((), ("n",))
        check_declared(y, result, {"n": 2})
    return results
