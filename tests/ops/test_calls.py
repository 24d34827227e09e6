"""Calls that do not fit an operation's signature: each is one clear error, never Python's own."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.ops.op import op, registry

ROWS = [o for o in registry.values() if o.operands and o.meaning is not None]


@pytest.fixture
def x():
    return sg.Graph().input("x", "[3, 3]")


MAKERS = {"iota", "eye"}  # made by arange, eye, identity; test_construction.py


@pytest.mark.parametrize("name", [name for name in registry if name not in MAKERS])
def test_every_operation_refuses_nothing_and_too_much(name, x):
    for call in (
        lambda: registry[name](),
        lambda: registry[name](*[x] * 9),
        lambda: registry[name](x, no_such_argument=1),
        lambda: registry[name](1.0, 2.0, 3.0, 4.0),
    ):
        with pytest.raises(sg.SymgradError) as error:
            call()
        assert (
            name in str(error.value)
            or "made by Graph" in str(error.value)
            or "needs an" in str(error.value)
        )


@pytest.mark.parametrize("op", ROWS, ids=str)
def test_every_operation_refuses_strings_and_none(op, x):
    for bad in ("text", None, 1j, [[1], [2, 3]]):
        operands = [x] * max(1, op.required)
        operands[-1] = [bad] if op.variadic else bad
        with pytest.raises(sg.SymgradError):
            op(x, *operands[1:]) if len(operands) > 1 else op(bad)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: sg.relu(), "relu: 0 arguments given\n  Call it as relu(x)."),
        (lambda x: sg.relu(x, x), "relu: 2 arguments given"),
        (lambda x: sg.power(x), "power: 1 argument given\n  Call it as power(x, y)."),
        (lambda x: sg.power(y=x), "power: an operand is missing"),
        (lambda x: sg.transpose(x, axs=(0, 1)), "unknown argument axs; did you mean axes?"),
        (lambda x: sg.sum(x, axis=0, keepdim=True), "unknown argument keepdim; did you mean keep"),
        (lambda x: sg.sum(x, 0, axis=0), "sum: axis is given twice"),
        (lambda x: sg.exp(x, out=np.zeros(3)), "exp takes no out=: symbolic values are never over"),
        (lambda x: sg.clip(x, out=x), "clip takes no out="),
        (lambda x: sg.transpose(x, out=x), "transpose takes no out="),
        (
            lambda x: sg.clip(x),
            "clip: a bound is missing\n  Call it as clip(x, min=None, max=None).",
        ),
        (lambda x: sg.reshape(x), "reshape: the parameter shape is missing"),
        (lambda x: sg.broadcast_to(x), "broadcast_to: the parameter shape is missing"),
        (lambda x: sg.exp(3.0), "exp needs an expression among its operands, and got only values"),
        (lambda x: sg.input(), "inputs, constants and sizes are made by Graph.input"),
        (lambda x: sg.constant(3), "made by Graph.input and Graph.constant"),
    ],
)
def test_wording(call, message, x):
    with pytest.raises(sg.GraphError) as error:
        call(x)
    assert message in str(error.value)


JUNK = ["a", None, 1.5, float("nan"), -7, 10**30, [], (), [None], {}, object(), np.array([1, 2])]
JUNK += [np.array("q"), b"x", 1j, (0, 0), [[1]], slice(None), ..., sg.Dim("n"), len, "float16", int]
PARAMETERS = [(o, p) for o in registry.values() if o.operands for p in o.defaults]


@pytest.mark.parametrize("op, name", PARAMETERS, ids=[f"{o}-{p}" for o, p in PARAMETERS])
def test_junk_for_a_parameter_is_refused_or_works(op, name):
    """Never an error of Python's or NumPy's own, when the node is made or when code is emitted."""
    for spec in ("[3, 3]", "[]", "int64[n, 2]", "bool[1]"):
        for junk in JUNK:
            g = sg.Graph()
            operands = [g.input(f"x{i}", spec) for i in range(max(1, op.required))]
            given = {**(op.cases[0].params if op.cases else {}), name: junk}
            try:
                sg.function(None, op(*operands, **given))
            except sg.SymgradError as error:
                assert len(str(error)) < 700


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: sg.leaky_relu(x, "steep"), "slope is a number, not 'steep'"),
        (lambda x: sg.leaky_relu(x, None), "slope is a number, not None"),
        (
            lambda x: x.sum(keepdims=np.array([1, 2])),
            "keepdims is True or False, not array([1, 2])",
        ),
        (lambda x: x.astype("int32") + 2**40, "1099511627776 does not fit into int32"),
        (lambda x: sg.where(x > 0, x.astype("int32"), -(2**31) - 1), "does not fit into int32"),
    ],
)
def test_junk_is_named(call, message, x):
    with pytest.raises(sg.DTypeError) as error:
        call(x)
    assert message in str(error.value)


def test_integers_at_the_ends_of_int32_are_taken():
    k = sg.Graph().input("k", "int32")
    f = sg.function([k], [k + (2**31 - 1), k + -(2**31), k < 2**40])
    assert [r.item() for r in f(np.int32(0))] == [2**31 - 1, -(2**31), True]


def test_matrix_transpose_of_what_is_none(x):
    with pytest.raises(sg.ShapeError, match="has no last two axes"):
        sg.matrix_transpose(x[0])
    with pytest.raises(sg.GraphError, match="needs an expression"):
        sg.matrix_transpose([[1.0, 2.0]])


def test_keywords_and_positions_mean_the_same(x):
    assert (
        sg.sum(x, 0, True) is sg.sum(x, axis=0, keepdims=True) is sg.sum(x=x, keepdims=True, axis=0)
    )
    assert sg.clip(x, max=1.0) is sg.minimum(x, 1.0)
    assert sg.clip(x, 0.0) is sg.clip(x, min=0.0) is sg.maximum(x, 0.0)
    assert sg.clip(x, min=0.0, max=1.0) is sg.clip(x, 0.0, 1.0)
    assert sg.leaky_relu(x, 0.2) is sg.leaky_relu(x, slope=0.2)


def test_aliases_are_the_operation_itself():
    assert sg.pow is sg.power and sg.asin is sg.arcsin and sg.permute_dims is sg.transpose
    with pytest.raises(AttributeError, match="no attribute 'no_such_operation'"):
        sg.no_such_operation


def test_two_rows_can_not_share_a_name():
    with pytest.raises(ValueError, match="two operations are called exp"):
        op("exp(x)", "Another.", type=lambda x: x, numpy="np.exp({x})")


@pytest.mark.parametrize(
    "call",
    [
        lambda x: sg.repeat(x, [10**12, 1, 1], axis=0),
        lambda x: sg.repeat(x, np.full(3, 10**11), axis=0),
        lambda x: sg.array_split(x, 10**9),
        lambda x: sg.unstack(sg.zeros(10**9, like=x)),
        lambda x: sg.split(sg.zeros(10**9, like=x), 10**9),
        lambda x: sg.linspace(0, 1, 10**12, like=x),
        lambda x: sg.vander(x[0], 10**9),
    ],
    ids=range(7),
)
def test_sizes_beyond_memory_are_refused_at_once(call, x):
    with pytest.raises(sg.SymgradError, match=r"many|powers"):
        call(x)


def test_vmap_of_no_function_is_refused():
    with pytest.raises(sg.GraphError, match="vmap takes a function, not int"):
        sg.vmap(5)
