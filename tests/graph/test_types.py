"""Specs, promotion and broadcasting."""

from __future__ import annotations

import copy
import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgrad as sg
from symgrad.graph.dims import Dim
from symgrad.graph.types import Type, as_dtype, as_shape, as_type, broadcast, promote, show_shape

DTYPES = [np.dtype(d) for d in ("bool", "int32", "int64", "float32", "float64")]


# Specs.


@pytest.mark.parametrize(
    "spec, text",
    [
        ("float32[n, 784]", "float32[n, 784]"),
        ("[n, 2]", "float64[n, 2]"),
        ("float64", "float64[]"),
        ("float64[]", "float64[]"),
        ("[]", "float64[]"),
        ("[3,]", "float64[3]"),
        ("  int64 [ n ,  2 ] ", "int64[n, 2]"),
        ("bool[3]", "bool[3]"),
        ("int32[0]", "int32[0]"),
        ("[2*n + 1]", "float64[2*n + 1]"),
        ("[n*m]", "float64[m*n]"),
        ("[größe]", "float64[größe]"),
        ((), "float64[]"),
        ((3, "n"), "float64[3, n]"),
        ([3, 4], "float64[3, 4]"),
        (3, "float64[3]"),
        (Dim("n"), "float64[n]"),
        ((Dim("n") * 2, np.int64(3)), "float64[2*n, 3]"),
        (np.zeros((2, 3), "float32"), "float32[2, 3]"),
        (np.zeros((2, 0), ">f8"), "float64[2, 0]"),
        (np.array(True), "bool[]"),
        (np.float32(1), "float32[]"),
        (Type(np.dtype("int64"), (2,)), "int64[2]"),
    ],
)
def test_all_forms_of_a_spec(spec, text):
    assert str(as_type(spec)) == text
    assert str(as_type(text)) == text


@pytest.mark.parametrize(
    "spec, dtype, text",
    [
        ((3,), "float32", "float32[3]"),
        ((3,), np.float32, "float32[3]"),
        ("[n]", int, "int64[n]"),
        ((), bool, "bool[]"),
        ("float32[n]", "float32", "float32[n]"),
        (np.zeros(2), "float32", "float32[2]"),
        (Type(np.dtype("int64"), (2,)), "float32", "float32[2]"),
    ],
)
def test_a_dtype_beside_a_spec(spec, dtype, text):
    assert str(as_type(spec, dtype)) == text


@pytest.mark.parametrize(
    "spec, dtype, error, message",
    [
        ("", None, sg.ShapeError, "'' is not a spec"),
        ("float64[n", None, sg.ShapeError, "is not a spec"),
        ("[n][m]", None, sg.ShapeError, "is not a spec"),
        ({3, 4}, None, sg.ShapeError, "a set has no axes in order"),
        ({"n": 3}, None, sg.ShapeError, "a dict has no axes in order"),
        ("[n,,2]", None, sg.ShapeError, "is not a spec"),
        ("[-1]", None, sg.ShapeError, "a size can not be negative, and -1 is"),
        ((-1,), None, sg.ShapeError, "a size can not be negative"),
        ((2.0,), None, sg.ShapeError, "a size is an integer or a named dim, not 2.0"),
        ([[1, 2]], None, sg.ShapeError, "a size is an integer or a named dim, not [1, 2]"),
        (None, None, sg.ShapeError, "a size is an integer or a named dim, not None"),
        ("[2.5]", None, sg.GraphError, "'2.5' can not name a dim"),
        ("[if]", None, sg.GraphError, "it is a keyword of Python"),
        ("float16[n]", None, sg.DTypeError, "float16 is not a dtype symgrad computes with"),
        ("complex128", None, sg.DTypeError, "float32, float64"),
        ("n", None, sg.DTypeError, "n is not a dtype symgrad computes with"),
        ("n", None, sg.DTypeError, 'A shape stands in brackets: "[n]".'),
        ("d[3]", None, sg.DTypeError, "d is not a dtype symgrad computes with"),
        ("[n]", "string", sg.DTypeError, "is not a dtype"),
        ("[n]", object, sg.DTypeError, "object is not a dtype"),
        ("int32[n]", "float64", sg.DTypeError, "the spec 'int32[n]' and dtype=float64 disagree"),
        (np.array(["a"]), None, sg.DTypeError, "is not a dtype"),
    ],
)
def test_bad_specs(spec, dtype, error, message):
    with pytest.raises(error) as found:
        as_type(spec, dtype)
    assert message in str(found.value)


@pytest.mark.parametrize(
    "spec",
    ["x" * 10_000, "[" * 10_000, "[" + "n*" * 10_000 + "n]", "[1" * 99, "[" + "n+" * 9999 + "n]"],
)
def test_long_specs_are_answered_at_once_with_short_messages(spec):
    try:
        as_type(spec)
    except sg.SymgradError as error:
        assert len(str(error)) < 1000


