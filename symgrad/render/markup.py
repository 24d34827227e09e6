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


def with_ports(body: str, ports: Mapping[int, tuple[str, str]]) -> str:
    """A label with one cell per operand, in their order, along the side on which it comes in.

    ``ports`` have the operands' names and sides: n and s, or w and e.
    """
    beside = not {side for _, side in ports.values()}.isdisjoint("we")
    size = 'WIDTH="6" HEIGHT="8"' if beside else 'WIDTH="14"'
    first, last = (_cells(ports, sides, size) for sides in ("nw", "se"))
    rows = _beside(body, first, last) if beside else _above(body, first, last)
    table = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{table}</TABLE>'


def _cells(ports: Mapping[int, tuple[str, str]], sides: str, size: str) -> list[str]:
    """The cells on one of the sides, empty for operands on the other; none if all are there."""
    if all(side not in sides for _, side in ports.values()):
        return []
    return [
        f'<TD PORT="p{i}" {size}>{faint(n) if n else ""}</TD>'
        if side in sides
        else f"<TD {size}></TD>"
        for i, (n, side) in ports.items()
    ]


def _above(body: str, first: list[str], last: list[str]) -> list[str]:
    middle = f'<TD COLSPAN="{max(len(first), len(last))}">{body}</TD>'
    return [row for row in ("".join(first), middle, "".join(last)) if row]


def _beside(body: str, first: list[str], last: list[str]) -> list[str]:
    height = max(len(first), len(last))
    span = f'ROWSPAN="{height}"'
    empty = [f'<TD {span} WIDTH="6"></TD>', *[""] * (height - 1)]
    middle = [f'<TD {span} WIDTH="20">{body}</TD>', *[""] * (height - 1)]
    return ["".join(cells) for cells in zip(first or empty, middle, last or empty, strict=True)]
