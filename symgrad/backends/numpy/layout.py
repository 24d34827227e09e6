"""Line breaking as black does it, so that emitted files pass `black --check` untouched."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
INDENT = "    "


def indented(lines: Sequence[str], depth: int = 1) -> list[str]:
    """Lines moved right."""
    return [INDENT * depth + line if line else "" for line in lines]


def bracketed(head: str, items: Sequence[str], tail: str, room: int = WIDTH) -> list[str]:
    """``head items tail`` on one line if it fits, else the items on one, else one a line.

    Example
    -------
    >>> bracketed("f(", ["a", "b"], ")"), bracketed("f(", ["a" * 4, "b" * 4], ")", 12)
    (['f(a, b)'], ['f(', '    aaaa,', '    bbbb,', ')'])
    """
    flat = f"{head}{', '.join(items)}{tail}"
    if len(flat) <= room:
        return [flat]
    inner = f"{INDENT}{', '.join(items)}"
    if len(inner) <= room:
        return [head, inner, tail]
    return [head, *(f"{INDENT}{item}," for item in items), tail]


def spread(head: str, values: Sequence[str], tail: str = "") -> list[str]:
    """``head a, b tail`` of a function's line, in brackets where it does not fit."""
    flat = f"{head}{', '.join(values)}{tail}"
    fits = len(values) == 1 or len(flat) + len(INDENT) <= WIDTH
    return [flat] if fits else [f"{head}(", *(f"{INDENT}{v}," for v in values), f"){tail}"]


def nested(head: str, items: Sequence[Sequence[str]], tail: str, room: int = WIDTH) -> list[str]:
    """As bracketed, of items that may take several lines; a multi-line item opens the bracket."""
    if all(len(item) == 1 for item in items):
        flat = f"{head}{', '.join(item[0] for item in items)}{tail}"
        if len(flat) <= room:
            return [flat]
    lines = [head]
    for item in items:
        *above, last = item
        lines += [*indented(above), f"{INDENT}{last},"] if above else [f"{INDENT}{last},"]
    return [*lines, tail]
