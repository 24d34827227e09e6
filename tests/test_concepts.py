"""What the lecture notes teach, row by row of the concept list, with the notes' own numbers."""

from __future__ import annotations

from collections import Counter

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors


def evaluate(outputs, **values):
    """Outputs of one graph, from named arrays."""
    single = isinstance(outputs, sg.Expr)
    graph = (outputs if single else outputs[0]).graph
    return sg.function([graph.inputs[name] for name in values], outputs)(**values)


def close(found, expected, rtol=1e-12, atol=1e-12):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


SIGMOID = np.vectorize(lambda z: float(1 / (1 + mpmath.exp(-mpmath.mpf(float(z))))))
XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([0.0, 1.0, 1.0, 0.0])


# Computational graphs and differentiation.


def test_the_graph_of_a_product():
    z = sg.parse("x * y", x="[]", y="[]")
    assert [n.op for n in z.graph.nodes] == ["input", "input", "multiply"]


def test_the_graph_of_logistic_regression():
    z = sg.parse("sigmoid(x @ w + b)", x="[3]", w="[3]", b="[]")
    assert [n.op for n in ancestors([z]) if n.args] == ["matmul", "add", "sigmoid"]
    assert [n.shape for n in z.graph.inputs.values()] == [(3,), (3,), ()]


def test_the_graph_of_a_relu_layer():
    h = sg.parse("maximum(0, X @ W + b)", X="[n, 2]", W="[2, 3]", b="[3]")
    assert h.shape == ("n", 3)
    X, W, b = np.eye(2), np.array([[1.0, -2.0, 0.0], [3.0, 4.0, -5.0]]), np.array([0.0, 1.0, 2.0])
    close(evaluate(h, X=X, W=W, b=b), np.maximum(0, X @ W + b))


def test_scalar_chain_rule():
    x = sg.Graph().input("x")
    y = sg.sin(x)
    z = sg.exp(y)
    dz_dy, dz_dx, dy_dx = sg.grad(z, y), sg.grad(z, x), sg.grad(y, x)
    a, b, c = evaluate([dz_dy, dz_dx, dy_dx], x=0.7)
    close(b, a * c)


def test_vector_chain_rule_and_jacobians_in_both_layouts():
    """∇x z = (∂y/∂x)ᵀ ∇y z; ∂(Ax)/∂x is A in one layout and Aᵀ in the other."""
    g = sg.Graph()
    A, x = g.input("A", "[2, 3]"), g.input("x", "[3]")
    y = A @ x
    z = (y * y).sum()
    J = sg.jacobian(y, x)
    assert J.shape == (2, 3)
    values = {"A": np.arange(6.0).reshape(2, 3), "x": np.array([1.0, -1.0, 2.0])}
    jacobian, gradient, along, transposed = evaluate(
        [J, sg.grad(z, x), sg.grad(z, y), J.T], **values
    )
    close(jacobian, values["A"])
    close(gradient, jacobian.T @ along)
    close(transposed, values["A"].T)
    rows = evaluate([sg.vjp(y, x, row) for row in np.eye(2)], **values)
    columns = evaluate([sg.jvp(y, x, column) for column in np.eye(3)], **values)
    close(np.stack(rows), values["A"])
    close(np.stack(columns, axis=1), values["A"])


def test_forward_algorithm_visits_nodes_in_order():
    x = sg.Graph().input("x")
    y = sg.sin(x) * x + 2.0
    known = {}
    for node in y.graph.nodes:
        args = [known[a.id] for a in node.args]
        known[node.id] = {
            "input": lambda: 0.5,
            "constant": lambda n=node: n.value.item(),
            "sin": lambda a=args: np.sin(a[0]),
            "multiply": lambda a=args: a[0] * a[1],
            "add": lambda a=args: a[0] + a[1],
        }[node.op]()
    close(evaluate(y, x=0.5), known[y.id])


def test_repeated_subexpressions():
    """z = f(f(f(w))): f(w) is computed once; without sharing the cost doubles per level."""
    w = sg.Graph().input("w")
    z = w
    for _ in range(3):
        z = sg.exp(sg.sin(z))
    source = sg.function([w], [z, sg.grad(z, w)]).source
    assert source.count("np.exp(") == source.count("np.sin(") == source.count("np.cos(") == 3
    deep = w
    for _ in range(200):
        deep = deep * deep + deep
    assert len(ancestors([sg.grad(deep, w)])) < 2000


