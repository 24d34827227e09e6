"""Networks by hand, in NumPy alone: what `MLP` is compared with."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np

import symgrad as sg

ACTIVATIONS: dict[str, Any] = {
    "relu": lambda a: anp.maximum(a, 0),
    "leaky_relu": lambda a: anp.where(a > 0, a, 0.01 * a),
    "absolute": anp.abs,
    "softplus": lambda a: anp.logaddexp(0, a),
    "sigmoid": lambda a: 1 / (1 + anp.exp(-a)),
    "tanh": anp.tanh,
    "hard_tanh": lambda a: anp.clip(a, -1, 1),
    "cos": anp.cos,
    "linear": lambda a: a,
    "identity": lambda a: a,
}


def logits(params: Any, X: Any, activation: str) -> Any:
    """The last pre-activation of parameters W1, b1, W2, b2, ..."""
    *hidden, (W, b) = zip(params[::2], params[1::2], strict=True)
    h = X
    for V, c in hidden:
        h = ACTIVATIONS[activation](anp.dot(h, V) + c)
    return anp.dot(h, W) + b


def squared_error(a: Any, y: Any) -> Any:
    return anp.mean((a - y) ** 2)


def cross_entropy(a: Any, y: Any) -> Any:
    log_p = a - anp.log(anp.sum(anp.exp(a), axis=1, keepdims=True))
    return -anp.mean(anp.sum(log_p * np.eye(a.shape[1])[y], axis=1))


def binary_cross_entropy(a: Any, y: Any) -> Any:
    p = 1 / (1 + anp.exp(-a))
    return -anp.mean(y * anp.log(p) + (1 - y) * anp.log(1 - p))


LOSSES: dict[str, Any] = {
    "mse": squared_error,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
}


def targets(loss: str, rows: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Random targets of a loss."""
    if loss == "cross_entropy":
        return rng.integers(0, width, rows)
    if loss == "binary_cross_entropy":
        return rng.integers(0, 2, (rows, width)).astype(float)
    return rng.normal(size=(rows, width))


def loss_and_grads(net: sg.nn.MLP) -> sg.Function:
    """J and its gradients, of X, y and the parameters."""
    inputs = [*net.inputs.values(), *net.params.values()]
    return sg.function(inputs, [net.loss, *net.grads.values()])


def random_params(net: sg.nn.MLP, rng: np.random.Generator) -> list[np.ndarray]:
    """Parameters with biases away from 0."""
    return [rng.normal(size=x.shape).astype(x.dtype) for x in net.params.values()]
