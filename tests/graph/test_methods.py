"""The methods of expressions are those of NumPy's arrays, in Python and in the text language."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.methods import Methods
from tests.oracles import run

X = np.array([[1.5, -2.25, 3.0, 0.5], [0.0, 5.125, -6.0, 2.5], [1.0, 1.25, 4.0, -0.5]])
CALLS = [
    "all()",
    "any(axis=0)",
    "any(axis=1, keepdims=True)",
    "argmax()",
    "argmax(axis=0)",
    "argmin(1, keepdims=True)",
    "argsort()",
    "argsort(axis=0)",
    "astype('float32')",
    "astype('int64', copy=False)",
    "clip(-1, 1)",
    "clip(max=2)",
    "conj()",
    "conjugate()",
    "copy()",
    "cumprod(axis=1)",
    "cumsum()",
    "cumsum(0)",
    "cumsum(axis=1, dtype='float32')",
    "diagonal()",
    "diagonal(1)",
    "dot(X.T)",
    "flatten()",
    "max()",
    "max(axis=1)",
    "mean(axis=-1)",
    "mean(0, dtype='float32')",
    "min(0, keepdims=True)",
    "prod()",
    "prod(axis=0)",
    "ravel()",
    "repeat(2)",
    "repeat(2, axis=1)",
    "reshape(4, 3)",
    "reshape((2, -1))",
    "round()",
    "round(1)",
    "round(decimals=-1)",
    "std()",
    "std(axis=0, ddof=1)",
    "sum()",
    "sum(0)",
    "sum(axis=(0, 1), keepdims=True)",
    "sum(dtype='float32')",
    "swapaxes(0, 1)",
    "take([0, 2], axis=1)",
    "take([5, 1])",
    "trace()",
    "trace(offset=1)",
    "transpose()",
    "transpose(1, 0)",
    "var(axis=1, keepdims=True)",
    "var(0, dtype='float32')",
    "reshape(3, 1, 4).squeeze()",
    "reshape(1, 3, 1, 4).squeeze(axis=2)",
]
REFUSED = {"item", "sort", "tolist"}


def called(text):
    return text.rpartition(").")[2].partition("(")[0]


def test_every_method_is_called_here():
    public = {k for k, v in vars(Methods).items() if callable(v) and not k.startswith("_")}
    assert public == {called(c) for c in CALLS} | REFUSED
    assert all(hasattr(np.ndarray, name) for name in public)


@pytest.mark.parametrize("call", CALLS)
def test_methods_are_numpys(call):
    x = sg.Graph().input("X", X)
    y = eval(f"X.{call}", {"X": x})
    (found,) = run([y], {"X": X})
    expected = eval(f"X.{call}", {"X": X})
    tolerance = 1e-6 if "float32" in call else 1e-14
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert found.dtype == expected.dtype
    assert sg.parse(f"X.{call}".replace("'", '"'), graph=x.graph) is y


def test_methods_keep_float32():
    x = sg.Graph().input("x", "float32[n, n]")
    for call in ("std()", "var(0)", "cumsum()", "mean()", "round(2)", "prod(1)", "trace()"):
        assert eval(f"x.{call}", {"x": x}).dtype == np.float32


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_a_symbol_does_not_have_says_why(name):
    x = sg.Graph().input("x", "[3]")
    for ask in (getattr(x, name), lambda: sg.parse(f"x.{name}()", graph=x.graph)):
        with pytest.raises(sg.GraphError, match=r"x float64.* is symbolic") as error:
            ask()
        assert error.value.how


@pytest.mark.parametrize("call", ["sum(axsi=0)", "swapaxes(0)", "sum(0, out=3)", "copy(1, 2, 3)"])
def test_wrong_calls_in_a_text_name_the_method(call):
    with pytest.raises(sg.ParseError, match=f"{called(call)}: .*argument"):
        sg.parse(f"x.{call}", x="[3, 3]")


def test_real_is_the_expression_itself():
    x = sg.Graph().input("x", "[3]")
    assert x.real is x and sg.parse("x.real", graph=x.graph) is x