def test_each_delta_is_computed_once():
    """Factors of layer l + 1 are reused at layer l."""
    names = {"X": "[n, 2]", "W1": "[2, 3]", "W2": "[3, 3]", "W3": "[3, 1]", "Y": "[n, 1]"}
    text = "h = tanh(X @ W1)\nk = tanh(h @ W2)\nmean((k @ W3 - Y)**2)"
    loss = sg.parse(text, names)
    grads = sg.grad(loss, ["W1", "W2", "W3"])
    products = Counter(n.op for n in ancestors(sg.simplify(o) for o in [loss, *grads]))
    assert products["matmul"] == 3 + 5  # forward; two for each layer but the last to be reached
    assert products["tanh"] == 2


def test_derivatives_of_any_order():
    x = sg.Graph().input("x")
    y = sg.sin(2.0 * x)
    for order in range(1, 7):
        y = sg.grad(y, x)
        close(evaluate(y, x=0.3), 2.0**order * np.sin(0.6 + order * np.pi / 2))


def test_hessian_of_a_quadratic_form():
    g = sg.Graph()
    x = g.input("x", "[3]")
    A = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, -1.0], [4.0, 0.0, 5.0]])
    close(evaluate(sg.hessian(x @ A @ x, x), x=np.ones(3)), A + A.T)


# XOR: Deep Learning, section 6.1.


def test_linear_model_on_xor():
    """J = ¼ Σ (y - x₁w₁ - x₂w₂ - b)²: its normal equations, and 1/2 everywhere."""
    g = sg.Graph()
    w, b = g.input("w", "[2]"), g.input("b")
    J = 0.25 * ((XOR_Y - g.constant(XOR_X) @ w - b) ** 2).sum()
    gradient = sg.grad(J, [w, b])
    parameters = g.input("theta", "[3]")
    stacked = 0.25 * ((XOR_Y - g.constant(np.c_[XOR_X, np.ones(4)]) @ parameters) ** 2).sum()
    H = evaluate(sg.hessian(stacked, parameters), theta=np.zeros(3))
    slope = evaluate(sg.grad(stacked, parameters), theta=np.zeros(3))
    # Rows of H θ = -slope: 2w₁ + w₂ + 2b = 1, w₁ + 2w₂ + 2b = 1, w₁ + w₂ + 2b = 1.
    close(2 * H, [[2, 1, 2], [1, 2, 2], [2, 2, 4]])
    close(-2 * slope, [1, 1, 2])
    close(np.linalg.solve(H, -slope), [0, 0, 0.5])
    at = {"w": np.zeros(2), "b": 0.5}
    for d in evaluate(gradient, **at):
        close(d, 0 * d)
    close(evaluate(g.constant(XOR_X) @ w + b, **at), np.full(4, 0.5))
    close(evaluate(J, **at), 0.25)


XOR_NET = "XW = X @ W\na = XW + c\nh = relu(a)\nh @ w + b"
XOR_TYPES = {"X": "[n, 2]", "W": "[2, 2]", "c": "[2]", "w": "[2]", "b": "[]"}
XOR_VALUES = {
    "X": XOR_X,
    "W": np.ones((2, 2)),
    "c": np.array([0.0, -1.0]),
    "w": np.array([1.0, -2.0]),
    "b": 0.0,
}


def test_xor_network():
    out = sg.parse(XOR_NET, XOR_TYPES)
    names = out.graph.named
    found = evaluate([names["XW"], names["a"], names["h"], out], **XOR_VALUES)
    close(found[0], [[0, 0], [1, 1], [1, 1], [2, 2]])
    close(found[1], [[0, -1], [1, 0], [1, 0], [2, 1]])
    close(found[2], [[0, 0], [1, 0], [1, 0], [2, 1]])
    close(found[3], [0, 1, 1, 0])