@pytest.mark.parametrize(
    "dtype, name",
    [(float, "float64"), (int, "int64"), (bool, "bool"), ("f4", "float32"), (">f8", "float64")],
)
def test_dtypes_as_numpy_spells_them(dtype, name):
    assert as_dtype(dtype).name == name and as_dtype(dtype).isnative


def test_shapes():
    assert as_shape("n, 2") == as_shape("[n, 2]") == as_shape(["n", 2]) == ("n", 2)
    assert as_shape(4) == as_shape(np.array([4])) == (4,)
    assert show_shape(as_shape(())) == "[]"


# Promotion.


@pytest.mark.parametrize("a, b", [*product(DTYPES, repeat=2)])
def test_arrays_promote_as_in_numpy_but_integers_adopt_the_floating_dtype(a, b):
    found = promote((a, False), (b, False))
    floating = [d for d in (a, b) if d.kind == "f"]
    expected = np.result_type(*floating) if floating else np.result_type(a, b)
    assert found == (expected, False)
    if not floating or a.kind == b.kind:
        assert found[0] == np.result_type(a, b)


@pytest.mark.parametrize("strong", DTYPES)
@pytest.mark.parametrize("number", [True, 1, 1.0])
def test_python_numbers_adopt_as_in_numpy(strong, number):
    weak = np.dtype(type(number))
    expected = (np.zeros(1, strong) + number).dtype
    assert promote((strong, False), (weak, True)) == (expected, False)
    assert promote((weak, True), (strong, False)) == (expected, False)


weak = st.sampled_from([(np.dtype(d), True) for d in (bool, int, float)])
strong = st.sampled_from([(d, False) for d in DTYPES])


@given(st.lists(st.one_of(weak, strong), min_size=1, max_size=4))
def test_promotion_does_not_depend_on_the_order(types):
    assert promote(*types) == promote(*types[::-1])
    strong = {d for d, weak in types if not weak}
    dtype, weak = promote(*types)
    assert weak == (not strong)
    if np.dtype("float64") not in strong and np.dtype("float32") in strong:
        assert dtype == "float32"


# Broadcasting.

shapes = st.lists(st.sampled_from([0, 1, 2, 3, Dim("n"), Dim("m")]), max_size=4).map(tuple)
SIZES = {"n": 5, "m": 7}


@given(shapes, shapes)
def test_broadcasting_is_numpys(a, b):
    plain = [tuple(SIZES.get(str(d), d) for d in s) for s in (a, b)]
    try:
        expected = np.broadcast_shapes(*plain)
    except ValueError:
        with pytest.raises(sg.ShapeError, match=r"sizes \w+ and \w+ of axis -\d differ"):
            broadcast(a, b)
        return
    found = broadcast(a, b)
    assert tuple(SIZES.get(str(d), d) for d in found) == expected
    assert found == broadcast(b, a)


def test_named_dims_fit_themselves_and_one():
    n, m = Dim("n"), Dim("m")
    assert broadcast((n, 1), (1, m)) == (n, m)
    for other in (m, 3, 0, n + 1):
        with pytest.raises(sg.ShapeError):
            broadcast((n,), (other,))
    assert broadcast((n + 1,), (1 + n,)) == (n + 1,)


def test_types_compare_by_what_emitted_code_does():
    f = np.dtype("float64")
    assert Type(f, (2,)) == Type(f, (2,)) != Type(f, (2,), weak=True)
    assert Type(f, (2,)).with_shape((2,)) is not None
    assert Type(f, (), True, True).with_shape((1,)) == Type(f, (1,), True, False)
    assert Type(f, (Dim("n"), 3)).size == "3*n"


def test_equal_types_are_one_object():
    f = np.dtype("float64")
    one = Type(f, (2, Dim("n")))
    assert (
        one is Type(f, (2, Dim("n"))) is as_type("[2, n]") is Type(f, (1, 1)).with_shape(one.shape)
    )
    assert one is copy.deepcopy(one) is pickle.loads(pickle.dumps(one))
    others = [Type(f, (2,)), Type(np.dtype("float32"), one.shape), Type(f, one.shape, True)]
    assert len({one, *others}) == 4


def test_sizes_of_types_are_plain_numbers():
    sizes = Type(np.dtype("int32"), (np.int64(5), np.int32(123457))).shape  # type: ignore[arg-type]
    assert [type(d) for d in sizes] == [int, int]


def test_types_can_not_be_changed():
    with pytest.raises(AttributeError):
        Type(np.dtype("float64")).shape = (2,)  # type: ignore[misc]
