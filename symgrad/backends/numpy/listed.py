"""Many arguments of fixed shapes, which are compared in one loop over a table.

A comparison of its own for each takes a third of all the time that Python needs for a network of a
thousand layers; the loop takes 70 ns more for each argument of a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...graph.graph import Expr
from .layout import INDENT, WIDTH

FEWEST = 160  # arguments; of fewer, each is compared by itself

Listed = Mapping[tuple[str, str], Sequence[str]]
"""The names of arguments by their dtype and shape."""


def listed_arguments(arguments: Sequence[tuple[str, Expr]]) -> Listed:
    """The arguments that are compared in a loop: all arrays of fixed shapes, if they are many.

    Example
    -------
    >>> from symgrad.graph.graph import Graph
    >>> x = Graph().input("x", (2, 3))
    >>> listed_arguments([("x", x)] * 160).keys()
    dict_keys([('_float64', '(2, 3)')])
    >>> listed_arguments([("x", x)] * 159)
    {}
    """
    fixed = [(a, x) for a, x in arguments if x.ndim and isinstance(x.size, int)]
    if len(fixed) < FEWEST:
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    for a, x in fixed:
        found.setdefault((f"_{x.type.dtype_name}", str(tuple(x.shape))), []).append(a)
    return found


def table_lines(name: str, listed: Listed) -> list[str]:
    """The table at module level, with as many names on a line as fit."""
    if not listed:
        return []
    lines = ["# fmt: off", f"{name} = {{  # arguments by their dtypes and shapes"]
    for (dtype, shape), arguments in listed.items():
        lines += [f"{INDENT}({dtype}, {shape}): (", *_rows(arguments), f"{INDENT}),"]
    return [*lines, "}", "# fmt: on"]


def _rows(names: Sequence[str]) -> list[str]:
    rows, row = list[str](), INDENT
    for name in names:
        entry = f' "{name}",'
        if len(row) + len(entry) > WIDTH:
            rows.append(row)
            row = INDENT
        row += entry if row != INDENT else f"{INDENT}{entry[1:]}"
    return [*rows, row]
