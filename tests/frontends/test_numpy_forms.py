"""NumPy's ways to call an operation: the same text run on arrays and on symbols."""

from __future__ import annotations

import numpy as np
import pytest

import symgrad as sg

X = np.random.default_rng(1).uniform(0.5, 2.0, (3, 4)) * np.array([1, -1, 1, 1])
FORMS = """
np.sum(x, -1, None, None, True)
np.sum(x, 0, np.float64)
np.sum(x, axis=0, dtype=float)
np.sum(x, where=x > 0)
np.sum(x, where=x > 0, axis=1, keepdims=True)
np.sum(x, initial=3.0)
np.prod(x, axis=0, initial=2.0, where=x > 1)
np.mean(x, where=x > 0)
np.mean(x, axis=(0,), dtype=np.float64, keepdims=True)
np.mean(x, axis=0, where=np.array([True, False, True])[:, None])
np.max(x, axis=0, initial=0.0)
np.max(x, 0, None, True, 0.25)
np.min(x, axis=0, initial=9.0, where=x > 0)
np.any(x > 1, axis=0, where=x > 0) * x
np.std(x, 0, None, None, 1)
np.cumsum(x, 0, float)
np.cumulative_sum(x, axis=0, include_initial=True)
np.cumulative_prod(x, axis=-1, include_initial=True)
np.add.reduce(x, axis=(0, 1), initial=1.0)
np.add.reduce(x, where=x > 0)
np.multiply.reduce(x, 1)
np.add.outer(x[0], x[1])
np.multiply.outer(x, x[0])
np.maximum.outer([0.0, 1.0], x)
np.outer(x, x)
np.linalg.outer(x[0], x[1])
np.linalg.trace(x[None])
np.linalg.diagonal(x[None], offset=1)
np.reshape(x, (4, 3), order="F")
np.reshape(x, -1, "F")
np.reshape(x, (2, -1), order="F")
x.reshape(4, 3, order="F")
x.ravel("F")
np.ravel(x, order="F")
np.einsum(x, [0, 1], x, [0, 1], [0])
np.einsum(x, [0, 1], x.T, [1, 2])
np.einsum(x, [Ellipsis, 1], [Ellipsis])
np.diff(x, prepend=0)
np.diff(x, axis=0, append=x[:1])
np.take(x, [5, -7, 30], mode="wrap")
np.take(x, [5, -7], axis=1, mode="clip")
np.compress([True, False, True], x, axis=0)
np.modf(x)[0] + np.modf(x)[1] ** 2
np.divmod(x, 0.7)[1] + divmod(x, 0.7)[0]
divmod(7.0, x)[1]
round(x[0, 0], 1) * x + round(x[1, 1])
np.conj(x) + np.conjugate(x) + np.real(x) + np.imag(x) + np.real_if_close(x) + x.imag
np.size(x, 0) * x
((x > 1) ^ (x < 1.5)) * x
np.signbit(x) * x
np.isposinf(x) * x + np.isneginf(x)
np.median(x, axis=1)
np.quantile(x, 0.3)
np.percentile(x, 30, axis=0, keepdims=True)
np.sum(x[np.nonzero(x > 1)] ** 2)
np.sum(x[np.where(x > 1)])
np.sum(np.extract(x > 1, x) ** 3)
"""


@pytest.mark.parametrize("text", FORMS.strip().splitlines())
def test_values_and_gradients(text):
    fn = eval(f"lambda x: {text}")
    expected = np.asarray(fn(X))
    y = sg.trace(fn, X)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    loss = (y * weights).sum()
    x = y.graph.inputs["x"]
    found, slope = sg.function([x], [y, sg.grad(loss, x)])(X)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    np.testing.assert_allclose(slope, differences(lambda v: np.sum(fn(v) * weights)), atol=1e-7)


def differences(fn):
    """Central differences at X, which is far from every kink."""
    out = np.zeros_like(X)
    for i in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[i] = 1e-6
        out[i] = (fn(X + step) - fn(X - step)) / 2e-6
    return out


@pytest.mark.parametrize(
    "text",
    [
        "np.sum(x, 0, None, X)",
        "np.max(x, where=x > 0)",
        "np.add(x, 1, where=x > 0)",
        "np.reshape(x, (4, 3), order='Z')",
        "np.cumulative_sum(x)",
        "np.sum(x, 1, 2, 3, 4, 5, 6, 7)",
        "np.add.at(x, 1, 2)",
        "np.array([x[0], x[1]])",
    ],
)
def test_refused(text):
    fn = eval(f"lambda x: {text}", {"np": np, "X": X})
    with pytest.raises((sg.SymgradError, TypeError)) as caught:
        sg.trace(fn, X)
    assert not isinstance(caught.value, sg.SymgradError) or caught.value.how
