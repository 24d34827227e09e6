"""Fast code of models beside the benchmark's: the calls of tuned NumPy, and the same numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import symgrad as sg
from tests.backends.traced import peak

RNG = np.random.default_rng(3)

STEPS = 6
RECURRENT = "\n".join(
    f"h{i + 1} = tanh(X[{i}] @ W + h{i} @ U + b)" for i in range(STEPS)
)  # of a state that is given
GATED = "\n".join(
    f"z{i} = sigmoid(X[{i}] @ W + h{i} @ U + b)\n"
    f"h{i + 1} = (1 - z{i}) * h{i} + z{i} * tanh(X[{i}] @ V + h{i} @ S)"
    for i in range(STEPS)
)
ATTENTION = "s = where(C, {}, -inf)\nsum((softmax(s) @ (X @ P) - Y)**2)"
QUERIES = "X: [n, 16]; A: [16, 4]; B: [16, 4]; P: [16, 4]; Y: [n, 4]; C: bool[n, n]"

MODELS = {
    "stacks": (
        "h = tanh(X @ W + b)\nmean((h @ V + c - Y)**2)",
        "X: [n, m, 5]; Y: [n, m, 3]; W: [5, 7]; b: [7]; V: [7, 3]; c: [3]",
    ),
    "convolution": (
        "z = einsum('nhwc,co->nhwo', X[:, :4, 1:], W) + einsum('nhwc,co->nhwo', X[:, 1:, :4], V)\n"
        "sum(relu(z + b)**2)",
        "X: [n, 5, 5, 2]; W: [2, 3]; V: [2, 3]; b: [3]",
    ),
    "leaky": (
        "mean((leaky_relu(X @ W + b) @ V + c - Y)**2)",
        "X: [n, 5]; Y: [n, 3]; W: [5, 70]; b: [70]; V: [70, 3]; c: [3]",
    ),
    "dropout": (
        "mean((relu(X @ W + b) * D / 0.8 @ V - Y)**2)",
        "X: [n, 5]; Y: [n, 3]; W: [5, 70]; b: [70]; V: [70, 3]; D: bool[n, 70]",
    ),
    "labels": (
        "p = log_softmax(X @ W + b)\n0.1 * sum(W**2) - mean(p[arange(n), y])",
        "X: [n, 5]; y: int64[n]; W: [5, 4]; b: [4]",
    ),
    "attention": (ATTENTION.format("(X @ A) @ (X @ B).T / 2"), QUERIES),
    "scaled": (ATTENTION.format("0.5 * ((X @ A) @ (X @ B).T)"), QUERIES),
    "heads": (
        "q = transpose(reshape(X @ A, (n, 2, 3)), (1, 0, 2))\n"
        "k = transpose(reshape(X @ B, (n, 2, 3)), (1, 0, 2))\n"
        "p = softmax(q @ transpose(k, (0, 2, 1)) / sqrt(3.0))\n"
        "sum((reshape(transpose(p @ k, (1, 0, 2)), (n, 6)) - Y)**2)",
        "X: [n, 5]; A: [5, 6]; B: [5, 6]; Y: [n, 6]",
    ),
    "recurrent": (
        f"{RECURRENT}\nsum((h{STEPS} - Y)**2)",
        "X: [6, n, 3]; h0: [n, 4]; W: [3, 4]; U: [4, 4]; b: [4]; Y: [n, 4]",
    ),
    "gated": (
        f"{GATED}\nsum((h{STEPS} - Y)**2)",
        "X: [6, n, 3]; h0: [n, 4]; W: [3, 4]; U: [4, 4]; b: [4]; V: [3, 4]; S: [4, 4]; Y: [n, 4]",
    ),
    "embedding": (
        "sum((tanh(mean(E[k], axis=1) @ W) - Y)**2)",
        "k: int64[n, 4]; E: [9, 5]; W: [5, 3]; Y: [n, 3]",
    ),
    "contrastive": (
        "z = (X @ W) @ (Y @ V).T / 0.5\n"
        "-mean(diagonal(log_softmax(z, axis=1)) + diagonal(log_softmax(z, axis=0)))",
        "X: [n, 5]; Y: [n, 5]; W: [5, 3]; V: [5, 3]",
    ),
    "parts": (
        "z = X @ W\nh = where(z > 0, z, 0.2 * z)\nsum((where(h > 0.1, h, 0) @ V - Y)**2)",
        "X: [n, 5]; W: [5, 70]; V: [70, 3]; Y: [n, 3]",
    ),
    "gates": (
        "g = X @ W + b\nsum((sigmoid(g[:, :4]) * tanh(g[:, 4:]) - Y)**2)",
        "X: [n, 5]; W: [5, 8]; b: [8]; Y: [n, 4]",
    ),
}


def compiled(name, dtype="float64", style="fast", **options):
    text, specs = MODELS[name]
    types = dict(entry.split(": ") for entry in specs.split("; "))
    types = {k: dtype + v if v.startswith("[") else v for k, v in types.items()}
    loss = sg.parse(text, types)
    wrt = [k for k, v in types.items() if v.startswith("float") and k not in ("X", "Y", "h0")]
    inputs = [loss.graph.inputs[k] for k in types]
    return sg.function(inputs, [loss, *sg.grad(loss, wrt)], style=style, **options), types


def arguments(types, n=8, m=6):
    arrays = []
    for spec in types.values():
        dims = re.findall(r"\w+", spec.partition("[")[2])
        shape = [{"n": n, "m": m}.get(d) or int(d) for d in dims]
        numbers = RNG.normal(size=shape) / 2
        if spec.startswith("bool"):
            numbers = (numbers > -0.3) | (np.arange(shape[-1]) == 0)
        elif spec.startswith("int"):
            numbers = RNG.integers(0, 4, shape)
        else:
            numbers = numbers.astype(spec.partition("[")[0])
        arrays.append(numbers)
    return arrays


def body(name, **options):
    """The lines between the checks and the function's end."""
    source = compiled(name, **options)[0].source
    return source[source.index("    # ") : source.index("\n    return [", source.index("    # "))]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_the_numbers_are_those_of_plain_code_without_rewriting(name, dtype):
    f, types = compiled(name, dtype)
    plain, _ = compiled(name, "float64", style="readable", stabilize=False)
    bound = 1e-11 if dtype == "float64" else 2e-4
    for n in (8, 3, 120):
        given = arguments(types, n=n)
        before = [x.copy() for x in given]
        wide = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in given]
        expected = plain(*wide)
        for _ in range(2):  # in memory of the first call
            for a, b in zip(f(*given), expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=bound, atol=bound * np.max(np.abs(b)))
        assert all(np.array_equal(x, y) for x, y in zip(given, before, strict=True))


