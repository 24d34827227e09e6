import numpy as np


def _root_of_squares(x, number, out):
    """Write hypot(x, number) into out; by a root, which is fast, if x is not huge."""
    if x.size < 256 or not np.vdot(x, x) < 1e30:  # no square of it overflows
        return np.hypot(x, number, out)
    np.square(x, out)
    np.add(out, number * number, out)
    return np.sqrt(out, out)
