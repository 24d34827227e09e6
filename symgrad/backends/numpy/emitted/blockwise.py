import numpy as np


def _blockwise(function, out, *given):
    """Return a function of arrays, in out if given; of many numbers by blocks."""
    if out is None:
        out = np.empty_like(next(x for x in given if np.ndim(x)), order="C")
    step = 114688 // out.itemsize  # of more bytes malloc asks the system for each array
    large = out.size > step and out.flags.c_contiguous
    if not large or any(x is not out and np.may_share_memory(x, out) for x in given):
        out[...] = function(*given)
        return out
    flat, given = out.reshape(-1), [x.reshape(-1) if np.ndim(x) else x for x in given]
    for i in range(0, out.size, step):
        part = slice(i, i + step)
        flat[part] = function(*(x[part] if np.ndim(x) else x for x in given))
    return out
