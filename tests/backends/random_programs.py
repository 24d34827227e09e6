"""Random programs: scalars, vectors and matrices of named, odd and compound sizes."""

from __future__ import annotations

import random

import symgrad as sg

NUMBERS = (0.5, -1.0, 2.0, 3.0, 1e308, -1e300, 1e-300, 1e16, 1e22, 5e-324, 1 / 3, 1e15, 100.0)
ELEMENTWISE = ("tanh", "exp", "sin", "sigmoid", "softplus", "relu", "absolute", "square")
ELEMENTWISE += ("log1p", "sqrt", "reciprocal", "erf", "arctan", "leaky_relu", "cbrt")
BINARY = ("add", "multiply", "subtract", "divide", "maximum", "minimum", "hypot", "arctan2")
NAMES = ("x", "y", "weights_of_the_first_layer", "b", "rate")


def random_program(seed, length=14):
    """Inputs, outputs and updates; every fourth program is of numbers alone."""
    rng = random.Random(seed)
    g = sg.Graph()
    dims = ("n", "number_of_examples", 3, "m")
    scalar = seed % 4 == 0
    values, inputs = [], []
    for name in NAMES:
        ndim = 0 if scalar or name == "rate" else rng.choice([1, 2, 2])
        shape = ", ".join(str(d) for d in rng.choices(dims, k=ndim))
        inputs.append(g.input(name, f"{rng.choice(['float64', 'float64', 'float32'])}[{shape}]"))
    values += inputs
    for _ in range(length):
        values.append(_operation(rng, values))
    floating = [v for v in values[len(inputs) :] if v.dtype.kind == "f"]
    outputs = rng.sample(floating, min(2, len(floating)))
    loss = sum(sg.sum(v) for v in outputs)
    slopes = sg.grad(loss, inputs[:2])
    updates = {}
    if seed % 3 == 1:
        x, slope = inputs[0], slopes[0]
        updates = {x: x - 1e-3 * slope}
    return inputs, [loss, *outputs, *slopes], updates


def _operation(rng, values):
    """One more value, of some that there are."""
    x, y = rng.sample(values, 2)
    kind = rng.randrange(10)
    try:
        if kind < 3:
            return getattr(sg, rng.choice(ELEMENTWISE))(x)
        if kind < 5:
            return getattr(sg, rng.choice(BINARY))(x, y)
        if kind == 5:
            return getattr(sg, rng.choice(BINARY[:6]))(x, rng.choice(NUMBERS))
        if kind == 6:
            return sg.where(x > y, x, y)
        if kind == 7 and x.ndim:
            return rng.choice([x[1:], x[::2], x[::-1], sg.concatenate([x, x])])
        if kind == 8 and x.ndim == 2:
            return rng.choice([x.reshape((-1,)), x @ x.T, x.T @ x, x.sum(axis=0), sg.softmax(x)])
        return rng.choice([sg.mean, sg.sum, sg.logsumexp])(x) if x.ndim else sg.exp(-x)
    except sg.ShapeError:
        return sg.tanh(x)
