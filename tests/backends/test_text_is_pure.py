"""Emitted text is a function of what is compiled, whatever else its graph holds."""

from __future__ import annotations

import random

import pytest

import symgrad as sg

STYLES = [{"style": "readable"}, {"style": "fast"}, {"style": "fast", "checkpoints": "sqrt"}]
MADE = (
    lambda a, b: a * b,
    lambda a, b: b + a,
    lambda a, b: sg.sin(a),
    lambda a, b: sg.tanh(b),
    lambda a, b: a - 0.3 * b,
    lambda a, b: sg.sigmoid(a),
    lambda a, b: a / (2 + b * b),
    lambda a, b: sg.exp(-a * a),
    lambda a, b: sg.relu(a - b) * 2,
    lambda a, b: a - a.mean(),
    lambda a, b: sg.log(1 + sg.exp(b)) / 4,
    lambda a, b: sg.sqrt(1 + a**2) - 1,
)


def program(seed):
    """A random loss with its gradients and one second derivative, and its inputs."""
    rng, g = random.Random(seed), sg.Graph()
    dtype = rng.choice(["float64", "float32"])
    wrt = values = [
        g.input(name, f"{dtype}{dims}") for name, dims in zip("xyz", SHAPES, strict=True)
    ]
    values = list(wrt)
    for _ in range(rng.choice([5, 10, 20])):
        values.append(rng.choice(MADE)(*rng.choices(values[-9:], k=2)))
    loss = (values[-1] ** 2).mean() + sum(v.sum() for v in values[-3:])
    slopes = sg.grad(loss, wrt)
    return [loss, *slopes, sg.grad(slopes[0].sum(), wrt[1])], wrt, values


SHAPES = ("[n, 3]", "[3]", "")


def clutter(outputs, wrt, values, seed):
    """Compile parts, sums and other derivatives of the same nodes, in another order."""
    rng, (loss, first, *_) = random.Random(seed), outputs
    others = [
        sg.grad(loss, wrt[0], stabilize=False),
        sg.grad(first.sum(), wrt[2]),
        first + first * 2,
    ]
    others += [v.sum() for v in rng.sample(values, 3)]
    others += [sg.grad(sg.cos(v).sum(), wrt[0]) for v in rng.sample(values[3:], 2)]
    rng.shuffle(others)
    for other in others:
        for options in STYLES:
            sg.function(None, other, **options)


def texts(outputs):
    return [sg.function(None, outputs, **options).source for options in STYLES]


@pytest.mark.parametrize("seed", range(30))
def test_other_functions_of_a_graph_leave_the_text_as_it_is(seed):
    alone = texts(program(seed)[0])
    outputs, wrt, values = program(seed)
    clutter(outputs, wrt, values, seed)
    assert texts(outputs) == alone


def test_modules_are_written_as_if_alone(tmp_path):
    found = []
    for cluttered in (False, True):
        outputs, wrt, values = program(3)
        if cluttered:
            clutter(outputs, wrt, values, 3)
        path = sg.write_module(tmp_path / "m.py", f=(wrt, outputs), g=(wrt, values[-1:]))
        found.append(path.read_text())
    assert found[0] == found[1]


def test_a_graph_does_not_grow_where_the_same_is_compiled_again():
    outputs, *_ = program(1)
    f = sg.function(None, outputs)
    size = len(outputs[0].graph)
    assert sg.function(None, outputs) is f
    assert len(outputs[0].graph) == size


def test_a_graph_does_not_grow_where_the_same_module_is_written_again(tmp_path):
    graph = sg.Graph()
    z, y = graph.input("z", "[n, 10]"), graph.input("y", "int64[n]")
    loss = -sg.mean(sg.sum(sg.one_hot(y, 10, "float64") * sg.log_softmax(z), axis=-1))
    asked = ([z, y], [loss, sg.grad(loss, z)])
    sizes, texts = set(), set()
    for _ in range(3):
        path = sg.write_module(tmp_path / "m.py", style="fast", f=asked)
        sizes.add(len(graph))
        texts.add(path.read_text())
    assert len(sizes) == len(texts) == 1
    assert "] -= " in texts.pop()


def test_the_graph_knows_all_its_nodes_again_afterwards():
    outputs, wrt, _ = program(2)
    x = wrt[0]
    other = sg.sin(x) * 7
    sg.function(None, outputs)
    assert sg.sin(x) * 7 is other
    with pytest.raises(sg.CodegenError):
        sg.function([], outputs)
    assert sg.sin(x) * 7 is other