def test_the_xor_solution_has_no_gradient():
    out = sg.parse(XOR_NET, XOR_TYPES)
    y = out.graph.input("y", "[n]")
    loss = ((out - y) ** 2).mean()
    grads = sg.grad(loss, ["W", "c", "w", "b"])
    for found in evaluate([loss, *grads], **XOR_VALUES, y=XOR_Y):
        assert not np.any(found)


def test_two_linear_layers_are_one():
    g = sg.Graph()
    x, A, B = g.input("x", "[n, 2]"), g.input("A", "[2, 5]"), g.input("B", "[5, 3]")
    rng = np.random.default_rng(0)
    values = {k: rng.normal(size=s) for k, s in (("x", (4, 2)), ("A", (2, 5)), ("B", (5, 3)))}
    two, one = evaluate([(x @ A) @ B, x @ (A @ B)], **values)
    close(two, one)


# Networks.


def test_backward_through_layers_is_the_books_algorithm():
    """g ← ∇ŷJ; g ← g ⊙ f'(a); ∇b = g + λ∇Ω; ∇W = g hᵀ + λ∇Ω; g ← Wᵀg, for one example."""
    g = sg.Graph()
    sizes, lam = [3, 4, 2], 0.01
    x, y = g.input("x", "[3]"), g.input("y", "[2]")
    W = [g.input(f"W{k}", (sizes[k + 1], sizes[k])) for k in range(2)]
    b = [g.input(f"b{k}", (sizes[k + 1],)) for k in range(2)]
    h = x
    for k in range(2):
        h = sg.tanh(b[k] + W[k] @ h)
    omega = sum((0.5 * (p**2).sum() for p in (*W, *b)), start=0.0)
    J = 0.5 * ((h - y) ** 2).sum() + lam * omega
    rng = np.random.default_rng(1)
    values = {name: rng.normal(size=e.shape) for name, e in g.inputs.items()}
    found = evaluate(sg.grad(J, [*W, *b]), **values)

    hs = [values["x"]]
    for k in range(2):
        hs.append(np.tanh(values[f"b{k}"] + values[f"W{k}"] @ hs[-1]))
    delta, expected = hs[2] - values["y"], {}
    for k in (1, 0):
        delta = delta * (1 - hs[k + 1] ** 2)
        expected[f"b{k}"] = delta + lam * values[f"b{k}"]
        expected[f"W{k}"] = np.outer(delta, hs[k]) + lam * values[f"W{k}"]
        delta = values[f"W{k}"].T @ delta
    for name, got in zip(("W0", "W1", "b0", "b1"), found, strict=True):
        close(got, expected[name])


def test_the_2_2_2_sigmoid_network():
    """All eight weight gradients of ½‖y - ŷ‖² in closed form."""
    g = sg.Graph()
    x, y = g.input("x", "[2]"), g.input("y", "[2]")
    V, W = g.input("V", "[2, 2]"), g.input("W", "[2, 2]")
    h = sg.sigmoid(V @ x)
    yhat = sg.sigmoid(W @ h)
    loss = 0.5 * ((y - yhat) ** 2).sum()
    values = {
        "x": np.array([0.05, 0.10]),
        "y": np.array([0.01, 0.99]),
        "V": np.array([[0.15, 0.20], [0.25, 0.30]]),
        "W": np.array([[0.40, 0.45], [0.50, 0.55]]),
    }
    dV, dW = evaluate(sg.grad(loss, [V, W]), **values)
    H = SIGMOID(values["V"] @ values["x"])
    Y = SIGMOID(values["W"] @ H)
    for i in range(2):
        delta = (Y[i] - values["y"][i]) * Y[i] * (1 - Y[i])
        for j in range(2):
            assert dW[i, j] == pytest.approx(delta * H[j], rel=1e-13)
    for j in range(2):
        back = sum(
            (Y[i] - values["y"][i]) * Y[i] * (1 - Y[i]) * values["W"][i, j] for i in range(2)
        )
        for k in range(2):
            assert dV[j, k] == pytest.approx(back * H[j] * (1 - H[j]) * values["x"][k], rel=1e-13)


