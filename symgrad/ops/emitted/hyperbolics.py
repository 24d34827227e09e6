# mypy: ignore-errors
# fmt: off: black's width
"""Quotients by differences of exponentials, which overflow before the quotient is 0."""

import numpy as np


def over_expm1(x, y):
    """x / (exp(y) - 1), without overflow."""
    a = np.abs(y)
    return np.where(y > 0, x * np.exp(-a), x) / np.copysign(np.expm1(-a), y)


def over_sinh(x, y):
    """x / sinh(y), without overflow."""
    a = np.abs(y)
    near = a < 40
    e = np.exp(-np.where(near, 40, a) / 2)
    far = x * e * (2 * e)
    return np.where(near, x, far) / np.copysign(np.where(near, np.sinh(np.minimum(a, 40)), 1), y)
