"""Learn XOR with xor_grad.py, which symgrad wrote from xor.sg. Needs NumPy alone.

Two rectified linear units are just enough, and from some starting points gradient descent ends
where one of them is always off. Then it starts again, from the next seed.
"""

import sys
import time
from pathlib import Path

import numpy as np
import xor_grad

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = np.array([0.0, 1.0, 1.0, 0.0])


def train(seed, rate=0.1, steps=2000, enough=1e-6):
    """Gradient descent from random weights: the parameters, and the loss at each step."""
    rng = np.random.default_rng(seed)
    W, c = rng.normal(size=(2, 2)), np.zeros(2)
    w, b = rng.normal(size=2), 0.0
    losses = []
    while len(losses) < steps and (not losses or losses[-1] > enough):
        loss, d_W, d_c, d_w, d_b = xor_grad.loss_and_grad(X, y, W, c, w, b)
        W, c = W - rate * d_W, c - rate * d_c
        w, b = w - rate * d_w, b - rate * d_b
        losses.append(float(loss))
    return (W, c, w, b), losses


def main(folder):
    """Train until all four answers are right, and note how it went."""
    for seed in range(100):
        began = time.perf_counter()
        params, losses = train(seed)
        seconds = time.perf_counter() - began
        answers = xor_grad.predict(X, *params)
        right = int(np.sum((answers > 0.5) == (y > 0.5)))
        print(f"seed {seed}: {right} of 4 right after {len(losses)} steps", flush=True)
        if right == 4:
            break
    found = dict(zip(("W", "c", "w", "b"), params, strict=True))
    np.savez(folder / "xor_trained.npz", X=X, y=y, answers=answers, losses=losses, seed=seed,
             seconds=seconds, **found)  # fmt: skip
    return 0 if right == 4 else 1


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
