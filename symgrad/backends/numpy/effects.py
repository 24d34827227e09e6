"""What the lines of a function do to its names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

WORD = re.compile(r"[^\W\d]\w*")


class Effect(NamedTuple):
    """What a statement of one line does to names, by their numbers."""

    reads: Sequence[int]
    sets: Sequence[int]
    drops: Sequence[int]


def effects_of(lines: Sequence[str], numbers: dict[str, int]) -> list[Effect]:
    """Of every line, which local names it reads, sets and gives up.

    ``numbers`` has the names that are known before, from 1 on, and gets those that are set: what
    is known of names is then kept in lists, in the order of the lines.
    """
    effects, number = list[Effect](), numbers.get
    for line in lines:
        code = "" if line.startswith("#") else line.partition("  # ")[0]
        if code.startswith("del "):
            dropped = code.removeprefix("del ").split(", ")
            effects.append(Effect((), (), [numbers[name] for name in dropped]))
            continue
        target, assigned, value = code.partition(" = ")
        names = _names(target) if assigned else ()
        words = WORD.findall(value if names else code)
        reads = tuple(filter(None, map(number, words)))
        sets = [numbers.setdefault(name, len(numbers) + 1) for name in names]
        effects.append(Effect(reads, sets, ()))
    return effects


def _names(target: str) -> Sequence[str]:
    """The names that stand on the left of an assignment; none, if something else does."""
    if target.isidentifier():
        return (target,)
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
