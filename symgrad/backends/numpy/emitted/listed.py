import numpy as np


def _as_listed(given, listed):
    """Whether arguments are arrays of the dtypes and shapes that they are listed by."""
    arrays = np.ndarray
    for (dtype, shape), names in listed.items():
        for name in names:
            a = given[name]
            if a.__class__ is not arrays or a.dtype is not dtype or a.shape != shape:
                return False
    return True


def _described(given, listed):
    """Return arguments with the dtypes and shapes that they are listed by."""
    return {
        name: (given[name], dtype.name, shape)
        for (dtype, shape), names in listed.items()
        for name in names
    }
