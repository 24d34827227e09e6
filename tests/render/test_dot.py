"""The DOT of a scene: clusters, shapes, directions, labels, the legend, and attacks on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgrad as sg
from symgrad.render import markup
from symgrad.render.dot import to_digraph
from symgrad.render.engine import draw
from symgrad.render.scene import build_scene
from symgrad.render.style import KINDS, TINTS

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"

XOR = """
import symgrad as sg
loss = sg.parse(
    "h = relu(X @ W + c); loss = mean((h @ w + b - y)**2)".replace("; ", chr(10)),
    X="[n, 2]", W="[2, 2]", c="[2]", w="[2]", b="[]", y="[n]",
)
grads = sg.grad(loss, ["W", "c", "w", "b"])
"""


def xor() -> tuple[sg.Expr, list[sg.Expr]]:
    scope: dict[str, object] = {}
    exec(XOR, scope)
    return scope["loss"], scope["grads"]


def dot(what: object, **options: object) -> str:
    return to_digraph(build_scene(what), **options).source


def node_line(source: str, node: sg.Expr) -> str:
    return next(line for line in source.splitlines() if re.match(rf"\s*n{node.id} \[", line))


def edge_lines(source: str, a: sg.Expr, b: sg.Expr) -> list[str]:
    pattern = rf"\s*(n{a.id}(:\w+)* -> n{b.id}(:\w+)*|n{b.id}(:\w+)* -> n{a.id}(:\w+)*) \["
    return [line for line in source.splitlines() if re.match(pattern, line)]


def test_parts_are_clusters_of_their_own_color() -> None:
    loss, grads = xor()
    source = dot([loss, *grads])
    assert "<<B>forward</B>>" in source
    assert "<<B>gradient of loss</B>>" in source
    assert source.count("subgraph cluster_") == 2
    assert TINTS[0].fill in node_line(source, loss)
    assert all(TINTS[1].fill in node_line(source, g) for g in grads)


def test_values_alone_need_no_frame() -> None:
    assert "cluster" not in dot(xor()[0])


def test_second_order_has_a_cluster_of_its_own() -> None:
    x = sg.Graph().input("x")
    y = (x**4).named("y")
    first = sg.grad(y, x)
    second = sg.grad(first, x)
    source = dot([y, first, second])
    assert "gradient of ∂y/∂x" in source
    assert TINTS[2].fill in node_line(source, second)


def test_kinds_are_told_apart_by_shape() -> None:
    loss, grads = xor()
    inputs, source = loss.graph.inputs, dot([loss, *grads])
    assert "shape=ellipse" in node_line(source, inputs["X"])
    assert "shape=hexagon" in node_line(source, inputs["W"])
    assert "shape=box" in node_line(source, loss)
    shapes = [look["shape"] for look in KINDS.values()]
    assert len(shapes) == len(set(shapes))


def test_outputs_stand_out() -> None:
    loss, grads = xor()
    source = dot([loss, *grads])
    inside = loss.args[0]
    assert "penwidth=2.4" in node_line(source, loss)
    assert "rounded" not in node_line(source, loss)
    assert "penwidth" not in node_line(source, inside)
    assert "rounded" in node_line(source, inside)


def test_names_and_operators_stand_on_nodes() -> None:
    loss, grads = xor()
    source = dot([loss, *grads])
    assert "<B>loss</B><BR/>mean" in node_line(source, loss)
    assert "<B>∂loss/∂W</B><BR/>@" in node_line(source, grads[0])
    assert "** 2" in node_line(source, loss.args[0])


def test_gradients_flow_back_beside_the_values() -> None:
    loss, grads = xor()
    source = dot([loss, *grads])
    (forward,) = edge_lines(source, loss.args[0], loss)
    assert f"n{loss.args[0].id} -> n{loss.id}" in forward and "dir=back" not in forward
    for operand in grads[0].args:
        (line,) = edge_lines(source, operand, grads[0])
        assert re.match(rf"\s*n{grads[0].id}:p\d:s -> n{operand.id} ", line)
        assert "dir=back" in line


def test_operands_whose_order_matters_come_in_at_ports() -> None:
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    source = dot([a - b, a + b])
    (first,), (second,) = edge_lines(source, a, a - b), edge_lines(source, b, a - b)
    assert ":p0:n " in first and ":p1:n " in second
    assert ":p" not in edge_lines(source, a, a + b)[0]


@pytest.mark.parametrize(
    ("rankdir", "sides"), [("TB", "ns"), ("BT", "sn"), ("LR", "we"), ("RL", "ew")]
)
def test_values_come_into_a_gradient_with_their_own_flow(rankdir: str, sides: str) -> None:
    """No arrow loops around the node that it leads to: of a quotient, one comes in on each side."""
    x = (g := sg.Graph()).input("x", "[n]")
    y = (sg.sin(x / g.input("s", "[n]"))).sum()
    scene = build_scene([y, sg.grad(y, x)])
    (quotient,) = (n for n in scene.nodes if n.op == "divide" and n.id > y.id)
    source = to_digraph(scene, rankdir=rankdir).source
    (inner,), (value,) = (edge_lines(source, a, quotient) for a in quotient.args)
    assert f"n{quotient.id}:p1:{sides[0]} " in value
    assert f"n{quotient.id}:p0:{sides[1]} " in inner
    if rankdir in ("TB", "BT"):  # the dividend is the left one on either side
        cells = re.findall(r'<TD (PORT="p\d" )?WIDTH="14"></TD>', node_line(source, quotient))
        own = {
            "TB": ["", 'PORT="p1" ', 'PORT="p0" ', ""],
            "BT": ['PORT="p0" ', "", "", 'PORT="p1" '],
        }
        assert cells == own[rankdir]


def test_ports_name_the_operands_of_functions() -> None:
    g = sg.Graph()
    c, x, y = g.input("c", "bool[3]"), g.input("x", "[3]"), g.input("y", "[3]")
    line = node_line(dot(sg.where(c, x, y)), sg.where(c, x, y))
    assert [name in line for name in (">condition<", ">x<", ">y<")] == [True] * 3


def test_an_operand_read_twice_has_two_edges() -> None:
    x = sg.Graph().input("x")
    assert len(edge_lines(dot(x * x), x, x * x)) == 2


@pytest.mark.parametrize(("rankdir", "side"), [("TB", "n"), ("BT", "s"), ("LR", "w"), ("RL", "e")])
def test_ports_lie_where_the_flow_comes_from(rankdir: str, side: str) -> None:
    g = sg.Graph()
    a, b = g.input("a"), g.input("b")
    source = dot(a / b, rankdir=rankdir)
    assert f"rankdir={rankdir}" in source
    assert f":p0:{side} " in edge_lines(source, a, a / b)[0]


def test_an_unknown_direction() -> None:
    with pytest.raises(sg.RenderError, match="'UP' is no direction") as caught:
        dot(sg.Graph().input("x"), rankdir="UP")
    assert "TB, BT, LR, RL" in str(caught.value)


def test_shapes_stand_on_one_edge_where_they_change() -> None:
    g = sg.Graph()
    X, w = g.input("X", "[n, 3]"), g.input("w", "[3]")
    z = X @ w
    y = sg.sin(z) + sg.cos(z)
    source = dot(y)
    assert source.count("label=<&#160;[n]>") == 1
    assert "[n, 3]" in node_line(source, X)
    assert not any("label=" in line for line in edge_lines(source, sg.sin(z), y))


def test_shapes_can_be_left_out() -> None:
    loss, grads = xor()
    assert "[n, 2]" in dot([loss, *grads])
    assert "[n" not in dot([loss, *grads], shapes=False)


def test_the_legend_has_what_occurs() -> None:
    loss, grads = xor()
    entry = re.compile(r"^\s*legend_(\w+) \[", re.MULTILINE)
    assert entry.findall(dot([loss, *grads])) == ["input", "parameter", "operation", "output"]
    x = sg.Graph().input("x")
    assert entry.findall(dot(sg.sin(sg.cos(sg.exp(x))))) == ["input", "operation", "output"]
    assert "legend" not in dot(x)


def test_a_title() -> None:
    assert "label=<A &amp; B>" in dot(sg.Graph().input("x"), title="A & B")


def test_an_empty_graph_says_so() -> None:
    assert "an empty graph" in dot(sg.Graph())


def test_long_edges_are_drawn_quickly() -> None:
    x = sg.Graph().input("x")
    y = x
    for _ in range(100):
        y = sg.sin(y) * x
    assert "splines=line" in dot(y)
    assert "splines" not in dot(xor()[0])


def test_dot_is_the_same_in_every_process() -> None:
    program = XOR + (
        "from symgrad.render.dot import to_digraph\n"
        "from symgrad.render.scene import build_scene\n"
        "print(to_digraph(build_scene([loss, *grads])).source)"
    )
    sources = set()
    for seed in ("0", "1", "42"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=env, cwd=ROOT, capture_output=True, check=True
        )
        sources.add(done.stdout)
    assert len(sources) == 1


ATTACKS = [
    '"]; evil [label="',
    ">]; evil [label=<",
    "</TD></TR></TABLE>>; evil",
    "<B>",
    "&lt; &amp; &#0; &nosuch;",
    "\\N \\G \\l \\",
    "a\nb\rc\td\x00\x01\x1b",
    "\ud800 lone surrogate",
    "'\"`",
    "--> <!-- ]]>",
    "%s {0} $x",
    "",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_cannot_break_out(attack: str) -> None:
    """Wherever text comes from outside: the title, and names that earlier checks let through."""
    g = sg.Graph()
    x = g.input("x", "[3]")
    y = sg.sin(x)
    g._names[x.id] = g._names[y.id] = attack
    svg = ET.fromstring(draw(dot(y, title=attack), "svg"))
    nodes = [e for e in svg.iter(f"{SVG}g") if e.get("class") == "node"]
    assert len(nodes) == 2
    assert {e.findtext(f"{SVG}title") for e in nodes} == {f"n{x.id}", f"n{y.id}"}


@given(st.text(max_size=50))
def test_escaped_text_is_text(raw: str) -> None:
    back = ET.fromstring(f"<a>{markup.escape(raw)}</a>").text or ""
    assert back == "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in raw)


def test_text_is_cut_to_a_pictures_measure() -> None:
    g = sg.Graph()
    x = g.input("x" * 5000)
    source = dot(sg.grad(sg.sin(x).named("y" * 5000), x))
    assert "x" * 61 not in source and "y" * 61 not in source and "…" in source


def test_names_of_all_scripts() -> None:
    g = sg.Graph()
    y = (g.input("σ") * g.input("été")).named("变量")
    source = dot([y, sg.grad(y, "σ")])
    assert "<B>变量</B>" in source and "<B>∂变量/∂σ</B>" in source
