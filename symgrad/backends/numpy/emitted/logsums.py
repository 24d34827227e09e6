import numpy as np


def _logcumsumexp(x, axis=0):
    """np.logaddexp.accumulate(x, axis); of many numbers by sums relative to their largest."""
    if x.size < 12000 or not np.isfinite(x).all():
        return np.logaddexp.accumulate(x, axis)
    rows = np.moveaxis(x, axis, 0)
    top = np.maximum.accumulate(rows)
    with np.errstate(over="ignore"):
        gaps = np.exp(-np.abs(rows[1:] - top[:-1]))
    kept = np.where(rows[1:] > top[:-1], gaps, 1)
    top[1:] += np.log1p(_carried_on(kept, gaps))  # of the sums but their largest term
    return np.moveaxis(top, 0, axis)


def _carried_on(a, b):
    """y with y[k] = a[k] * y[k - 1] + b[k], of pairs of rows at once."""
    y, n = b.copy(), len(b)
    first, last = (slice(i, n - n % 2, 2) for i in (0, 1))
    if n > 1:
        y[last] = _carried_on(a[last] * a[first], b[last] + a[last] * b[first])
        y[2::2] += a[2::2] * y[1:-1:2]
    return y