def test_perceptron_update():
    """w ← w + ε (t - y) x for a wrong answer, nothing for a right one; targets in {-1, 1}."""
    g = sg.Graph()
    w, x, t = g.input("w", "[2]"), g.input("x", "[2]"), g.input("t")
    cost = sg.relu(-t * (w @ x))
    new = w - 0.5 * sg.grad(cost, w)
    X = np.array([1.0, -2.0])
    close(evaluate(new, w=np.array([1.0, 1.0]), x=X, t=1.0), [1.5, 0.0])
    close(evaluate(new, w=np.array([1.0, 1.0]), x=X, t=-1.0), [1.0, 1.0])


@pytest.mark.parametrize("depth", [1, 2, 10, 1000])
def test_any_number_of_layers(depth):
    g = sg.Graph()
    x, w = g.input("x"), g.input("w")
    h = x
    for _ in range(depth):
        h = sg.tanh(w * h)
    value, slope = 0.5, 0.0
    for _ in range(depth):
        inner, inner_slope = 1.1 * value, value + 1.1 * slope
        value = np.tanh(inner)
        slope = (1 - value**2) * inner_slope
    found = evaluate([h, sg.grad(h, w)], x=0.5, w=1.1)
    close(found, [value, slope], rtol=1e-9)


# Units.

UNITS = {
    "relu": (sg.relu, {-2.0: (0, 0), 0.0: (0, 0), 3.0: (3, 1)}),
    "absolute value rectification": (abs, {-2.0: (2, -1), 0.0: (0, 0), 3.0: (3, 1)}),
    "leaky relu max(0.1x, x)": (
        lambda x: sg.maximum(0.1 * x, x),
        {-2.0: (-0.2, 0.1), 3.0: (3, 1)},
    ),
    "leaky relu": (lambda x: sg.leaky_relu(x, 0.01), {-2.0: (-0.02, 0.01), 3.0: (3, 1)}),
    "hard tanh": (
        lambda x: sg.maximum(-1.0, sg.minimum(1.0, x)),
        {-2.0: (-1, 0), 0.5: (0.5, 1), 3.0: (1, 0)},
    ),
    "clipped linear": (
        lambda x: sg.maximum(0.0, sg.minimum(1.0, 2.0 * x + 0.5)),
        {-2.0: (0, 0), 0.1: (0.7, 2), 3.0: (1, 0)},
    ),
    "cosine": (sg.cos, {0.0: (1, 0), np.pi / 2: (0, -1)}),
    "radial basis": (
        lambda x: sg.exp(-((2.0 * abs(x - 1.0)) ** 2)),
        {1.0: (1, 0), 2.0: (np.exp(-4), -8 * np.exp(-4))},
    ),
    "linear": (lambda x: 2.0 * x + 1.0, {5.0: (11, 2)}),
    "softplus": (sg.softplus, {0.0: (np.log(2), 0.5), 1000.0: (1000, 1), -1000.0: (0, 0)}),
    "sigmoid": (sg.sigmoid, {0.0: (0.5, 0.25), 1000.0: (1, 0), -1000.0: (0, 0)}),
    "tanh": (sg.tanh, {0.0: (0, 1), 1000.0: (1, 0), -1000.0: (-1, 0)}),
}


@pytest.mark.parametrize("name", UNITS)
def test_units(name):
    unit, points = UNITS[name]
    x = sg.Graph().input("x")
    y = unit(x)
    f = sg.function([x], [y, sg.grad(y, x)])
    for at, (value, slope) in points.items():
        close(f(at), [value, slope], rtol=1e-14, atol=1e-15)


def test_absolute_value_rectification_is_the_relu_family_with_slope_minus_one():
    x = sg.Graph().input("x", "[5]")
    X = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
    family = sg.maximum(0.0, x) + -1.0 * sg.minimum(0.0, x)
    close(evaluate(family, x=X), evaluate(abs(x), x=X))


def test_parametric_relu_learns_its_slope():
    g = sg.Graph()
    x, alpha = g.input("x", "[4]"), g.input("alpha")
    y = sg.maximum(0.0, x) + alpha * sg.minimum(0.0, x)
    X = np.array([-2.0, -1.0, 1.0, 3.0])
    close(evaluate(sg.grad(y.sum(), alpha), x=X, alpha=0.25), -3.0)
    close(evaluate(sg.grad(y.sum(), x), x=X, alpha=0.25), [0.25, 0.25, 1, 1])


