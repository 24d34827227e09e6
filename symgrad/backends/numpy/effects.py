"""What the lines of a function do to its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

WORD = re.compile(r"[^\W\d]\w*")


class Effect(NamedTuple):
    """What a statement of one line does to names."""

    reads: Sequence[str]
    sets: Sequence[str]
    drops: Sequence[str]


def effects_of(lines: Sequence[str], known: Iterable[str]) -> list[Effect]:
    """Of every line, which local names it reads, sets and gives up."""
    local, effects = set(known), list[Effect]()
    for line in lines:
        code = "" if line.startswith("#") else line.partition("  # ")[0]
        if code.startswith("del "):
            effects.append(Effect((), (), code.removeprefix("del ").split(", ")))
            continue
        target, assigned, value = code.partition(" = ")
        sets = _names(target) if assigned else ()
        words = WORD.findall(value if sets else code)
        effects.append(Effect(tuple(filter(local.__contains__, words)), sets, ()))
        local.update(sets)
    return effects


def _names(target: str) -> Sequence[str]:
    """The names that stand on the left of an assignment; none, if something else does."""
    if target.isidentifier():
        return (target,)
    names = target.removesuffix(",").split(", ")
    return names if all(map(str.isidentifier, names)) else ()


def last_reads(effects: Sequence[Effect], returned: Sequence[str]) -> dict[str, int]:
    """For every name the last line that reads it."""
    last = {name: i for i, line in enumerate(effects) for name in line.reads}
    last.update(dict.fromkeys(WORD.findall(" ".join(returned)), len(effects)))
    return last


def alive_before(effects: Sequence[Effect], last: dict[str, int]) -> list[int]:
    """How many names that are set before a line are read in it or behind it."""
    change = [0] * (len(effects) + 2)
    for i, line in enumerate(effects):
        for name in line.sets:
            if last.get(name, -1) > i:
                change[i + 1] += 1
                change[last[name] + 1] -= 1
    return list(accumulate(change))
