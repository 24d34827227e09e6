"""What the lines of a function do to its names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

WORD = re.compile(r"[^\W\d]\w*")


Effect = tuple[Sequence[int], Sequence[int], Sequence[int]]
"""The names that a statement of one line reads, sets and gives up, by their numbers."""


def effects_of(lines: Sequence[str], numbers: dict[str, int]) -> list[Effect]:
    """Of every line, which local names it reads, sets and gives up.

    ``numbers`` has the names that are known before, from 1 on, and gets those that are set: what
    is known of names is then kept in lists, in the order of the lines.
    """
    effects, number, words = list[Effect](), numbers.get, WORD.findall
    for line in lines:
        code = line.partition("  # ")[0]
        target, assigned, value = code.partition(" = ")
        if assigned and target.isidentifier():  # as most lines
            reads = tuple(filter(None, map(number, words(value))))
            effects.append((reads, (numbers.setdefault(target, len(numbers) + 1),), ()))
        elif code.startswith("del "):
            dropped = code.removeprefix("del ").split(", ")
            effects.append(((), (), [numbers[name] for name in dropped]))
        elif code.startswith("#"):
            effects.append(((), (), ()))
        else:
            names = _names(target) if assigned else ()
            reads = tuple(filter(None, map(number, words(value if names else code))))
            sets = [numbers.setdefault(name, len(numbers) + 1) for name in names]
            effects.append((reads, sets, ()))
    return effects


def _names(target: str) -> Sequence[str]:
    """The names that stand in a row on the left of an assignment; none, if something else does."""
    names = target.removesuffix(",").split(", ")
    return names if all(map(str.isidentifier, names)) else ()


def last_reads(
    effects: Sequence[Effect], returned: Sequence[str], numbers: Mapping[str, int]
) -> list[int]:
    """For every name, by its number, the last line that reads it; -1 where none does."""
    last = [-1] * (len(numbers) + 1)
    for i, (reads, _, _) in enumerate(effects):
        for n in reads:
            last[n] = i
    for word in WORD.findall(" ".join(returned)):
        if word in numbers:
            last[numbers[word]] = len(effects)
    return last


def alive_before(effects: Sequence[Effect], last: Sequence[int]) -> list[int]:
    """How many names that are set before a line are read in it or behind it."""
    change = [0] * (len(effects) + 2)
    for i, (_, sets, _) in enumerate(effects):
        for n in sets:
            if last[n] > i:
                change[i + 1] += 1
                change[last[n] + 1] -= 1
    return list(accumulate(change))
