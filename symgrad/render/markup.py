"""Graphviz's HTML-like labels: the one place that turns text into them."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from ..errors import printable
from . import style
from .names import shorten

_LONGEST = 60  # characters of one line


def escape(raw: str, longest: int = _LONGEST) -> str:
    """Text that no character of it can turn into markup, cut to a picture's measure.

    Example
    -------
    >>> escape("a < b & \\x00")
    'a &lt; b &amp; �'
    """
    return html.escape(shorten(printable(raw), longest))


def bold(raw: str) -> str:
    """A name."""
    return f"<B>{escape(raw)}</B>"


def italic(raw: str) -> str:
    """A name that stands in for the one a value does not have."""
    return f"<I>{escape(raw)}</I>"


def faint(raw: str) -> str:
    """Something said on the side."""
    return f'<FONT POINT-SIZE="{style.SMALL}" COLOR="{style.FAINT}">{escape(raw)}</FONT>'


def label(body: str) -> str:
    """A whole label of markup."""
    return f"<{body}>"


def stack(lines: Iterable[str]) -> str:
    """Lines of markup, without the empty ones."""
    return "<BR/>".join(line for line in lines if line)


def with_ports(body: str, ports: Mapping[int, str], side: str) -> str:
    """A label with one cell per operand along the side (n, s, w, e) on which operands come in."""
    size = 'WIDTH="6" HEIGHT="8"' if side in "we" else 'WIDTH="14"'
    cells = [f'<TD PORT="p{i}" {size}>{faint(n) if n else ""}</TD>' for i, n in ports.items()]
    rows = _beside(body, cells, side) if side in "we" else _above(body, cells, side)
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{table}</TABLE>'


def _above(body: str, cells: list[str], side: str) -> list[str]:
    rows = ["".join(cells), f'<TD COLSPAN="{len(cells)}">{body}</TD>']
    return rows if side == "n" else rows[::-1]


def _beside(body: str, cells: list[str], side: str) -> list[str]:
    span = f'ROWSPAN="{len(cells)}"'
    middle = [f'<TD {span} WIDTH="20">{body}</TD>', f'<TD {span} WIDTH="6"></TD>']
    first = [cells[0], *middle] if side == "w" else [*middle[::-1], cells[0]]
    return ["".join(first), *cells[1:]]
