"""Powers of 1 + x, whose rounding they would magnify, powers less 1, and logarithms of powers."""

import numpy as np


def compound(x, y):
    """(1 + x)**y, corrected by what 1 + x is rounded by."""
    s = 1 + x
    with np.errstate(all="ignore"):  # of infinities, and where s is 0, nothing is left
        part = s - x
        rest = (1 - part) + (x - (s - part))
        more = np.exp(y * (rest / s))
    p = np.power(s, y)
    kept = np.isfinite(more) & np.isfinite(p)
    if np.count_nonzero(kept) < kept.size:
        more = np.where(kept, more, 1)
    return p * more


def compoundm1(x, y):
    """(1 + x)**y - 1, without cancellation."""
    with np.errstate(all="ignore"):
        u = y * np.log1p(x)
    near = np.abs(u) < 1
    if np.count_nonzero(near) == near.size:
        return np.expm1(u)
    return np.where(near, np.expm1(np.where(near, u, 0)), compound(x, y) - 1)


def powm1(x, y):
    """x**y - 1, without cancellation."""
    with np.errstate(all="ignore"):
        u = y * np.log(x)
    near = np.abs(u) < 1
    if np.count_nonzero(near) == near.size:
        return np.expm1(u)
    return np.where(near, np.expm1(np.where(near, u, 0)), np.power(x, y) - 1)


def box_cox(x, y):
    """(x**y - 1) / y, and log(x) where y is 0."""
    at_0 = y == 0
    return np.where(at_0, np.log(np.where(at_0, x, 1)), powm1(x, y) / np.where(at_0, 1, y))


def log_power(x, y):
    """log(|x|**y): 0 where y is 0 or |x| is 1, as the power is 1."""
    u = np.log(np.abs(np.where(y == 0, 1, x)))
    return np.where(u == 0, 0, y) * u


def log_compound(x, y):
    """log(|1 + x|**y): 0 where y is 0 or |1 + x| is 1, as the power is 1."""
    u = np.log1p(np.where(y == 0, 0, np.where(x < -1, -2 - x, x)))
    return np.where(u == 0, 0, y) * u
