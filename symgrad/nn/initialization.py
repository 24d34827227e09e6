"""Random weights that keep the size of signals from layer to layer. Deep Learning, section 8.4."""

from __future__ import annotations

from typing import Any

import numpy as np

import symgrad as sg

from .activations import RECTIFIED, Activation

Array = np.ndarray[Any, Any]
RULES = ("auto", "he", "glorot")


def generator(seed: object) -> np.random.Generator:
    """A random generator; None is seeded by the machine.

    Raises
    ------
    SymgradError
        If the seed is none.
    """
    try:
        return np.random.default_rng(seed)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise sg.SymgradError(
            f"{seed!r:.60} is no seed", how="A seed is an integer from 0 on, or None."
        ) from None


def draw_weights(
    rng: np.random.Generator, shape: tuple[int, int], activation: str | Activation, rule: str
) -> Array:
    """Weights toward units of the given kind: He for rectified ones, Glorot for the others.

    Example
    -------
    >>> W = draw_weights(generator(0), (50, 30), "tanh", "auto")
    >>> W.shape, bool(abs(W).max() <= (6 / 80) ** 0.5)
    ((50, 30), True)
    """
    if rule == "auto":
        rule = "he" if activation in RECTIFIED else "glorot"
    if rule == "he":  # normal, of variance 2 / fan_in (He et al. 2015)
        return rng.normal(0, np.sqrt(2 / shape[0]), shape)
    # Uniform, of variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)
