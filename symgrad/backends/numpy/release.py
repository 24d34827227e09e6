"""Large arrays that no workspace holds are given up as soon as nothing reads them any more."""

from __future__ import annotations

import re

from ...graph.dims import Dim
from ...graph.graph import Expr
from ..naming import Names
from .body import Body

_LARGE = 2**14  # bytes of an array that is given up early
_MANY = 8  # such arrays in a function; of fewer all can stay
_WORD = re.compile(r"[^\W\d]\w*")


def is_large(node: Expr, names: Names) -> bool:
    """Whether an array with a line of its own is worth giving up early."""
    if node.id not in names.of or not node.ndim:
        return False
    if isinstance(node.size, Dim):
        return node.ndim > 1
    return node.size * node.dtype.itemsize >= _LARGE


def released(body: Body, large: set[str]) -> list[str]:
    """The lines, with a ``del`` behind the last that reads a large array."""
    kept = set(_WORD.findall(" ".join(body.returned)))
    large = large - kept
    if len(large) < _MANY:
        return body.lines
    last: dict[str, int] = {}
    for i, line in enumerate(body.lines):
        code = "" if line.startswith("#") else line.partition("  # ")[0]
        last.update((word, i) for word in _WORD.findall(code) if word in large)
    dying: dict[int, list[str]] = {}
    for name, i in last.items():
        if i + 1 < len(body.lines):
            dying.setdefault(i, []).append(name)
    if len(last) < _MANY:
        return body.lines
    return [
        text
        for i, line in enumerate(body.lines)
        for text in (line, *([f"del {', '.join(dying[i])}"] if i in dying else []))
    ]
