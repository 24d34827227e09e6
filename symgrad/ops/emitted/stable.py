"""Formulas that cancel or overflow as they are usually written."""

import numpy as np


def log1mexp(x):
    """log(1 - exp(-x)) for positive x (Mächler, 2012)."""
    with np.errstate(divide="ignore"):  # of the form that is not taken
        return np.where(x < 0.6931471805599453, np.log(-np.expm1(-x)), np.log1p(-np.exp(-x)))


def log_cloglog(x):
    """log(1 - exp(-exp(x))), which is x far to the left."""
    return np.where(x < -40, x, log1mexp(np.exp(np.clip(x, -40, 10))))


def logcosh(x):
    """log(cosh(x)), without overflow, accurate near 0."""
    a = np.abs(x)
    near = np.minimum(a, 20)  # beyond, the slope is 1 to the last digit
    return np.log1p(2 * np.square(np.sinh(near / 2))) + (a - near)


def sigmoid(x):
    """Logistic function 1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sigmoid_slope(x):
    """exp(-x) / (1 + exp(-x))**2, without overflow."""
    e = np.exp(-np.abs(x))
    # The square of 1 + e would double what that is rounded by.
    return e / (1 + e * (2 + e))


def sigmoid_minus(z, t):
    """sigmoid(z) - t, near 1 by their complements, so that 1 - t has all digits."""
    e = np.exp(-np.abs(z))
    near = (z > 0) & (t > 0.5)
    share = np.where(near, -e, np.where(z > 0, 1, e)) / (1 + e)
    return np.where(near, 1 - t, -t) + share


def sigmoid_cross_entropy(z, t):
    """-t * log(p) - (1 - t) * log(1 - p) of p = sigmoid(z), without cancellation."""
    return np.where(z > 0, 1 - t, -t) * z + np.log1p(np.exp(-np.abs(z)))


def sech(x):
    """1 / cosh(x), and 0 where that overflows."""
    with np.errstate(over="ignore"):
        return 1 / np.cosh(x)


def csch(x):
    """1 / sinh(x), and 0 where that overflows."""
    with np.errstate(over="ignore"):
        return 1 / np.sinh(x)


def coshm1(x):
    """cosh(x) - 1, without cancellation."""
    return 2 * np.square(np.sinh(x / 2))


def versin(x):
    """1 - cos(x), without cancellation."""
    return 2 * np.square(np.sin(x / 2))


def log1p_reciprocal(x):
    """log(1 + 1 / x), also where the quotient overflows."""
    near = np.abs(x) < 1e-30
    far = np.log1p(1 / np.where(near, 1, x))
    return np.where(near, -np.log(np.where(near, x, 1)), far)


def sqrt1pm1(x):
    """sqrt(1 + x) - 1, without cancellation near 0."""
    near = np.minimum(x, 1)
    return np.where(x < 1, near / (1 + np.sqrt(1 + near)), np.sqrt(1 + x) - 1)


def sqrt_difference(x, y):
    """sqrt(x) - sqrt(y), without cancellation."""
    p, q = np.sqrt(x), np.sqrt(y)
    total = p + q
    ends = (total == 0) | (total == np.inf)
    if np.count_nonzero(ends):  # inf / inf is no number
        return np.where(ends, p - q, np.subtract(x, y) / np.where(ends, 1, total))
    return np.subtract(x, y) / total


def sqrt_gap(x, y, z):
    """sqrt(x + z) - sqrt(y + z), without cancellation."""
    d, total = x - y, np.sqrt(x + z) + np.sqrt(y + z)
    ends = (total == 0) | (total == np.inf) & np.isinf(d)  # inf / inf is no number
    return d / np.where(ends, 1, total)


def log_ratio(x, y):
    """log(x / y), accurate near x = y, whatever the size of the quotient."""
    positive = np.all(x > 0) and np.all(y > 0)
    p, q = (x, y) if positive else (np.abs(x), np.abs(y))
    with np.errstate(all="ignore"):  # of ends, which are computed otherwise
        d = p - q
        log = np.copysign(np.log1p(np.abs(d) / np.minimum(p, q)), d)
        if positive and np.isfinite(np.sum(log)):
            return log
    ends = ~np.isfinite(log) | (np.signbit(x) != np.signbit(y))
    if np.count_nonzero(ends):
        far = np.log(np.where(ends, p, 1)) - np.log(np.where(ends, q, 1))
        far = np.where(np.sign(x) * np.sign(y) < 0, np.nan, far)
        return np.where(ends, far, log)
    return log


def log_product(x, y):
    """log(x * y), whatever the size of the product."""
    with np.errstate(over="ignore"):
        product = np.multiply(x, y)
    size = np.abs(product)
    fits = (size > np.finfo(np.result_type(product, 1.0)).tiny) & (size < np.inf)
    if np.count_nonzero(fits) == fits.size:
        return np.log(product)
    logs = np.log(np.abs(x)) + np.log(np.abs(y)) + np.log(np.sign(x) * np.sign(y))
    return np.where(fits, np.log(np.where(fits, product, 1)), logs)


def sqrt_product(x, y):
    """sqrt(x * y), whatever the size of the product."""
    with np.errstate(over="ignore"):
        product = np.multiply(x, y)
    size = np.abs(product)
    fits = (size > np.finfo(np.result_type(product, 1.0)).tiny) & (size < np.inf)
    if np.count_nonzero(fits) == fits.size:
        return np.sqrt(product)
    roots = np.sqrt(np.abs(x)) * np.sqrt(np.abs(y))
    roots = np.where(np.sign(x) * np.sign(y) < 0, np.nan, roots)
    return np.where(fits, np.sqrt(np.where(fits, product, 1)), roots)


def log_powers(xs, powers):
    """log(x**p * y**q * ...), whatever the size of the product."""
    tiny = np.finfo(np.result_type(1.0, *xs)).tiny
    product, fits = 1.0, True
    with np.errstate(over="ignore", invalid="ignore"):
        for x, p in zip(xs, powers, strict=True):
            factor = np.power(x, p)
            product = product * factor
            for size in np.abs(factor), np.abs(product):
                fits = fits & (size > tiny) & (size < np.inf)
    if np.count_nonzero(fits) == fits.size:
        return np.log(product)
    logs, sign = 0.0, 1.0
    for x, p in zip(xs, powers, strict=True):
        logs, sign = logs + p * np.log(np.abs(x)), sign * np.power(np.sign(x), p)
    return np.where(fits, np.log(np.where(fits, product, 1)), logs + np.log(sign))


def reciprocal_sum(x, axis=None, keepdims=False):
    """1 / sum(1 / x) over an axis."""
    return 1 / np.sum(1 / x, axis=axis, keepdims=keepdims)


def log_prod(x, axis=None, keepdims=False):
    """log(prod(x)) over an axis, whatever the size of the product."""
    with np.errstate(over="ignore", invalid="ignore"):
        product = np.prod(x, axis=axis, keepdims=keepdims)
    size = np.abs(product)
    fits = (size > np.finfo(np.result_type(product, 1.0)).tiny) & (size < np.inf)
    if np.all(fits):
        return np.log(product)
    logs = np.sum(np.log(np.abs(x)), axis=axis, keepdims=keepdims)
    logs = logs + np.log(np.prod(np.sign(x), axis=axis, keepdims=keepdims))
    return np.where(fits, np.log(np.where(fits, product, 1)), logs)


def weighted_logsumexp(x, w, axis=None, keepdims=False):
    """log(sum(w * exp(x))) over an axis, without overflow."""
    x = np.where(w != 0, x, -np.inf)
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    total = np.log(np.sum(w * np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)
