"""Pictures of graphs, as files and for notebooks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import RenderError, SymgradError
from ..files import write_whole
from ..graph.graph import Expr, Graph
from .dot import to_digraph
from .engine import draw
from .scene import What, build_scene

FORMS = {".png": "png", ".svg": "svg", ".pdf": "pdf", ".dot": "dot", ".gv": "dot"}
"""What each ending of a path stands for."""


def render(
    what: Expr | Sequence[Expr] | Graph,
    path: str | os.PathLike[str],
    *,
    shapes: bool = True,
    limit: int | None = 400,
    rankdir: str = "TB",
    title: str | None = None,
    dpi: int = 144,
    timeout: float = 60.0,
) -> Path:
    """Draw a computational graph, with its gradients beside it.

    Parameters
    ----------
    what : Expr, sequence of Expr, or Graph
        An expression with all that it reads; several outputs of one graph; everything but what
        rewriting has made and nothing reads.
    path : path
        Where to: .png, .svg, .pdf, .dot or .gv. Written whole or not at all.
    shapes : bool
        Show shapes: on inputs and outputs, and on edges where they change.
    limit : int or None
        The most nodes to draw; None draws any number.
    rankdir : str
        Where the values flow: TB (from top to bottom), BT, LR or RL; gradients flow back.
    title : str, optional
        Stands above the picture.
    dpi : int
        Dots per inch of a .png.
    timeout : float
        Seconds after which the layout is given up.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RenderError
        If the ending is unknown, the graph too large, the file can not be written, or the
        packages of ``symgrad[viz]`` are missing.
    GraphError
        If the expressions are of different graphs.

    Example
    -------
    >>> import tempfile
    >>> x = Graph().input("x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     render(x * x, os.path.join(folder, "square.dot")).name
    'square.dot'
    """
    target = _as_path(path)
    form = _form(target)
    source = _source(what, limit, shapes=shapes, rankdir=rankdir, title=title)
    data = source.encode() if form == "dot" else draw(source, form, dpi=dpi, timeout=timeout)
    return write_whole(target, data, RenderError)


def png_bytes(what: What, **options: Any) -> bytes | None:
    """A PNG for a notebook; None where there can be none.

    Parameters
    ----------
    what : Expr, sequence of Expr, or Graph
        What to draw.
    **options
        ``shapes``, ``rankdir``, ``title``, ``limit`` as for `render`.
    """
    return _show(what, "png", **options)


def svg_text(what: What, **options: Any) -> str | None:
    """An SVG for a notebook; None where there can be none. Options as for `png_bytes`."""
    data = _show(what, "svg", **options)
    return None if data is None else data.decode()


def _show(what: What, form: str, limit: int | None = 200, **options: Any) -> bytes | None:
    try:
        return draw(_source(what, limit, **options), form, timeout=10.0)
    except SymgradError:
        return None


def _as_path(path: str | os.PathLike[str]) -> Path:
    """The path, if a file can be there: better to know before the layout than after."""
    if not isinstance(path, str | os.PathLike):
        raise RenderError(f"a path is wanted here, not {type(path).__name__}")
    target = Path(path)
    if not target.parent.is_dir():
        raise RenderError(
            f"cannot write {target}: there is no folder {target.parent}", how="Make it first."
        )
    return target


def _form(path: Path) -> str:
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise RenderError(
            f"{path.name[:60]!r} says nothing of the kind of picture by its ending",
            how=f"The endings: {', '.join(FORMS)}.",
        )
    return form


def _source(what: What, limit: int | None, **options: Any) -> str:
    """The DOT of what is to be drawn, if it is not too much."""
    scene = build_scene(what)
    count = len(scene.nodes)
    if limit is not None and count > limit:
        raise RenderError(
            f"the picture would have {count} nodes, and the limit is {limit}",
            how=f"Render a smaller expression of it, or raise the limit to {count}.",
        )
    source: str = to_digraph(scene, **options).source
    return source
