"""Functions relative to their argument, which are 0/0 at 0 as they are usually written."""

import numpy as np

from .errors import erf


def polynomial(x, coefficients):
    """Polynomial by Horner's rule, the constant coefficient first."""
    *rest, c, last = coefficients
    total = c + last * x
    for c in reversed(rest):
        total *= x
        total += c
    return total


def sin_rest(x):
    """(x - sin(x)) / x**3, and 1 / 6 at 0: its series near 0."""
    near = np.abs(x) < 2
    u = np.square(np.where(near, x, 0))
    s = np.ones_like(u)
    for k in range(24, 3, -2):
        s = 1 - s * u / (k * (k + 1))
    far = np.where(near, 1, x)
    return np.where(near, s / 6, (far - np.sin(far)) / far / far / far)


def spherical_j0_less(x):
    """1 - sin(x) / x, without cancellation: 0 at 0."""
    near = np.abs(x) < 2
    u, far = np.where(near, x, 0), np.where(near, 1, x)
    return np.where(near, u * u * sin_rest(u), 1 - np.sin(far) / far)


def spherical_j0_inverse(x):
    """x / sin(x), and 1 at 0."""
    zero = x == 0
    return np.where(zero, 1, x) / np.where(zero, 1, np.sin(x))


def tanc_inverse(x):
    """x / tan(x), and 1 at 0."""
    zero = x == 0
    return np.where(zero, 1, x) / np.where(zero, 1, np.tan(x))


def sinhc_inverse(x):
    """x / sinh(x), without overflow, and 1 at 0."""
    near = np.abs(x) < 1e-30
    unit = np.where(near, 1, x)
    return np.where(near, 1, over_sinh(unit, unit))


def erfrel(x):
    """erf(x) / x, and 2 / sqrt(pi) at 0."""
    unit = np.where(x == 0, 1, x)
    return np.where(x == 0, 1.1283791670955126, erf(unit) / unit)


def bernoulli_function(x):
    """x / (exp(x) - 1), without overflow, and 1 at 0."""
    a = np.where(x == 0, 1, np.abs(x))
    top = np.where(x > 0, np.minimum(a, 800) * np.exp(-a), a)
    return np.where(x == 0, 1, top / -np.expm1(-a))


def bose_einstein(x):
    """1 / (exp(x) - 1), and 0 where that overflows."""
    with np.errstate(over="ignore"):
        return 1 / np.expm1(x)


def over_expm1(x, y):
    """x / (exp(y) - 1), without overflow."""
    far = y > 80
    e = np.exp(-np.where(far, y, 0))
    return x * e / np.where(far, 1, np.expm1(np.minimum(y, 80)))


def over_sinh(x, y):
    """x / sinh(y), without overflow."""
    a = np.abs(y)
    near = a < 40
    e = np.exp(-np.where(near, 40, a) / 2)
    far = x * e * (2 * e)
    size = np.where(near, np.sinh(np.minimum(a, 40)), 1)
    return np.where(near, x, far) / np.copysign(size, y)
