"""Array constants of emitted modules, as numbers that read back exactly."""

from __future__ import annotations

from ...ops.literals import number_text
from .emission import Emitted
from .layout import INDENT, WIDTH


def array_lines(f: Emitted) -> list[str]:
    """The arrays that a function mentions, at module level."""
    lines = []
    for name, node in f.body.constants.items():
        array = node.params["value"]
        numbers = [number_text(v) for v in array.ravel().tolist()]
        dtype = f"np.{node.dtype.name}"
        lines += ["# fmt: off", f"{name} = np.array(", *_filled(numbers), f"{INDENT}dtype={dtype},"]
        lines += [f").reshape({array.shape})", "# fmt: on"]
    return lines


def _filled(numbers: list[str]) -> list[str]:
    lines, line = [], f"{INDENT}["
    for entry in numbers:
        if len(line) + len(entry) + 2 > WIDTH:
            lines.append(line.rstrip())
            line = INDENT * 2
        line += f"{entry}, "
    return [*lines, line.removesuffix(" ").removesuffix(",") + "],"]
