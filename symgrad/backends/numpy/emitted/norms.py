import numpy as np


def _norm(x):
    """The length of all of x by a product of BLAS, if no square over- or underflows."""
    y = np.vdot(x, x)
    return np.sqrt(y) if 1e-290 < y < np.inf else vector_norm(x)
