import numpy as np


def _blockwise(function, out, *given):
    """Return a function of arrays, in out if given; of many numbers by blocks."""
    if out is None:
        out = np.empty_like(next(x for x in given if np.ndim(x)), order="C")
    if out.size <= 16384 or not out.flags.c_contiguous:
        out[...] = function(*given)
        return out
    flat, given = out.reshape(-1), [x.reshape(-1) if np.ndim(x) else x for x in given]
    for i in range(0, out.size, 16384):  # which fits into the cache, as do inner arrays
        part = slice(i, i + 16384)
        flat[part] = function(*(x[part] if np.ndim(x) else x for x in given))
    return out
