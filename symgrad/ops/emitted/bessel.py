"""Modified Bessel functions of the first kind, of integer order."""

import numpy as np


def ive(x, n):
    """exp(-abs(x)) * iv(x, n): the power series, and far out the asymptotic one.

    DLMF 10.25.2 and 10.40.1.
    """
    a, border = np.abs(x), max(20.0, n * n / 2)
    half = np.minimum(a, border) / 2
    square, near = half * half, np.ones_like(half)
    for k in range(int(2 * border), 0, -1):
        near *= square
        near /= k * (k + n)
        near += 1
    near *= np.exp(-2 * half)
    for k in range(n):
        near *= half / (k + 1)
    far = np.maximum(a, border)
    inverse, rest = 0.125 / far, np.ones_like(far)
    for k in range(24, 0, -1):
        rest *= inverse
        rest *= ((2 * k - 1) ** 2 - 4 * n * n) / k
        rest += 1
    far = rest / np.sqrt(6.283185307179586 * far)
    value = np.where(a < border, near, far)
    return np.copysign(value, x) if n % 2 else value


def iv(x, n):
    """Modified Bessel function of the first kind, of order n."""
    x = np.clip(x, -1500, 1500)
    with np.errstate(over="ignore"):
        root = np.exp(np.abs(x) / 2)
        return root * ive(x, n) * root


def i0(x):
    """Modified Bessel function of the first kind, of order 0."""
    return iv(x, 0)


def i1(x):
    """Modified Bessel function of the first kind, of order 1."""
    return iv(x, 1)


def i0e(x):
    """exp(-abs(x)) * i0(x)."""
    return ive(x, 0)


def i1e(x):
    """exp(-abs(x)) * i1(x)."""
    return ive(x, 1)
