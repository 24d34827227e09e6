"""Functions of 1 + x**2, which overflows long before they do."""

import numpy as np


def lorentzian(x):
    """1 / (1 + x**2), which is 0 where the square overflows."""
    with np.errstate(over="ignore"):
        return 1 / (1 + x * x)


def dispersion(x):
    """x / (1 + x**2), which is 1 / x where the square is large."""
    far = np.abs(x) > 1e18
    if not np.count_nonzero(far):
        return x / (1 + x * x)
    near = np.where(far, 0, x)
    return np.where(far, 1 / np.where(far, x, 1), near / (1 + near * near))


def dispersion_slope(x):
    """(1 - x**2) / (1 + x**2)**2, in factors that neither cancel nor overflow."""
    bell = lorentzian(x)
    return (1 - x) * bell * (bell + dispersion(x))


def log1p_square(x):
    """log(1 + x**2), which is 2 log(x) where the square is large."""
    far = np.abs(x) > 1e18
    if not np.count_nonzero(far):
        return np.log1p(np.square(x))
    y = np.log1p(np.square(np.where(far, 0, x)))
    return np.where(far, 2 * np.log(np.abs(np.where(far, x, 1))), y)


def saturation(x):
    """x**2 / (1 + x**2), which is 1 where the square is large."""
    far = np.abs(x) > 1e18
    square = np.square(np.where(far, 0, x))
    return np.where(far, 1, square / (1 + square))


def gudermannian(x):
    """arctan(sinh(x)), without overflow."""
    return np.arctan(np.sinh(np.clip(x, -80, 80)))


def arctan_step(x, h):
    """arctan(x + h) - arctan(x), without cancellation."""
    with np.errstate(over="ignore"):
        return np.arctan2(h, 1 + x * (x + h))


def arccot(x):
    """arctan(1 / x), also where the quotient overflows."""
    with np.errstate(over="ignore"):
        return np.arctan(1 / x)
