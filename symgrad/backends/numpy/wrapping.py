"""Statements that are longer than a line, broken as black breaks them.

Emitted statements are kept short by naming what they are made of; only long names and long shapes
make one that has to be broken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from .layout import INDENT, WIDTH

_MARK = re.compile(r"[()\[\]{}]|\"[^\"]*\"|'[^']*'")
_SIGN = re.compile(r"(?:if|else|and|or|in|is|[-+*/%@<>=!]+) |")
_HEAD = re.compile(r"return |\"\w+\": |\w[\w.]*(?:\[[^\]]*\])? [-+*/]?= |")
_OPENING, _CLOSING = "([{", ")]}"
_LOOSEST = (  # operators in groups, as they bind; the first of which there is one breaks the line
    " if | else ",
    " or ",
    " and ",
    " == | != | <= | >= | < | > | in | is ",
    r" \+ | - ",
    r" \* | / | // | % | @ ",
    r" \*\* ",
)


def broken(lines: Sequence[str]) -> list[str]:
    """Lines of code, of which those that are too long are broken.

    Example
    -------
    >>> print(*broken(["a = 1", "total = np.add(" + "a" * 40 + ", " + "b" * 36 + ")"]), sep="\\n")
    a = 1
    total = np.add(
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    )
    """
    if max(map(len, lines), default=0) <= WIDTH:
        return list(lines)
    found, told = list[str](), False  # whether in a docstring
    for line in lines:
        told ^= line.count('"""') == 1
        found += [line] if told or len(line) <= WIDTH else _broken(line)
    return found


def _broken(line: str) -> list[str]:
    """A statement, or an entry of a list with its comma."""
    code = line.lstrip(" ")
    indent, tail = line[: len(line) - len(code)], "," * code.endswith(",")
    if code.startswith("#") or code.endswith((":", '"""')):
        return [line]
    head = _HEAD.match(code)
    assert head is not None
    return _spread(head[0], code[head.end() : len(code) - len(tail)], tail, indent)


@lru_cache(maxsize=256)  # the coefficients of one series stand in many lines
def _spread(head: str, value: str, tail: str, indent: str) -> list[str]:
    """``head value tail``, where only the value can be broken."""
    flat = f"{indent}{head}{value}{tail}"
    if len(flat) <= WIDTH:
        return [flat]
    operators = _operators(value)
    if not operators:
        return _in_brackets(head, value, tail, indent)
    if not head and " if " not in operators[0][1]:
        return _operands(value, operators, tail, indent)
    inner = [f"{indent}{INDENT}{value}"]
    if len(inner[0]) > WIDTH:
        inner = _operands(value, operators, "", indent + INDENT)
    return [f"{indent}{head}(", *inner, f"{indent}){tail}"]


def _in_brackets(head: str, value: str, tail: str, indent: str) -> list[str]:
    """The value's last bracket opened: what is in it on a line, or an item a line."""
    start = _last_bracket(value)
    if start is None:
        return [f"{indent}{head}{value}{tail}"]
    body = value[start + 1 : -1]
    items, inner = _items(body), indent + INDENT
    lines = [f"{inner}{body}"]
    if len(items) == 1 and not body.endswith(","):
        lines = _spread("", body, "", inner)
    elif len(lines[0]) > WIDTH or not _is_call(value[:start]):
        lines = [line for item in items for line in _spread("", item, ",", inner)]
    return [f"{indent}{head}{value[: start + 1]}", *lines, f"{indent}{value[-1]}{tail}"]


def _operands(
    value: str, operators: Sequence[tuple[int, str]], tail: str, indent: str
) -> list[str]:
    """One operand a line, each but the first behind its operator."""
    places = [0, *(i + 1 for i, _ in operators), len(value) + 1]
    parts = [value[a : b - 1] for a, b in pairwise(places)]
    lines = []
    for part, end in zip(parts, [*[""] * len(operators), tail], strict=True):
        if len(indent + part + end) <= WIDTH:
            lines.append(f"{indent}{part}{end}")
        else:
            sign = _SIGN.match(part)
            assert sign is not None
            rest = part[sign.end() :]
            if tighter := _operators(rest):
                first, *more = _operands(rest, tighter, end, indent)
                lines += [f"{indent}{sign[0]}{first.lstrip()}", *more]
            else:
                lines += _in_brackets(sign[0], rest, end, indent)
    return lines


def _operators(value: str) -> list[tuple[int, str]]:
    """The operators outside of brackets that bind least tightly, with their places."""
    outside = _outside(value)
    for pattern in _LOOSEST:
        found = [(m.start(), m[0]) for m in re.finditer(pattern, outside)]
        if found:
            return found
    return []


def _outside(value: str) -> str:
    """The text, with ``_`` for all that is in brackets or in strings."""
    found, depth, at = "", 0, 0
    for mark in _MARK.finditer(value):
        opens, closes = mark[0] in _OPENING, mark[0] in _CLOSING
        depth -= closes
        if not depth:
            before, edge = value[at : mark.start()], mark[0]
            found += "_" * len(before) if closes else before
            found += edge if opens or closes else "_" * len(edge)
            at = mark.end()
        depth += opens
    return found + value[at:]


def _last_bracket(value: str) -> int | None:
    """Where the bracket opens that closes at the end."""
    if not value or value[-1] not in _CLOSING:
        return None
    outside = _outside(value)
    return max(outside.rfind(c) for c in _OPENING)


def _is_call(before: str) -> bool:
    """Whether what stands before a bracket makes it one of a call, and no tuple."""
    return before[-1:].isidentifier() or before[-1:] in (")", "]")


def _items(body: str) -> list[str]:
    """What stands between commas."""
    places = [i for i, c in enumerate(_outside(body)) if c == ","]
    bounds = [-1, *places, len(body)]
    items = [body[a + 1 : b].strip() for a, b in pairwise(bounds)]
    return [item for item in items if item]
