"""Learn to read handwritten digits with digits_net.py, which symgrad wrote. Needs NumPy alone.

Beside this file lie digits_net.py and digits.npz, the images. Run it as

    python train_digits.py [epochs]
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

import digits_net
import numpy as np

SIZES = (64, 128, 10)
BATCH = 64
NOISE = 0.2  # of a pixel's range: new digits differ from those seen (Deep Learning, section 7.5)


def draw_parameters(rng):
    """Weights of He's initialization and zero biases, as W1, b1, W2, b2."""
    for before, after in pairwise(SIZES):
        scale = np.sqrt(2 / before)
        yield rng.normal(0, scale, (before, after)).astype(np.float32)
        yield np.zeros(after, np.float32)


def run_epoch(held, data, rate, rng):
    """One step per mini-batch, in random order: the parameters with momentum, the mean loss."""
    X, y = data["X_train"], data["y_train"]
    order, losses = rng.permutation(len(y)), []
    noisy = X + NOISE * rng.standard_normal(X.shape, np.float32)
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        loss, *held = digits_net.step(noisy[batch], y[batch], *held, rate)
        losses.append(float(loss))
    return held, np.mean(losses)


def accuracy(params, X, y):
    """The share of digits that are read right."""
    return float(np.mean(digits_net.forward(X, *params).argmax(axis=1) == y))


def main(folder, epochs=50):
    """Train, say how each epoch went, and write parameters and readings beside this file."""
    data = dict(np.load(folder / "digits.npz"))
    rng = np.random.default_rng(0)
    params = list(draw_parameters(rng))
    held = params + [np.zeros_like(p) for p in params]  # momentum starts at rest
    history, began = [], time.perf_counter()
    for epoch in range(epochs):
        rate = np.float32(0.1 * (1 - epoch / epochs))
        held, loss = run_epoch(held, data, rate, rng)
        params = held[: len(params)]
        trained = accuracy(params, data["X_train"], data["y_train"])
        tested = accuracy(params, data["X_test"], data["y_test"])
        history.append((loss, trained, tested))
        print(f"epoch {epoch + 1}: loss {loss:.4f}, {tested:.2%} of the held-out right", flush=True)
    seconds = time.perf_counter() - began
    guesses = digits_net.forward(data["X_test"], *params)
    names = ("W1", "b1", "W2", "b2")
    np.savez(folder / "digits_trained.npz", history=history, guesses=guesses, seconds=seconds,
             **dict(zip(names, params, strict=True)))  # fmt: skip


if __name__ == "__main__":
    main(Path(__file__).resolve().parent, *map(int, sys.argv[1:]))