def test_maxout():
    g = sg.Graph()
    x, W, b = g.input("x", "[2]"), g.input("W", "[2, 3, 2]"), g.input("b", "[2, 3]")
    z = (W * x).sum(axis=-1) + b
    h = z.max(axis=0)
    rng = np.random.default_rng(2)
    values = {"x": np.array([1.0, -1.0]), "W": rng.normal(size=(2, 3, 2)), "b": np.zeros((2, 3))}
    found, db = evaluate([h, sg.grad(h.sum(), b)], **values)
    Z = values["W"] @ values["x"]
    close(found, Z.max(axis=0))
    close(db, Z == Z.max(axis=0))
    pair = sg.maximum(z[0], z[1])
    close(evaluate(pair, **values), found)


def test_tanh_is_a_sigmoid():
    x = sg.Graph().input("x", "[7]")
    X = np.linspace(-6, 6, 7)
    left, right = evaluate([sg.tanh(x), 2 * sg.sigmoid(2 * x) - 1], x=X)
    close(left, right, atol=1e-15)


def test_saturation():
    """σ' and tanh' vanish at large |z|; the slope of ReLU does not."""
    x = sg.Graph().input("x")
    slopes = [sg.grad(f(x), x) for f in (sg.sigmoid, sg.tanh, sg.relu)]
    sigma, tanh, relu = evaluate(slopes, x=20.0)
    assert 0 < sigma < 1e-8 and 0 <= tanh < 1e-15 and relu == 1


# Losses and output units.


def test_mean_squared_error_and_its_gradient():
    """∂/∂W of ½‖Wx - y‖² is (ŷ - y) xᵀ: the sign that one note drops."""
    g = sg.Graph()
    W, x, y = g.input("W", "[2, 3]"), g.input("x", "[3]"), g.input("y", "[2]")
    J = 0.5 * ((y - W @ x) ** 2).sum()
    v = {"W": np.arange(6.0).reshape(2, 3), "x": np.array([1.0, 0.0, -1.0]), "y": np.ones(2)}
    close(evaluate(sg.grad(J, W), **v), np.outer(v["W"] @ v["x"] - v["y"], v["x"]))


def test_mean_and_median_are_minimizers():
    g = sg.Graph()
    c, x = g.input("c"), g.input("x", "[n]")
    X = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    squared, absolute = sg.grad(((x - c) ** 2).mean(), c), sg.grad(abs(x - c).mean(), c)
    close(evaluate(squared, c=X.mean(), x=X), 0, atol=1e-13)
    assert evaluate(absolute, c=np.median(X), x=X) == 0
    assert evaluate(absolute, c=2.5, x=X) < 0 < evaluate(absolute, c=3.5, x=X)
    assert evaluate(squared, c=3.0, x=X) < 0


def test_gaussian_likelihood_is_mean_squared_error():
    """-m log σ - m/2 log 2π - Σ(ŷ - y)²/(2σ²): the same gradient up to scale."""
    g = sg.Graph()
    w, sigma = g.input("w", "[2]"), g.input("sigma")
    X, y = g.input("X", "[m, 2]"), g.input("y", "[m]")
    m = X.shape[0]
    error = ((X @ w - y) ** 2).sum()
    half = g.constant(0.5)
    likelihood = -m * sg.log(sigma) - m * half * np.log(2 * np.pi) - error / (2 * sigma**2)
    rng = np.random.default_rng(3)
    v = {
        "w": rng.normal(size=2),
        "sigma": 0.7,
        "X": rng.normal(size=(6, 2)),
        "y": rng.normal(size=6),
    }
    value, ascent, slope = evaluate(
        [likelihood, sg.grad(likelihood, w), sg.grad((error / m), w)], **v
    )
    r = v["X"] @ v["w"] - v["y"]
    densities = np.exp(-(r**2) / (2 * 0.49)) / np.sqrt(2 * np.pi * 0.49)
    close(value, np.log(densities).sum())
    close(ascent, -6 / (2 * 0.49) * slope)


Z = np.array([-1000.0, -30.0, -1.0, 0.0, 1.0, 30.0, 1000.0])


def exact_softplus(z):
    with mpmath.workdps(900):
        return np.array([float(mpmath.log(1 + mpmath.exp(mpmath.mpf(v)))) for v in z])


