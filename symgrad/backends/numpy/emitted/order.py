import numpy as np


def _order(x, axis=-1):
    """np.argsort(x, axis, stable=True); where no two are equal, any order is that one."""
    if x.size > 256 and x.dtype.kind == "f":
        order = np.argsort(x, axis)
        found = np.moveaxis(np.take_along_axis(x, order, axis), axis, 0)
        if (found[1:] > found[:-1]).all():
            return order
    return np.argsort(x, axis, stable=True)


def _inverse(order, axis=-1):
    """The inverse of permutations along an axis."""
    places, found = np.moveaxis(order, axis, -1), np.empty_like(order)
    numbers = np.broadcast_to(np.arange(places.shape[-1]), places.shape)
    np.put_along_axis(np.moveaxis(found, axis, -1), places, numbers, -1)
    return found
