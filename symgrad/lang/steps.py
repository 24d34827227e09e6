"""What a text is parsed into: statements, each a flat list of steps of a stack machine."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .lexer import Token


class Located(Protocol):
    """Anything with a place in the text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


class Call(NamedTuple):
    """The fixed part of a call: the function's name, and the keywords of its last arguments."""

    name: Token
    keywords: tuple[Token, ...]


class Step(NamedTuple):
    """One instruction of the stack machine: take some values, leave one.

    ========== ============================ =====================================================
    kind       value                        takes
    ========== ============================ =====================================================
    literal    number, string, True, ...    nothing
    name       the name                     nothing
    unary      the operator                 the operand
    binary     the operator                 left, right
    tuple      None                         the elements
    list       None                         the elements
    slice      which of three are given     those of start, stop, step
    index      None                         the value, its index (a tuple for several)
    call       `Call`                       the arguments, those with keywords last
    method     `Call`                       the value, then as for a call
    attribute  the name, a `Token`          the value
    ========== ============================ =====================================================

    The stretch of text that the value comes from is ``text[start:end]``.
    """

    kind: str
    value: object
    takes: int
    start: int
    end: int


class Statement(NamedTuple):
    """A line of a program.

    The kind is ``result`` (an expression), ``definition`` (``name = expr``) or ``input``
    (``name: sign dtype[dims]``; its steps leave the dims, `takes` of them; `words` are the sign and
    the dtype, as far as they are given).
    """

    kind: str
    name: Token | None
    words: tuple[Token, ...]
    takes: int
    steps: list[Step]