def exact_sigmoid(z):
    with mpmath.workdps(900):
        return np.array([float(1 / (1 + mpmath.exp(-mpmath.mpf(v)))) for v in z])


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_bernoulli_output_at_any_logit(y):
    """-log σ((2y - 1)z) = softplus((1 - 2y)z), strong gradient when wrong, tiny when right."""
    g = sg.Graph()
    z = g.input("z", "[7]")
    naive, stable = -sg.log(sg.sigmoid((2 * y - 1) * z)), sg.softplus((1 - 2 * y) * z)
    f = sg.function([z], [naive, stable, sg.grad(naive.sum(), z), sg.grad(stable.sum(), z)])
    with np.errstate(all="raise", under="ignore"):
        found = f(Z)
    cost = exact_softplus((1 - 2 * y) * Z)
    slope = (1 - 2 * y) * exact_sigmoid((1 - 2 * y) * Z)
    for got, expected in zip(found, (cost, cost, slope, slope), strict=True):
        close(got, expected, rtol=1e-14, atol=0)
    wrong, right = ((Z < 0), (Z > 0)) if y else ((Z > 0), (Z < 0))
    assert (abs(found[2][wrong & (abs(Z) > 1)]) > 0.99).all()
    assert (abs(found[2][right & (abs(Z) > 1)]) < 1e-12).all()


@pytest.mark.parametrize("y", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("sigmoid", ["sigmoid(z)", "1 / (1 + exp(-z))"])
def test_naive_binary_cross_entropy_is_stabilized(y, sigmoid):
    """-[y log f + (1 - y) log(1 - f)] is finite and right at z = ±1000, value and gradient."""
    cost = sg.parse(f"f = {sigmoid}\n-(y * log(f) + (1 - y) * log(1 - f))", z="[7]", y="[]")
    found = evaluate([cost, sg.grad(cost.sum(), "z")], z=Z, y=y)
    close(found[0], y * exact_softplus(-Z) + (1 - y) * exact_softplus(Z), rtol=1e-13, atol=0)
    expected = -y * exact_sigmoid(-Z) + (1 - y) * exact_sigmoid(Z)
    close(found[1], expected, rtol=1e-12, atol=1e-300)


def test_softmax_is_invariant_and_exact_far_out():
    g = sg.Graph()
    z, c = g.input("z", "[3]"), g.input("c")
    for far in (np.array([1e4, 0.0, -1e4]), np.array([-1e4, -1e4, -1e4]), np.array([1.0, 2, 3])):
        p, shifted, log_p, logs = evaluate(
            [sg.softmax(z), sg.softmax(z + c), sg.log_softmax(z), z - sg.logsumexp(z)],
            z=far,
            c=512.0,
        )
        with mpmath.workdps(9000):
            e = [mpmath.exp(mpmath.mpf(v)) for v in far]
            exact = [float(v / sum(e)) for v in e]
            exact_log = [float(mpmath.log(v / sum(e))) for v in e]
        close(p, exact, rtol=1e-14, atol=0)
        close(shifted, exact, rtol=1e-10, atol=0)
        close(log_p, exact_log, rtol=1e-14, atol=0)
        close(logs, exact_log, rtol=1e-14, atol=1e-11)


def test_two_classes_of_softmax_are_a_sigmoid():
    z = sg.Graph().input("z", "[2]")
    Z2 = np.array([0.3, -1.2])
    close(evaluate(sg.softmax(z)[0], z=Z2), SIGMOID(Z2[0] - Z2[1]))


def test_cross_entropy_of_the_notes():
    """ŷ = (.12, .8, .01, .07) with the second class right costs -log 0.8."""
    g = sg.Graph()
    yhat, y = g.input("yhat", "[4]"), g.input("y", "[4]")
    cost = -(y * sg.log(yhat)).sum()
    p = np.array([0.12, 0.8, 0.01, 0.07])
    found, slope = evaluate([cost, sg.grad(cost, yhat)], yhat=p, y=np.array([0.0, 1, 0, 0]))
    close(found, -np.log(0.8))
    close(slope, [0, -1.25, 0, 0])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_softmax_cross_entropy_with_labels_and_one_hot(dtype):
    """Its gradient is softmax(z) - y, for integer labels and one-hot rows."""
    g = sg.Graph()
    z, k, y = g.input("z", "[n, 3]", dtype), g.input("k", "int64[n]"), g.input("y", "[n, 3]", dtype)
    by_label = -(sg.one_hot(k, 3) * sg.log_softmax(z)).sum()
    by_row = -(y * sg.log(sg.softmax(z))).sum()
    logits = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [-1e3, 0.0, 1e3]]).astype(dtype)
    K = np.array([2, 0, 1])
    v = {"z": logits, "k": K, "y": np.eye(3)[K].astype(dtype)}
    a, b, da, db = evaluate([by_label, by_row, sg.grad(by_label, z), sg.grad(by_row, z)], **v)
    with np.errstate(under="ignore"):
        shifted = logits.astype(float) - logits.max(axis=1, keepdims=True)
        p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    tolerance = {"float64": 1e-14, "float32": 1e-6}[dtype]
    for found in (da, db):
        close(found, p - np.eye(3)[K], rtol=tolerance, atol=tolerance)
    expected = -np.log(p[0, 2]) + np.log(3) + 1000
    close([a, b], expected, rtol=tolerance)
    assert da.dtype == db.dtype == dtype


