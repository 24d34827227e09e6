"""Roots of sums of squares, and less what they are nearly equal to."""

import numpy as np


def root_plus(x, y):
    """sqrt(x**2 + y), whatever the size of the square."""
    if np.vdot(x, x) < np.inf:  # tells of all at once, without a warning
        return np.sqrt(x * x + y)
    with np.errstate(over="ignore"):
        root, far = np.sqrt(x * x + y), np.isfinite(x) & (x * x == np.inf)
    a, b = np.where(far, np.abs(x), 1), np.where(far, y, 0)
    return np.where(far, a * np.sqrt(1 + b / a / a), root)


def leg(x, y):
    """sqrt(x**2 - y**2), without cancellation, whatever the size of the squares."""
    if np.vdot(x, x) < np.inf:
        return np.sqrt((x - y) * (x + y))
    with np.errstate(over="ignore"):
        root = np.sqrt((x - y) * (x + y))
    far = root == np.inf
    a, b = np.where(far, np.abs(x), 1), np.where(far, np.abs(y), 0)
    return np.where(far, np.sqrt(a - b) * np.sqrt(a + b), root)


def root_less(x, y):
    """sqrt(x**2 + y) - x, without cancellation."""
    with np.errstate(over="ignore"):  # of large x nothing is left
        root, near = np.sqrt(x * x + y), (x > 0) & (y < np.inf)
    return np.where(near, y / np.where(near, root + x, 1), root - x)


def root_less_slope(x, y):
    """x / sqrt(x**2 + y) - 1, without cancellation, and -1 where the root is 0."""
    with np.errstate(over="ignore"):  # of large x nothing is left
        root = np.sqrt(x * x + y)
    near, root = (x > 0) & (root > 0) & (y < np.inf), np.where(root == 0, np.inf, root)
    return np.where(near, -root_less(x, y), x) / root - ~near


def hypot_less(x, y):
    """sqrt(x**2 + y**2) - x, without cancellation."""
    root, near = np.hypot(x, y), x > np.abs(y)
    leg = np.where(near, y, 0)
    return np.where(near, leg * (leg / np.where(near, root + x, 1)), root - x)


def leg_less(x, y):
    """sqrt(x**2 - y**2) - x, without cancellation."""
    a, b, near = np.abs(x), np.abs(y), x > 0
    root = np.sqrt(a - b) * np.sqrt(a + b)
    return np.where(near, -y * (y / np.where(near, root + x, 1)), root - x)


def leg_less_slope(x, y):
    """x / sqrt(x**2 - y**2) - 1, without cancellation, and -1 where the root is 0."""
    x = np.maximum(x, np.finfo(np.result_type(x, 1.0)).min)  # -inf / inf is no number
    a, b = np.abs(x), np.abs(y)
    root = np.sqrt(a - b) * np.sqrt(a + b)
    near, root = (x > 0) & (root > 0), np.where(root == 0, np.inf, root)
    return np.where(near, -leg_less(x, y), x) / root - ~near
