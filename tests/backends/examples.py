"""Small expressions with their gradients, whose emitted files lie in golden/."""

from __future__ import annotations

import symgrad as sg

XOR = "mean((relu(X @ W + c) @ w + b - y)**2)"
XOR_TYPES = {"X": "[n, 2]", "y": "[n]", "W": "[2, 2]", "c": "[2]", "w": "[2]", "b": "[]"}


def xor():
    """The XOR network of Deep Learning, section 6.1, with its prediction."""
    loss = sg.parse("yhat = relu(X @ W + c) @ w + b\nmean((yhat - y)**2)", XOR_TYPES)
    g = loss.graph
    wrt = [g.inputs[k] for k in ("W", "c", "w", "b")]
    given = [g.inputs[k] for k in ("X", "y", "W", "c", "w", "b")]
    return {
        "forward": ([g.inputs[k] for k in ("X", "W", "c", "w", "b")], g.named["yhat"]),
        "loss_and_grad": (given, [loss, *sg.grad(loss, wrt)]),
    }


def softmax_regression():
    """Cross entropy of a linear classifier with integer labels, in float32."""
    g = sg.Graph()
    X, W = g.input("X", "float32[n, 4]"), g.input("W", "float32[4, 3]")
    b, label = g.input("b", "float32[3]"), g.input("label", "int64[n]")
    z = (X @ W + b).named("z")
    picked = (sg.one_hot(label, 3) * sg.log_softmax(z)).sum(axis=1)
    loss = (-picked.mean() + 0.01 * (W**2).sum()).named("J")
    return {"loss_and_grad": (None, [loss, *sg.grad(loss, [W, b])])}


def sigmoid_network():
    """The 2-2-2 sigmoid network of the notes, half squared error."""
    g = sg.Graph()
    x, y = g.input("x", "[2]"), g.input("y", "[2]")
    W, V = g.input("W", "[2, 2]"), g.input("V", "[2, 2]")
    h = sg.sigmoid(x @ W).named("h")
    yhat = sg.sigmoid(h @ V).named("yhat")
    loss = (0.5 * ((y - yhat) ** 2).sum()).named("L")
    return {"loss_and_grad": (None, [loss, *sg.grad(loss, [W, V])])}


def naive_softplus():
    """log(1 + exp(x)) as a textbook writes it, and its second derivative."""
    x = sg.Graph().input("x", "[n]")
    y = sg.log(1 + sg.exp(x)).sum()
    slope = sg.grad(y, x)
    return {"value_and_slope": ([x], [y, slope]), "curvature": ([x], sg.grad(slope.sum(), x))}


def hostile_names():
    """Names that emitted code uses itself."""
    g = sg.Graph()
    np_, list_, sigmoid = g.input("np", "[k]"), g.input("list", "[k]"), g.input("sigmoid")
    loss = (sg.sigmoid(np_ * sigmoid) * list_).sum().named("_checked")
    return {"f": (None, [loss, *sg.grad(loss, [np_, list_, sigmoid])])}


ALL = {
    f.__name__: f for f in (xor, softmax_regression, sigmoid_network, naive_softplus, hostile_names)
}
