# mypy: ignore-errors
# fmt: off: black's width
"""Roots of sums of squares less what they are nearly equal to."""

import numpy as np


def root_less(x, y):
    """sqrt(x**2 + y) - x, without cancellation."""
    with np.errstate(over="ignore"):  # of large x nothing is left
        root, near = np.sqrt(x * x + y), (x > 0) & (y < np.inf)
    return np.where(near, y / np.where(near, root + x, 1), root - x)


def hypot_less(x, y):
    """sqrt(x**2 + y**2) - x, without cancellation."""
    root, near = np.hypot(x, y), x > np.abs(y)
    leg = np.where(near, y, 0)
    return np.where(near, leg * (leg / np.where(near, root + x, 1)), root - x)


def leg_less(x, y):
    """sqrt(x**2 - y**2) - x, without cancellation."""
    with np.errstate(over="ignore"):  # of large x nothing is left
        root, near = np.sqrt((x - y) * (x + y)), x > 0
    return np.where(near, -y * (y / np.where(near, root + x, 1)), root - x)
