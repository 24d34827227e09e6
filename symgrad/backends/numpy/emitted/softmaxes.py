import numpy as np


def _softmax(x, axis=-1, out=None):
    """exp(x) / sum(exp(x)) along an axis, without overflow, in one array."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    e = np.asanyarray(np.subtract(x, top, out))  # a number, too
    np.exp(e, e)
    e /= np.add.reduce(e, axis=axis, keepdims=True)
    return e


def _log_softmax(x, axis=-1, out=None):
    """log(softmax(x)) along an axis, without overflow, in one array."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    s = np.asanyarray(np.subtract(x, top, out))  # a number, too
    np.exp(s, s)
    total = np.add.reduce(s, axis=axis, keepdims=True)
    np.subtract(x, top, s)
    s -= np.log(np.maximum(total, 1))  # 0 of no elements
    return s