@pytest.mark.parametrize("name", ["stacks", "convolution"])
def test_stacks_of_matrices_are_one_product(name):
    """Forward, and for each gradient of weights; sums over examples are products with ones."""
    code = body(name)
    assert "matmul" not in code and "reduce" not in code
    biases, weights, units = {"stacks": (2, 2, 1), "convolution": (1, 2, 0)}[name]
    products = 2 * weights + biases + units + 1  # and the loss
    assert len(re.findall(r"\.dot\(", code)) == products
    strided = re.findall(r"\w+\[\.\.\.\] = X\[", code)
    assert len(strided) == (2 if name == "convolution" else 0)  # copied once for both passes


def test_leaky_units_make_no_choice():
    code = body("leaky")
    assert "where" not in code
    assert len(re.findall(r"_maximum\(", code)) == 2  # forward, and for the slopes
    assert len(re.findall(r"_greater\(", code)) == 1


@pytest.mark.parametrize("slope", [0, 0.5, 1])
def test_leaky_units_keep_what_is_infinite(slope):
    x = sg.Graph().input("x", "[n]")
    given = np.array([np.inf, -1e308, 1.5, -0.0, np.nan])
    expected = [np.inf, slope * -1e308, 1.5, -0.0, np.nan]
    with np.errstate(invalid="ignore"):  # 0 * inf, which is not taken
        found = sg.function([x], sg.leaky_relu(x, slope))(given)
    np.testing.assert_array_equal(found, expected)


def test_a_mask_of_dropout_is_divided_once():
    """For both passes; nothing else of the size of the units is."""
    assert body("dropout").count("_divide(") == 1


def test_the_labels_change_entries_of_the_gradient_alone():
    code = body("labels")
    assert "scatter_add" not in code
    assert (
        len(re.findall(r"\w+\[\w+, y\] -= 1\.0", code) + re.findall(r"\[\w+, y\] -= C", code)) == 1
    )


@pytest.mark.parametrize("name", ["attention", "scaled"])
def test_scores_of_attention_are_passed_over_as_seldom_as_by_hand(name):
    """Nothing is multiplied by a number, nor summed in the gradient, in the size of the scores."""
    code = body(name)
    large = [line for line in code.splitlines() if "[n, n]" in line or "d_s" in line]
    assert not [line for line in large if re.search(r"_divide|C\d+, \w+, \w+\)|reduce", line)]
    assert "softmax(z1, out=" in code or re.search(r"softmax\((\w+), out=\1\)", code)
    assert len(re.findall(r"_(?:multiply|divide)\(", code)) <= 5


@pytest.mark.parametrize(("name", "weights"), [("recurrent", 3), ("gated", 5)])
def test_gradients_of_all_steps_are_one_product_each(name, weights):
    """What is computed lies under one another already: nothing is added up, nothing copied."""
    code = body(name)
    gradients = re.findall(r"(?:\.T|ones\d+)\.dot\(", code)
    given = 1 if name == "recurrent" else 2  # the state that is given is no part of the units
    assert len(gradients) == weights + given
    assert "concatenate" not in code and "stack(" not in code


def test_softmax_of_any_number_of_classes_is_computed_where_there_is_room():
    """No array is made; a logarithm's operand is overwritten when nothing else reads it."""
    code = body("contrastive")
    assert len(re.findall(r"log_softmax\(\w+, (?:axis=0, )?out=\w+\)", code)) == 2
    f, types = compiled("contrastive", reuse_outputs=True)
    given = arguments(types, n=300)
    for _ in range(3):
        f(*given)
    assert peak(f, given) < 300 * 300 * 8 / 4


def test_rows_of_a_table_are_taken():
    code = body("embedding")
    assert "E.take(k, 0)" in code


def test_slopes_of_parts_of_a_layer_are_made_of_their_values():
    """As those of a layer: h (1 - h) and 1 - h²."""
    code = body("gates")
    assert len(re.findall(r"_exp\(", code)) == 1 and "sech" not in code
    assert len(re.findall(r"_divide\(", code)) == 1  # the sigmoid's own
