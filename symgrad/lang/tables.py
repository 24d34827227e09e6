"""The parser's tables: computed by lark from the grammar, and kept as text in automaton.txt.

Reading the text takes a hundredth of the time that lark needs. A checksum tells whether it is the
grammar's; if it is not, lark computes the tables anew.

Example
-------
>>> tables = kept()
>>> tables.actions[tables.start]["NAME"] > 0
True
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from zlib import crc32

_GRAMMAR, _KEPT = (
    os.path.join(os.path.dirname(__file__), name) for name in ("grammar.lark", "automaton.txt")
)


class Reduction(NamedTuple):
    """The topmost parts become one: how many, what they become, and the method that says how.

    A rule that only passes its part on has no method.
    """

    size: int
    symbol: str
    method: str


class Tables(NamedTuple):
    """What to do at each terminal, where to go after each rule, and where to start.

    To shift is the number of the next state. States are numbered as they are reached.
    """

    actions: list[dict[str, int | Reduction]]
    gotos: list[dict[str, int]]
    start: int


@cache
def tables() -> Tables:
    """The grammar's tables: those that are kept, or what lark makes of it now."""
    return kept() or computed()


def computed() -> Tables:
    """The tables as lark computes them."""
    from lark import Lark

    lark: Any = Lark(_read(_GRAMMAR), parser="lalr", start="program", maybe_placeholders=False)
    table = lark.parser.parser._parse_table
    return _numbered(table.states, table.start_states["program"])


def _numbered(states: Mapping[int, Mapping[Any, tuple[object, Any]]], start: int) -> Tables:
    """The tables with states numbered in an order that does not depend on lark's."""
    numbers, reached = {start: 0}, [start]
    found = Tables([], [], 0)
    for state in reached:  # grows meanwhile
        actions: dict[str, int | Reduction] = {}
        gotos: dict[str, int] = {}
        for symbol, (_, target) in sorted(states[state].items(), key=lambda item: str(item[0])):
            if not isinstance(target, int):
                actions[str(symbol)] = _reduction(target)
                continue
            if target not in numbers:
                numbers[target] = len(reached)
                reached.append(target)
            table: dict[str, Any] = actions if symbol.isupper() else gotos
            table[str(symbol)] = numbers[target]
        found.actions.append(actions)
        found.gotos.append(gotos)
    return found


def _reduction(rule: Any) -> Reduction:
    method = rule.alias or ("" if len(rule.expansion) == 1 else rule.origin.name)
    return Reduction(len(rule.expansion), str(rule.origin.name), str(method))


def kept() -> Tables | None:
    """The tables of automaton.txt, unless the grammar has changed since."""
    lines = _read(_KEPT).splitlines()
    if lines[0] != _heading():
        return None
    rows = [line.partition(" ") for line in lines[1:]]
    rules = [_rule_of(text) for kind, _, text in rows if kind == "rule"]
    actions = [
        {terminal: rules[int(to[1:])] if to[0] == "r" else int(to) for terminal, to in _pairs(text)}
        for kind, _, text in rows
        if kind == "state"
    ]
    gotos = [{s: int(to) for s, to in _pairs(text)} for kind, _, text in rows if kind == "goto"]
    return Tables(actions, gotos, 0)


def _heading() -> str:
    return f"grammar.lark {crc32(_read(_GRAMMAR).encode()):08x}"


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _rule_of(text: str) -> Reduction:
    size, symbol, *method = text.split()
    return Reduction(int(size), symbol, *(method or [""]))


def _pairs(text: str) -> Iterator[list[str]]:
    return (pair.split(":") for pair in text.split())


def written(tables: Tables) -> str:
    """The tables as the text that is kept."""
    rules = dict.fromkeys(
        a for row in tables.actions for a in row.values() if isinstance(a, Reduction)
    )
    names = {rule: f"r{i}" for i, rule in enumerate(rules)}
    lines = [_heading(), *(f"rule {r.size} {r.symbol} {r.method}".rstrip() for r in rules)]
    for row, gotos in zip(tables.actions, tables.gotos, strict=True):
        shown = [f"{t}:{a if isinstance(a, int) else names[a]}" for t, a in row.items()]
        lines.append(" ".join(["state", *shown]))
        lines.append(" ".join(["goto", *(f"{s}:{to}" for s, to in gotos.items())]))
    return "\n".join(lines) + "\n"
