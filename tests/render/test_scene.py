"""What a picture shows: names of cotangents, parts, kinds, folded constants."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

import symgrad as sg
from symgrad.graph.walk import ancestors
from symgrad.render.labels import changes_shape, operation_text, type_text
from symgrad.render.names import Symbol
from symgrad.render.scene import FORWARD, Part, build_scene


def xor() -> tuple[sg.Expr, list[sg.Expr]]:
    loss = sg.parse(
        "h = relu(X @ W + c)\nloss = mean((h @ w + b - y)**2)",
        X="[n, 2]",
        W="[2, 2]",
        c="[2]",
        w="[2]",
        b="[]",
        y="[n]",
    )
    return loss, sg.grad(loss, ["W", "c", "w", "b"])


def scene_names(*exprs: sg.Expr) -> list[str]:
    scene = build_scene(list(exprs))
    return [str(scene.names.symbol(e)) for e in exprs]


@pytest.mark.parametrize(
    ("wrt", "text"),
    [
        ([], "y"),
        (["x"], "∂y/∂x"),
        (["x", "x"], "∂²y/∂x²"),
        (["x", "w"], "∂²y/∂x∂w"),
        (["x"] * 12, "∂¹²y/∂x¹²"),
    ],
)
def test_symbols(wrt: list[str], text: str) -> None:
    symbol = Symbol("y")
    for name in wrt:
        symbol = symbol.by(name)
    assert str(symbol) == text


def test_gradients_are_called_by_what_they_are() -> None:
    _, grads = xor()
    assert scene_names(*grads) == ["∂loss/∂W", "∂loss/∂c", "∂loss/∂w", "∂loss/∂b"]


def test_cotangents_of_named_values_are_called_too() -> None:
    _, grads = xor()
    scene = build_scene(grads)
    assert "∂loss/∂h" in {str(s) for s in scene.names.symbols.values()}


def test_second_order() -> None:
    x = sg.Graph().input("x")
    y = (x**4).named("y")
    first = sg.grad(y, x)
    second = sg.grad(first, x)
    assert scene_names(first, second) == ["∂y/∂x", "∂²y/∂x²"]
    parts = build_scene([y, first, second]).parts
    assert parts[y.id] == FORWARD
    assert parts[first.id] == Part("gradient of y", 1, True)
    assert parts[second.id] == Part("gradient of ∂y/∂x", 2, False)


def test_what_has_no_name_gets_a_letter_that_is_free() -> None:
    g = sg.Graph()
    f, v = g.input("f"), g.input("v")
    y, z = f * f * v, f + v * v
    assert scene_names(sg.grad(y, f), sg.grad(z, v)) == ["∂f2/∂f", "∂f3/∂v"]


def test_derivative_with_respect_to_an_unnamed_value() -> None:
    x = sg.Graph().input("x")
    inside = sg.sin(x)
    y = sg.exp(inside).named("y")
    assert scene_names(sg.grad(y, inside)) == ["∂y/∂u"]


def test_two_calls_for_one_loss_are_one_part() -> None:
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    loss = sg.sin(a * b).named("loss")
    first, second = sg.grad(loss, a), sg.grad(loss, b)
    parts = build_scene(g).parts
    assert parts[first.id] == parts[second.id] == Part("gradient of loss", 1, True)


def test_what_is_computed_from_gradients_is_in_no_part() -> None:
    loss, (dW, *_) = xor()
    step = loss.graph.inputs["W"] - 0.1 * dW
    assert build_scene(step).parts[step.id] is None


def test_forward_mode_has_no_cotangents_to_name() -> None:
    g = sg.Graph()
    x, t = g.input("x", "[3]"), g.input("t", "[3]")
    y = sg.sin(x).named("y")
    tangent = sg.jvp(y, [x], [t])
    scene = build_scene(g)
    assert scene.parts[tangent.id] == Part("derivative of y", 1, False)
    assert {n.name for n in scene.nodes if n.op == "input"} == {"x", "t"}


def test_kinds() -> None:
    loss, grads = xor()
    scene = build_scene([loss, *grads])
    inputs = loss.graph.inputs
    kinds = {name: scene.kind(x) for name, x in inputs.items()}
    parameters = {name for name, kind in kinds.items() if kind == "parameter"}
    assert parameters == {"W", "c", "w", "b"}
    assert set(kinds.values()) == {"parameter", "input"}
    assert scene.kind(loss) == "operation"
    assert scene.kind(loss.graph.constant([1.0, 2.0])) == "constant"


def test_outputs_of_a_graph() -> None:
    loss, grads = xor()
    assert {loss.id, *(g.id for g in grads)} <= build_scene(loss.graph).outputs
    assert loss.graph.inputs["X"].id not in build_scene(loss.graph).outputs


def test_outputs_of_expressions_are_these_alone() -> None:
    _, grads = xor()
    assert build_scene(grads[:2]).outputs == {grads[0].id, grads[1].id}


def test_scalar_constants_are_folded() -> None:
    g = sg.Graph()
    y = 2.0 * 3.0 * g.input("x") + 1
    scene = build_scene(y)
    assert [n.op for n in scene.nodes] == ["input", "multiply", "add"]


def test_constants_that_were_asked_for_or_named_are_drawn() -> None:
    g = sg.Graph()
    half, rate = g.constant(0.5), g.constant(0.25).named("rate")
    y = g.input("x") * half * rate
    assert half not in build_scene(y).nodes
    assert {half, rate} <= set(build_scene([y, half]).nodes)


def test_long_constants_are_drawn() -> None:
    g = sg.Graph()
    n = g.input("x", "[long_name_of_a_dim, another_name]").mean(axis=0)
    texts = build_scene(n).folded.values()
    assert all(len(t) <= 20 for t in texts)


def texts(build: str, **specs: str) -> str:
    y = sg.parse(build, **specs)
    return operation_text(y, build_scene(y).folded)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        ("x @ x", "@"),
        ("x ** 2", "** 2"),
        ("2 ** x", "2 **"),
        ("1 / x", "1 /"),
        ("x - 0.5", "- 0.5"),
        ("-x", "-"),
        ("sum(x, axis=0)", "sum axis=0"),
        ("sum(x, axis=-1, keepdims=True)", "sum axis=1 keepdims"),
        ("x.T", ".T"),
        ("x[0]", "[0]"),
        ("x[1:, 0]", "[1:, 0]"),
        ("maximum(x, 0)", "maximum(·, 0)"),
        ("where(x > 0, x, 1)", "where(·, ·, 1)"),
        ("x.astype('float32')", "float32"),
        ("reshape(x, (9,))", "reshape"),
        ("softmax(x, axis=0)", "softmax axis=0"),
    ],
)
def test_operations_in_the_users_notation(build: str, text: str) -> None:
    assert texts(build, x="[3, 3]") == text


def test_named_dims_are_folded() -> None:
    g = sg.Graph()
    x = g.input("x", "[n]")
    dx = sg.grad(x.mean(), x)
    assert "dim" not in [n.op for n in build_scene(dx).nodes]


def test_types_are_short() -> None:
    g = sg.Graph()
    x = g.input("x", "float32[n, 2]")
    assert type_text(x) == "float32[n, 2]"
    assert type_text(x * 2) == "[n, 2]"
    assert type_text(g.input("y")) == ""


def test_shapes_are_news_only_where_they_change() -> None:
    g = sg.Graph()
    x, w = g.input("x", "[n, 2]"), g.input("w", "[2, 2]")
    assert changes_shape(x @ w)
    assert changes_shape(x.sum(axis=0))
    assert not changes_shape(sg.tanh(x))
    assert not changes_shape(x + x.sum(axis=0))
    assert not changes_shape(x.sum())


def test_deep_graphs_are_no_problem() -> None:
    y = sg.Graph().input("x")
    for _ in range(20_000):
        y = sg.sin(y)
    assert len(build_scene(y).nodes) == 20_001


def test_graphs_do_not_mix() -> None:
    with pytest.raises(sg.GraphError, match="belongs to another graph"):
        build_scene([sg.Graph().input("x"), sg.Graph().input("x")])


def test_only_expressions_have_pictures() -> None:
    with pytest.raises(sg.RenderError, match="an expression, a list of them or a graph, not int"):
        build_scene(3)
    with pytest.raises(sg.RenderError, match="an expression, a list of them or a graph, not str"):
        build_scene("x + y")
    with pytest.raises(sg.RenderError, match="an empty list has no picture"):
        build_scene([])
    with pytest.raises(sg.GraphError, match="an expression is wanted here, not float"):
        build_scene([sg.Graph().input("x"), 1.0])


def test_a_second_loss_may_read_what_the_first_gradient_is_made_of() -> None:
    g = sg.Graph()
    z, y = g.input("z", "[n]"), g.input("y", "[n]")
    first = sg.mean(sg.softplus(z) - y * z)
    slope = sg.grad(first, z)  # it reads sigmoid(z)
    second = sg.mean((sg.sigmoid(z) - y) ** 2)
    other = sg.grad(second, z)
    parts = build_scene(g).parts
    assert {parts[n.id] for n in ancestors([first, second])} == {FORWARD}
    assert [parts[n.id].order for n in (slope, other)] == [1, 1]


def cross_entropy() -> tuple[sg.Expr, list[sg.Expr]]:
    """The loss that is rewritten from end to end, with its gradients."""
    loss = sg.parse(
        "p = 1 / (1 + exp(-(X @ w + b)))\nloss = -mean(t * log(p) + (1 - t) * log(1 - p))",
        X="[n, 3]",
        w="[3]",
        b="[]",
        t="[n]",
    )
    return loss, sg.grad(loss, ["w", "b"])


AFTERWARDS = {
    "grad": lambda loss, grads, path: sg.grad(loss, ["w", "b"]),
    "explain": lambda loss, grads, path: sg.explain([loss, *grads]),
    "simplify": lambda loss, grads, path: [sg.simplify(x) for x in (loss, *grads)],
    "function": lambda loss, grads, path: sg.function(None, [loss, *grads]),
    "write_module": lambda loss, grads, path: sg.write_module(path, f=(None, [loss, *grads])),
    "derive": lambda loss, grads, path: sg.derive(loss, ["w", "b"]),
    "check_grad": lambda loss, grads, path: sg.check_grad(loss, ["w", "b"]),
    "copy": lambda loss, grads, path: None,
}


@pytest.mark.parametrize("name", AFTERWARDS)
def test_what_only_rewriting_reads_is_not_drawn(name: str, tmp_path: Path) -> None:
    loss, grads = cross_entropy()
    asked, before = build_scene([loss, *grads]), build_scene(loss.graph)
    assert (before.nodes, before.outputs) == (asked.nodes, asked.outputs)
    AFTERWARDS[name](loss, grads, tmp_path / "f.py")
    scene = build_scene(copy.copy(loss.graph) if name == "copy" else loss.graph)
    assert [n.id for n in scene.nodes] == [n.id for n in before.nodes]
    assert scene.outputs == before.outputs


def test_what_rewriting_made_is_drawn_where_it_is_read_or_named() -> None:
    loss, _ = cross_entropy()
    count = len(build_scene(loss.graph).nodes)
    short = sg.simplify(loss)
    assert short not in build_scene(loss.graph).nodes
    assert {short, half := 0.5 * short} <= set(build_scene(loss.graph).nodes)
    assert half.id in build_scene(loss.graph).outputs
    other, _ = cross_entropy()
    sg.simplify(other).named("short")
    names = [n.name for n in build_scene(other.graph).nodes]
    assert "short" in names and len(names) < count + 6


def test_gradients_that_rewriting_had_made_before_are_drawn() -> None:
    x = sg.Graph().input("x")
    y = sg.sinh(x).named("y")
    even = sg.simplify((sg.exp(x) + sg.exp(-x)) / 2)
    assert even not in build_scene(x.graph).nodes
    slope = sg.grad(y, x)
    assert slope is even
    scene = build_scene(x.graph)
    assert slope in scene.nodes and slope.id in scene.outputs


def test_what_a_failed_trace_had_rewritten_is_forgotten() -> None:
    g = sg.Graph()

    def fails(x: sg.Expr) -> sg.Expr:
        return sg.grad(1 / (1 + sg.exp(-x)), x) @ x

    with pytest.raises(sg.ShapeError):
        sg.trace(fails, "[]", graph=g)
    x = g.input("x")
    last = sg.sin(sg.cos(sg.sin(sg.cos(sg.sin(sg.cos(x))))))
    assert last in build_scene(g).nodes


@pytest.mark.parametrize("text", ["sum(exp(-x) - x**2)", "sum((w - x) * exp(-x))"])
def test_what_a_gradient_leaves_behind_is_no_output(text: str) -> None:
    """The slope of exp(-x) is a negation, which becomes a part of a difference."""
    y = sg.parse(text, x="[n]", w="[n]")
    slope = sg.grad(y, "x")
    assert build_scene(y.graph).outputs == {y.id, slope.id}
