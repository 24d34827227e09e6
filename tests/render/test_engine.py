"""The engine: which one is used, its silence, its time limit, and the font it draws with."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from symgrad.errors import RenderError
from symgrad.render import engine
from symgrad.render.engine import draw

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "digraph { a -> b }"

posix = pytest.mark.skipif(os.name != "posix", reason="the fake program is a shell script")


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PATH without ``dot``."""
    monkeypatch.setenv("PATH", str(tmp_path))


def put_program(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """A program ``dot`` on the PATH, first."""
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_without_the_program_the_packaged_engine_draws(no_program: None) -> None:
    assert draw(SOURCE, "png").startswith(b"\x89PNG\r\n\x1a\n")
    assert draw(SOURCE, "pdf").startswith(b"%PDF")
    assert ET.fromstring(draw(SOURCE, "svg")).tag.endswith("svg")


@posix
def test_the_program_is_preferred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, 'echo "$@"; cat')
    assert draw(SOURCE, "png", dpi=50) == b"-Tpng -Gdpi=50\n" + SOURCE.encode()
    assert draw(SOURCE, "svg") == b"-Tsvg\n" + SOURCE.encode()


@posix
def test_a_broken_program_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, 'echo "Format: png not recognized" >&2; exit 1')
    assert draw(SOURCE, "png").startswith(b"\x89PNG")


@posix
def test_a_program_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_program(monkeypatch, tmp_path, "exec sleep 60")
    start = time.perf_counter()
    with pytest.raises(RenderError, match=r"did not finish in 0\.2 seconds") as caught:
        draw(SOURCE, "png", timeout=0.2)
    assert time.perf_counter() - start < 10
    assert "timeout=" in str(caught.value)


def test_no_engine_at_all(no_program: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(
        RenderError, match="neither a program `dot` nor the package pygraphviz"
    ) as c:
        draw(SOURCE, "png")
    assert 'pip install "symgrad[viz]"' in str(c.value)


def test_source_that_is_no_dot(no_program: None) -> None:
    with pytest.raises(RenderError, match="Graphviz can not draw this"):
        draw("digraph { a -> ", "png")


def test_dpi_scales_a_png(no_program: None) -> None:
    assert len(draw(SOURCE, "png", dpi=200)) > len(draw(SOURCE, "png", dpi=50))


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_pictures_are_the_same_every_time(no_program: None, form: str) -> None:
    assert draw(SOURCE, form) == draw(SOURCE, form)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_nothing_reaches_the_terminal(tmp_path: Path, form: str) -> None:
    """Not even what C code writes to file descriptor 2 when it finds no configuration of fonts."""
    program = f"from symgrad.render.engine import draw; draw('digraph {{ a -> b }}', '{form}')"
    missing = str(tmp_path / "missing")
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"FONTCONFIG_FILE": missing, "FONTCONFIG_PATH": missing, "PATH": missing},
        cwd=ROOT,
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_engine_would_not_be_silent_by_itself(tmp_path: Path) -> None:
    """The test above can fail: run bare, the engine complains."""
    missing = str(tmp_path / "missing")
    done = subprocess.run(
        [sys.executable, "-P", str(Path(engine.__file__).with_name("packaged.py")), "-Tpng"],
        env=os.environ | {"FONTCONFIG_FILE": missing, "FONTCONFIG_PATH": missing},
        input=SOURCE.encode(),
        capture_output=True,
    )
    if sys.platform == "linux":
        assert b"Fontconfig" in done.stderr


def width(text: str) -> float:
    svg = ET.fromstring(draw(f'digraph {{ a [label="{text}" fontname="DejaVu Sans"] }}', "svg"))
    return float(svg.attrib["width"].removesuffix("pt"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have fonts")
def test_text_is_drawn_on_a_machine_without_fonts(
    no_program: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a font all characters are boxes of one width; the package brings its own."""
    bare = tmp_path / "fonts.conf"
    bare.write_text('<fontconfig><dir prefix="xdg">fonts</dir></fontconfig>')
    monkeypatch.setenv("FONTCONFIG_FILE", str(bare))
    assert width("W" * 20) > 2 * width("i" * 20)
    monkeypatch.setattr(engine, "_HERE", tmp_path)
    monkeypatch.setattr(engine, "_commands", lambda: [[sys.executable, "-P", PACKAGED]])
    assert width("W" * 20) == width("i" * 20)


PACKAGED = str(Path(engine.__file__).with_name("packaged.py"))


def test_drawing_leaves_nothing_in_the_package(no_program: None) -> None:
    fonts = Path(engine.__file__).with_name("fonts")
    before = sorted((p.name, p.stat().st_size) for p in fonts.iterdir())
    draw(SOURCE, "png")
    assert sorted((p.name, p.stat().st_size) for p in fonts.iterdir()) == before
    assert {".uuid", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE_DEJAVU"} == {
        name for name, _ in before
    }