def test_cost_of_one_dominant_wrong_logit():
    """It is about max z - z_k: linear, so the gradient does not vanish."""
    g = sg.Graph()
    z = g.input("z", "[3]")
    cost = -sg.log_softmax(z)[0]
    found, slope = evaluate([cost, sg.grad(cost, z)], z=np.array([-5.0, 500.0, 3.0]))
    close(found, 505.0)
    close(slope, [-1, 1, 0])


def test_kullback_leibler_divergence():
    g = sg.Graph()
    p, z = g.input("p", "[3]"), g.input("z", "[3]")
    kl = (p * (sg.log(p) - sg.log_softmax(z))).sum()
    P = np.array([0.2, 0.5, 0.3])
    found, slope = evaluate([kl, sg.grad(kl, z)], p=P, z=np.log(P) + 7)
    close(found, 0, atol=1e-15)
    close(slope, np.zeros(3), atol=1e-15)


def test_two_class_logistic_regression():
    """∇E = Σ(y - t)φ; the simplified gradient has neither logarithm nor division."""
    g = sg.Graph()
    phi, w, t = g.input("phi", "[n, 3]"), g.input("w", "[3]"), g.input("t", "[n]")
    y = sg.sigmoid(phi @ w)
    E = -(t * sg.log(y) + (1 - t) * sg.log(1 - y)).sum()
    gradient = sg.grad(E, w)
    rng = np.random.default_rng(4)
    v = {"phi": rng.normal(size=(8, 3)), "w": rng.normal(size=3), "t": rng.integers(0, 2, 8) * 1.0}
    close(evaluate(gradient, **v), v["phi"].T @ (SIGMOID(v["phi"] @ v["w"]) - v["t"]))
    ops = {n.op for n in ancestors([sg.simplify(gradient)])}
    assert not ops & {"log", "divide", "reciprocal"}


def test_many_class_logistic_regression():
    """∇wⱼE = Σ(yₙⱼ - tₙⱼ)φₙ."""
    g = sg.Graph()
    phi, W, t = g.input("phi", "[n, 3]"), g.input("W", "[3, 4]"), g.input("t", "[n, 4]")
    E = -(t * sg.log(sg.softmax(phi @ W))).sum()
    rng = np.random.default_rng(5)
    T = np.eye(4)[rng.integers(0, 4, 8)]
    v = {"phi": rng.normal(size=(8, 3)), "W": rng.normal(size=(3, 4)), "t": T}
    e = np.exp(v["phi"] @ v["W"])
    close(evaluate(sg.grad(E, W), **v), v["phi"].T @ (e / e.sum(axis=1, keepdims=True) - T))
    assert "divide" not in {n.op for n in ancestors([sg.simplify(sg.grad(E, W))])}


