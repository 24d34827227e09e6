"""Tables of text."""

from __future__ import annotations

from collections.abc import Sequence


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with each column as wide as its widest cell.

    Example
    -------
    >>> align([("a", "bc", "d"), ("ab", "c", "")])
    ['a   bc  d', 'ab  c']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]
