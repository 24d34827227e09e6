"""Pictures as files and for notebooks."""

from __future__ import annotations

import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import symgrad as sg
from symgrad.render import engine, picture
from symgrad.render.picture import png_bytes, render, svg_text


def xor() -> tuple[sg.Expr, list[sg.Expr]]:
    loss = sg.parse(
        "loss = mean((relu(X @ W + c) @ w + b - y)**2)",
        X="[n, 2]",
        W="[2, 2]",
        c="[2]",
        w="[2]",
        b="[]",
        y="[n]",
    )
    return loss, sg.grad(loss, ["W", "c", "w", "b"])


def chain(length: int) -> sg.Expr:
    y = sg.Graph().input("x")
    for _ in range(length):
        y = sg.sin(y)
    return y


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def test_png(tmp_path: Path) -> None:
    loss, grads = xor()
    path = render([loss, *grads], tmp_path / "xor.png")
    assert path == tmp_path / "xor.png"
    width, height = size_of(path.read_bytes())
    assert 600 < width < 2000 and 600 < height < 2000
    assert 0.4 < width / height < 1.5


def test_svg(tmp_path: Path) -> None:
    loss, grads = xor()
    path = render([loss, *grads], tmp_path / "xor.svg")
    svg = ET.fromstring(path.read_text("utf-8"))
    text = " ".join(e.text or "" for e in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert all(name in text for name in ("loss", "∂loss/∂W", "relu", "@", "forward", "parameter"))


def test_pdf(tmp_path: Path) -> None:
    assert render(xor()[0], tmp_path / "xor.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("ending", ["dot", "gv", "DOT"])
def test_dot_needs_no_engine(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_commands", lambda: pytest.fail("an engine was run"))
    text = render(xor()[0], tmp_path / f"xor.{ending}").read_text("utf-8")
    assert text.startswith("digraph symgrad {") and text.rstrip().endswith("}")


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    assert render(xor()[0], f"{tmp_path}/a.dot") == tmp_path / "a.dot"


def test_through_the_front_door(tmp_path: Path) -> None:
    loss, _ = xor()
    sg.render(loss, tmp_path / "a.dot", shapes=False, title="XOR", rankdir="LR", limit=50)
    assert "XOR" in (tmp_path / "a.dot").read_text("utf-8")


@pytest.mark.parametrize("what", ["single input", "single constant", "empty graph", "graph"])
def test_small_pictures(tmp_path: Path, what: str) -> None:
    g = sg.Graph()
    if what == "empty graph":
        drawn: object = g
    else:
        drawn = g.constant(2.5) if what == "single constant" else g.input("x", "[3]")
        drawn = g if what == "graph" else drawn
    width, height = size_of(render(drawn, tmp_path / "a.png").read_bytes())
    assert 20 < width < 400 and 20 < height < 400


def test_a_graph_of_constants_is_drawn(tmp_path: Path) -> None:
    g = sg.Graph()
    g.constant(2.5)
    assert "2.5" in render(g, tmp_path / "a.dot").read_text("utf-8")


def test_the_limit(tmp_path: Path) -> None:
    with pytest.raises(
        sg.RenderError, match="would have 2001 nodes, and the limit is 400"
    ) as caught:
        render(chain(2000), tmp_path / "a.png")
    assert "smaller expression" in str(caught.value) and "limit to 2001" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_limit_can_be_raised_or_lifted(tmp_path: Path) -> None:
    y = chain(500)
    assert render(y, tmp_path / "a.dot", limit=501).exists()
    assert render(y, tmp_path / "b.dot", limit=None).exists()
    with pytest.raises(sg.RenderError):
        render(y, tmp_path / "c.dot", limit=500)


def test_long_edges_within_the_limit_do_not_hang(tmp_path: Path) -> None:
    x = sg.Graph().input("x")
    y = x
    for _ in range(60):
        y = sg.sin(y) * x
    assert render(y, tmp_path / "a.svg", timeout=60).exists()


def test_too_slow(tmp_path: Path) -> None:
    with pytest.raises(sg.RenderError, match=r"did not finish in 0\.001 seconds"):
        render(xor()[0], tmp_path / "a.png", timeout=0.001)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["graph", "graph.jpeg", "graph.png.txt", ".png"])
def test_unknown_endings(tmp_path: Path, name: str) -> None:
    with pytest.raises(sg.RenderError) as caught:
        render(xor()[0], tmp_path / name)
    assert ".png, .svg, .pdf, .dot, .gv" in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(sg.RenderError, match="there is no folder"):
        render(xor()[0], tmp_path / "no" / "a.png")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.dot").mkdir()
    with pytest.raises(sg.RenderError, match="cannot write"):
        render(xor()[0], tmp_path / "a.dot")
    assert [p.name for p in tmp_path.iterdir()] == ["a.dot"]


def test_what_is_no_path() -> None:
    with pytest.raises(sg.RenderError, match="a path is wanted here, not int"):
        render(xor()[0], 3)
    with pytest.raises(sg.RenderError):
        render(xor()[0], "a\0b.png")


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = render(xor()[0], tmp_path / "a.dot")
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(sg.RenderError, match="No space left"):
        render(xor()[1], path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["a.dot"]


def test_expressions_of_two_graphs(tmp_path: Path) -> None:
    with pytest.raises(sg.GraphError, match="another graph"):
        render([xor()[0], xor()[0]], tmp_path / "a.png")


def test_without_the_package_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(sg.RenderError, match="graphviz, which is not installed") as caught:
        render(xor()[0], tmp_path / "a.dot")
    assert 'pip install "symgrad[viz]"' in str(caught.value)
    assert png_bytes(xor()[0]) is None


def test_notebooks_get_pictures() -> None:
    loss, grads = xor()
    png = png_bytes(loss)
    assert png is not None
    size_of(png)
    text = svg_text([loss, *grads], title="XOR")
    assert text is not None and "∂loss/∂W" in text and "XOR" in text
    assert png_bytes(loss.graph) is not None


def test_notebooks_get_nothing_rather_than_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert png_bytes(chain(2000)) is None
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    assert png_bytes(xor()[0]) is None
    assert svg_text(xor()[0]) is None


def test_forms_are_what_the_errors_list() -> None:
    assert list(picture.FORMS) == [".png", ".svg", ".pdf", ".dot", ".gv"]