@pytest.mark.parametrize(
    "omega, slope",
    [
        (lambda w: (w**2).sum(), lambda w: 2 * w),
        (lambda w: 0.5 * (w @ w), lambda w: w),
        (lambda w: abs(w).sum(), np.sign),
    ],
    ids=["L2", "half L2", "L1"],
)
def test_regularizers(omega, slope):
    g = sg.Graph()
    w, lam = g.input("w", "[4]"), g.input("lam")
    W = np.array([-2.0, 0.0, 0.5, 3.0])
    found = evaluate(sg.grad((w - 1.0).sum() + lam * omega(w), w), w=W, lam=0.1)
    close(found, 1 + 0.1 * slope(W))


# Learning.


def test_a_training_step_is_one_emitted_function():
    """x' = x - ε∇f and the sign step x - ε sign(f'), as expressions."""
    g = sg.Graph()
    x, eps = g.input("x"), g.input("eps")
    f = 0.5 * x**2 + sg.cos(x)
    slope = sg.grad(f, x)
    close(
        evaluate([x - eps * slope, x - eps * sg.sign(slope)], x=2.0, eps=0.1),
        [2 - 0.1 * (2 - np.sin(2)), 1.9],
    )


def test_mini_batch_gradients_average_to_the_full_gradient():
    g = sg.Graph()
    X, y, w = g.input("X", "[n, 2]"), g.input("y", "[n]"), g.input("w", "[2]")
    gradient = sg.function([X, y, w], sg.grad(((X @ w - y) ** 2).mean(), w))
    rng = np.random.default_rng(6)
    A, t, v = rng.normal(size=(12, 2)), rng.normal(size=12), rng.normal(size=2)
    parts = [gradient(A[i : i + 4], t[i : i + 4], v) for i in (0, 4, 8)]
    close(np.mean(parts, axis=0), gradient(A, t, v))


def test_gradient_descent_learns_xor():
    types = {"X": "[4, 2]", "W": "[2, 4]", "c": "[4]", "w": "[4]", "b": "[]", "y": "[4]"}
    loss = sg.parse("mean((tanh(X @ W + c) @ w + b - y)**2)", types)
    names = ["W", "c", "w", "b"]
    inputs = loss.graph.inputs
    updated = [inputs[n] - 0.3 * g for n, g in zip(names, sg.grad(loss, names), strict=True)]
    step = sg.function([inputs[n] for n in ("X", "y", *names)], [loss, *updated])
    rng = np.random.default_rng(0)
    theta = [rng.normal(size=s) for s in ((2, 4), 4, 4, ())]
    for _ in range(2000):
        value, *theta = step(XOR_X, XOR_Y, *theta)
    assert value < 1e-3


# Calculus of variations.


def euler_lagrange(L, x, y, dy, ddy):
    """∂L/∂y - d/dx ∂L/∂y', the total derivative taken along (1, y', y'')."""
    p = sg.grad(L, dy)
    return sg.grad(L, y) - sg.jvp(p, [x, y, dy], [1.0, dy, ddy])


def test_straight_lines_are_shortest():
    """L = √(1 + y'²): the expression is -y''/(1 + y'²)^{3/2}, zero on y = mx + b."""
    g = sg.Graph()
    x, y, dy, ddy = (g.input(n) for n in ("x", "y", "dy", "ddy"))
    E = euler_lagrange(sg.sqrt(1 + dy**2), x, y, dy, ddy)
    f = sg.function([x, y, dy, ddy], E)
    for slope, bend in [(0.3, 0.7), (-2.0, 1.5), (1.0, 0.0)]:
        close(f(0.1, 0.2, slope, bend), -bend / (1 + slope**2) ** 1.5)
    assert f(0.5, 2.0, 3.0, 0.0) == 0


def test_a_spring_obeys_its_equation_of_motion():
    """L = ½ y'² - ½ y²: -y - y'' = 0, which the sine fulfills."""
    g = sg.Graph()
    x, y, dy, ddy = (g.input(n) for n in ("x", "y", "dy", "ddy"))
    E = euler_lagrange(0.5 * dy**2 - 0.5 * y**2 * sg.cos(0.0 * x), x, y, dy, ddy)
    t = 0.8
    close(evaluate(E, x=t, y=np.sin(t), dy=np.cos(t), ddy=-np.sin(t)), 0.0)
    close(evaluate(E, x=t, y=1.0, dy=0.0, ddy=1.0), -2.0)
