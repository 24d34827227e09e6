"""Exponentials of sums, which the rounding of the sum does not touch."""

import numpy as np


def exp_sum(xs):
    """exp of a sum, corrected by what the sum is rounded by."""
    s, *more = xs
    rest = 0
    with np.errstate(invalid="ignore"):  # of infinities nothing is left
        for x in more:
            total = s + x
            part = total - s
            rest = rest + ((s - (total - part)) + (x - part))
            s = total
        e = np.exp(s)
        return np.where((e < np.inf) & np.isfinite(rest), e + e * rest, e)


def exp_share(x, y):
    """exp(x) / (exp(x) + exp(y)), without overflow."""
    e = exp_sum([np.minimum(x, y), -np.maximum(x, y)])
    return np.where(x >= y, 1, e) / (1 + e)


def exp_shares(xs):
    """The first exponential over the sum of all, without overflow."""
    x, *others = xs
    with np.errstate(over="ignore"):  # 1 / inf is 0
        terms = [exp_sum([y, -x]) for y in others]
        total = sum(terms)
        if np.isnan(total).any():  # of two that are 0, beside one that is not
            for e in terms:
                total = np.where(e == np.inf, e, total)
        return 1 / (1 + total)


def sigmoid_sum(xs):
    """The sigmoid of a sum, corrected by what the sum is rounded by."""
    with np.errstate(over="ignore"):  # 1 / inf is 0
        return 1 / (1 + exp_sum([-x for x in xs]))


def sigmoid_slope_sum(xs):
    """The slope of the sigmoid of a sum, corrected by what the sum is rounded by."""
    falling = -np.sign(sum(xs))
    e = exp_sum([falling * x for x in xs])
    return e / (1 + e * (2 + e))


def exp_step(x, h):
    """exp(x + h) - exp(x), without cancellation."""
    near = np.abs(h) < 1
    a, b = np.where(near, x, 0), np.where(near, h, 0)
    return np.where(near, np.exp(a) * np.expm1(b), np.exp(x + h) - np.exp(x))
