"""From text to a flat postfix program: no tree is built and nothing recurses.

The steps of a statement come in the order in which a stack machine runs them, so that the
frontend needs one loop and one stack for 100,000 nested parentheses as for ``x + 1``.

Example
-------
>>> [definition, result] = parse_program("h = relu(X @ W)\\nsum(h**2, axis=0)")
>>> definition.name.value, [step.kind for step in definition.steps]
('h', ['name', 'name', 'binary', 'call'])
>>> result.kind, result.steps[-1].value.keywords[0].value
('result', 'axis')
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import ParseError
from ..rooms import Room
from .lexer import Scan, Token
from .steps import Call, Located, Statement, Step
from .tables import Reduction, tables

if TYPE_CHECKING:
    from . import complaints
else:
    complaints = Room("symgrad.lang.complaints")


def parse_program(text: str) -> list[Statement]:
    """The statements of a program, each a flat list of steps.

    Parameters
    ----------
    text : str
        A program of the text language.

    Returns
    -------
    list of Statement
        In the order of the lines.

    Raises
    ------
    ParseError
        With line, column, the offending text underlined, and what would be right.

    Example
    -------
    >>> [line] = parse_program("-x**2")
    >>> [(step.kind, step.value) for step in line.steps]
    [('name', 'x'), ('literal', 2), ('binary', '**'), ('unary', '-')]
    """
    if not isinstance(text, str):
        raise ParseError(f"an expression is a string, not {type(text).__name__}")
    scan = Scan(text)
    builder = _Builder(scan)
    _run(scan, builder)
    if not builder.statements:
        raise scan.error("there is no expression", 0, 0, "Write one, for example mean(x**2).")
    return builder.statements


def _run(scan: Scan, builder: _Builder) -> None:
    """The LALR(1) automaton on lark's tables: shift a token, or reduce the topmost parts.

    Lark's own driver takes twice as long, and keeps its callbacks in the parser.
    """
    actions, gotos, start = _tables()
    states, values = [start], list[Any]()
    for token in scan:
        terminal = token.type
        while True:
            action = actions[states[-1]].get(terminal)
            if isinstance(action, int):
                states.append(action)
                values.append(token)
                break
            if action is None:
                raise complaints.unexpected(scan, token, actions[states[-1]].keys())
            size, symbol, method = action
            if method is None:
                states[-1] = _hop(states[-2], states[-1], terminal)
                continue
            parts = values[-size:] if size else []
            del values[len(values) - size :], states[len(states) - size :]
            values.append(method(builder, parts))
            states.append(gotos[states[-1]][symbol])


@cache
def _hop(below: int, state: int, terminal: str) -> int:
    """Where the rules that only pass their part on lead, one after the other: up the levels."""
    actions, gotos, _ = _tables()
    action = actions[state].get(terminal)
    while isinstance(action, tuple) and action[2] is None:
        state = gotos[below][action[1]]
        action = actions[state].get(terminal)
    return state


_Reduction = tuple[int, str, Callable[..., Any] | None]


@cache
def _tables() -> tuple[list[dict[str, int | _Reduction]], list[dict[str, int]], int]:
    """What to do at each terminal, and where to go after each rule, computed by lark."""
    found = tables()
    known: dict[int, _Reduction] = {}
    actions = [{sys.intern(t): _action(a, known) for t, a in row.items()} for row in found.actions]
    return actions, found.gotos, found.start


def _action(action: int | Reduction, known: dict[int, _Reduction]) -> int | _Reduction:
    """The state to go to, or how to reduce; a rule that only passes its part on has no method."""
    if isinstance(action, int):
        return action
    if id(action) not in known:
        method = getattr(_Builder, action.method) if action.method else None
        known[id(action)] = action.size, sys.intern(action.symbol), method
    return known[id(action)]


class _Builder:
    """What lark calls at every match: each method gets the parts and returns their place."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        self.steps: list[Step] = []
        self.statements: list[Statement] = []

    def _add(self, kind: str, value: object, count: int, first: Located, last: Located) -> Step:
        step = Step(kind, value, count, first.start, last.end)
        self.steps.append(step)
        return step

    def program(self, parts: list[Any]) -> None:
        """A line is complete; `statement` has put it into the list."""

    def _statement(self, kind: str, name: Token | None, count: int, *words: Token) -> None:
        self.statements.append(Statement(kind, name, words, count, self.steps))
        self.steps = []

    def result(self, parts: list[Any]) -> None:
        self._statement("result", None, 1)

    def definition(self, parts: list[Any]) -> None:
        self._statement("definition", parts[0], 1)

    def scalar(self, parts: list[Any]) -> None:
        name, _, *words = parts
        self._statement("input", name, 0, *words)

    def untyped(self, parts: list[Any]) -> None:
        name, _, _, dims, _ = parts
        self._statement("input", name, len(dims))

    def typed(self, parts: list[Any]) -> None:
        name, _, *words, _, dims, _ = parts
        self._statement("input", name, len(dims), *words)

    def push(self, parts: list[Any]) -> Located:
        token: Token = parts[0]
        kind = "name" if token.type == "NAME" else "literal"
        self.steps.append(Step(kind, token.value, 0, token.start, token.end))
        return token

    def binary(self, parts: list[Any]) -> Located:
        left, operator, right = parts
        step = Step("binary", operator.value, 2, left.start, right.end)
        self.steps.append(step)
        return step

    def unary(self, parts: list[Any]) -> Located:
        operator, operand = parts
        return self._add("unary", operator.value, 1, operator, operand)

    def group(self, parts: list[Any]) -> Located:
        opening, _, closing = parts
        return Token("GROUP", None, opening.start, closing.end)

    def make_tuple(self, parts: list[Any]) -> Located:
        count = 1 + len(parts[3]) if len(parts) > 2 else 0
        return self._add("tuple", None, count, parts[0], parts[-1])

    def make_list(self, parts: list[Any]) -> Located:
        opening, items, closing = parts
        return self._add("list", None, len(items), opening, closing)

    def call(self, parts: list[Any]) -> Located:
        name, _, arguments, closing = parts
        call = self._call(name, arguments)
        return self._add("call", call, len(arguments), name, closing)

    def method(self, parts: list[Any]) -> Located:
        owner, _, name, _, arguments, closing = parts
        call = self._call(name, arguments)
        return self._add("method", call, 1 + len(arguments), owner, closing)

    def attribute(self, parts: list[Any]) -> Located:
        owner, _, name = parts
        return self._add("attribute", name, 1, owner, name)

    def index(self, parts: list[Any]) -> Located:
        owner, _, items, closing = parts
        if len(items) > 1:
            self.pack([items])
        return self._add("index", None, 2, owner, closing)

    def pack(self, parts: list[Any]) -> list[Located]:
        items: list[Located] = parts[0]
        return [self._add("tuple", None, len(items), items[0], items[-1])]

    def make_slice(self, parts: list[Any]) -> Located:
        ends = [*parts[::2], None][:3]
        given = tuple(bool(end) for end in ends)
        return self._add("slice", given, sum(given), parts[0] or parts[1], parts[-1] or parts[-2])

    def keyword(self, parts: list[Any]) -> Token:
        name: Token = parts[0]
        name.type = "KEYWORD"
        return name

    def none(self, parts: list[Any]) -> list[Located]:
        return []

    def one(self, parts: list[Any]) -> list[Located]:
        return parts

    def another(self, parts: list[Any]) -> list[Located]:
        items: list[Located] = parts[0]
        items.append(parts[2])
        return items

    def given(self, parts: list[Any]) -> list[Located]:
        items: list[Located] = parts[0]
        return items

    def _call(self, name: Token, arguments: list[Located]) -> Call:
        """The names of the keywords, which come last and once."""
        named = [a for a in arguments if type(a) is Token and a.type == "KEYWORD"]
        if named:
            complaints.check_keywords(self.scan, arguments, named)
        return Call(name, tuple(named))
