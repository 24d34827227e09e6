"""From characters to tokens: one regular expression, and a stack of open brackets.

Newlines inside brackets and after a backslash are no tokens, as in Python. What can never be part
of the language is refused here, at its first character.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator

from ..errors import ParseError, Span

_DIGITS = r"[0-9](?:_?[0-9])*+"
_NUMBER = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?+)?+|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+"
_TOKEN = re.compile(
    r"[ \t\f\r\ufeff]*+(?:"
    r"([^\W\d]\w*+)"
    rf"|({_NUMBER}(?![\w.]))"
    r"|(\.\.\.|(?:\*\*|//|<<|>>)=?|[-+*/%@&|^<>=!:]=|->|[-+*/%@&|^<>=~:.,])"
    r"|([(\[])"
    r"|([)\]])"
    r"|([\n;])"
    r"|(#[^\n]*+|\\\r?\n)"
    r"""|("[^"\n\\]*+"|'[^'\n\\]*+')"""
    r"|(\Z)"
    r"|(.))",
    re.DOTALL,
)
_WORDS = {
    **{word: ("KEYWORD", word) for word in keyword.kwlist},
    "True": ("LITERAL", True),
    "False": ("LITERAL", False),
    "None": ("LITERAL", None),
}
_OPERATORS = {
    ",": "COMMA", ":": "COLON", ".": "DOT", "=": "EQUAL",
    "|": "BAR", "&": "AMP", "~": "TILDE", "**": "POWER",
    **dict.fromkeys(("+", "-"), "SIGN"),
    **dict.fromkeys(("*", "/", "//", "%", "@"), "TIMES"),
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), "COMPARE"),
}  # fmt: skip
_BRACKETS = {"(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB"}
_CLOSING = {"(": ")", "[": "]"}
_MEANT = {
    **dict.fromkeys(
        "{}", "There are no sets and dicts here: write (a, b) for a tuple, [a, b] for a list."
    ),
    "!": "Write ~x or logical_not(x) for the negation, a != b for unequal.",
    "?": "Write where(condition, a, b) for a choice.",
    "\\": "A backslash joins two lines only as the very last character of the first.",
    **dict.fromkeys("−–", "Write - instead."),
    **dict.fromkeys("×·⋅", "Write * instead."),
    "÷": "Write / instead.",
    "≤": "Write <= instead.",
    "≥": "Write >= instead.",
    "≠": "Write != instead.",
    "²": "Write **2 instead.",
    "³": "Write **3 instead.",
    "√": "Write sqrt(x) instead.",
}
_OPENS, _CLOSES = 4, 5  # groups of _TOKEN
_INT64_DIGITS = 18  # any integer of so few digits fits into int64


class Token:
    """A terminal of the grammar: ``text[start:end]`` and the value it stands for."""

    __slots__ = ("end", "start", "type", "value")

    def __init__(self, type: str, value: object, start: int, end: int) -> None:
        self.type = type
        self.value = value
        self.start = start
        self.end = end


class Scan:
    """One pass over a text, which remembers what an error message will want to know.

    Example
    -------
    >>> [token.type for token in Scan("y = relu(x)**2  # squared")]
    ['NAME', 'EQUAL', 'NAME', 'LPAR', 'NAME', 'RPAR', 'POWER', 'LITERAL', 'NEWLINE']
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[Token] = []  # the brackets not yet closed
        self.last = Token("NEWLINE", "", 0, 0)

    def __iter__(self) -> Iterator[Token]:
        for match in _TOKEN.finditer(self.text):
            kind = match.lastindex
            assert kind is not None
            start, end = match.span(kind)
            token = _MAKERS[kind](self, match[kind], start, end)
            if token is not None:
                yield token
                self.last = token

    def error(self, what: str, start: int, end: int, how: str | None = None) -> ParseError:
        """A `ParseError` about ``text[start:end]``."""
        return ParseError(what, Span(self.text, start, end), how)

    def closes(self, token: Token) -> bool:
        """Whether the bracket that is open before this token is closed later."""
        depth = 1
        for match in _TOKEN.finditer(self.text, token.start):
            depth += (match.lastindex == _OPENS) - (match.lastindex == _CLOSES)
            if depth == 0:
                return True
        return False

    def _name(self, word: str, start: int, end: int) -> Token:
        if not word.isascii():
            word = self._normal(word, start)
        type, value = _WORDS.get(word, ("NAME", word))
        return Token(type, value, start, end)

    def _normal(self, word: str, start: int) -> str:
        """Python's normal form (NFKC) of a name with letters of other alphabets."""
        from unicodedata import normalize

        for i, char in enumerate(word):
            if not ("a" + char if i else char).isidentifier():
                raise self._stray_error(char, start + i)
        return normalize("NFKC", word)

    def _number(self, digits: str, start: int, end: int) -> Token:
        whole = digits.replace("_", "")
        value = (_integer if whole.isdigit() else float)(whole)
        if whole[0] == "0" and whole.isdigit() and value:
            what = f"the number {shortened(digits)} begins with 0"
            raise self.error(what, start, end, f"Write {shortened(whole.lstrip('0'))}.")
        if value == math.inf:
            what = f"the number {shortened(digits)} is too large"
            raise self.error(what, start, end, "The largest number is 1.8e308; inf is infinity.")
        return Token("LITERAL", value, start, end)

    def _operator(self, text: str, start: int, end: int) -> Token:
        if text == "...":
            return Token("LITERAL", ..., start, end)
        return Token(_OPERATORS.get(text, "FOREIGN"), text, start, end)

    def _opening(self, text: str, start: int, end: int) -> Token:
        token = Token(_BRACKETS[text], text, start, end)
        self.open.append(token)
        return token

    def _closing(self, text: str, start: int, end: int) -> Token:
        if not self.open:
            how = "Leave it out, or open it before."
            raise self.error(f"this {text} closes nothing", start, end, how)
        opening = self.open.pop()
        wanted = _CLOSING[str(opening.value)]
        if text != wanted:
            line = Span(self.text, opening.start, opening.end).line
            what = f"this {text} can not close the {opening.value} of line {line}"
            raise self.error(what, start, end, f"Write {wanted} instead.")
        return Token(_BRACKETS[text], text, start, end)

    def _line(self, text: str, start: int, end: int) -> Token | None:
        if (self.open and text == "\n") or self.last.type == "NEWLINE":
            return None
        return Token("NEWLINE", text, start, end)

    def _skipped(self, text: str, start: int, end: int) -> None:
        return None

    def _string(self, text: str, start: int, end: int) -> Token:
        if self.last.type == "NAME" and self.last.end == start:
            what = f"a string can not carry the prefix {shortened(str(self.last.value))}"
            raise self.error(what, self.last.start, end, f"Write {shortened(text)}.")
        return Token("LITERAL", text[1:-1], start, end)

    def _end(self, text: str, start: int, end: int) -> Token | None:
        if self.open:
            raise self.unclosed(self.open[-1])
        return self._line(text, start, end)

    def unclosed(self, opening: Token) -> ParseError:
        """The error about a bracket that nothing closes."""
        bracket = str(opening.value)
        how = f"Write the {_CLOSING[bracket]} that belongs to it."
        return self.error(f"this {bracket} is never closed", opening.start, opening.end, how)

    def _stray(self, char: str, start: int, end: int) -> Token:
        if char.isdecimal() and char.isascii():
            raise self._number_error(start)
        if char in "\"'":
            how = f"Close it with {char} on the same line; a backslash has no place in it."
            raise self.error("this string never ends", start, end, how)
        raise self._stray_error(char, start)

    def _number_error(self, start: int) -> ParseError:
        """``2x`` and its like: digits that run into something else."""
        match = _GLUED.match(self.text, start)
        assert match is not None
        word, number, rest = shortened(match[0]), match[1], match[2]
        if rest in ("j", "J"):
            return self.error(f"{word} is a complex number", *match.span(), "Only real numbers.")
        if rest.isidentifier() and rest[0] != "_" and number != "0":
            how = f"Write {shortened(number)}*{shortened(rest)} for a product."
            return self.error(f"an operator is missing in {word}", *match.span(), how)
        return self.error(f"{word} is no number", *match.span(), "Write 12, 1_000, 0.5 or 1e-3.")

    def _stray_error(self, char: str, start: int) -> ParseError:
        from unicodedata import name as name_of

        shown = char if char.isprintable() else f"U+{ord(char):04X}"
        name = name_of(char, "")
        shown += f" ({name.lower()})" if name and not char.isascii() else ""
        how = "Write an ordinary space." if char.isspace() else "Leave it out."
        what = f"the character {shown} is not part of the language"
        return self.error(what, start, start + 1, _MEANT.get(char, how))


_GLUED = re.compile(rf"({_NUMBER})?([\w.]*+)")
_MAKERS = (
    Scan._skipped, Scan._name, Scan._number, Scan._operator, Scan._opening, Scan._closing,
    Scan._line, Scan._skipped, Scan._string, Scan._end, Scan._stray,
)  # fmt: skip


def _integer(digits: str) -> int | float:
    """An integer, or the nearest float where int64 ends (Python's own limit is 4300 digits)."""
    value = int(digits) if len(digits) <= _INT64_DIGITS + 1 else 2**63
    return value if value < 2**63 else float(digits)


def shortened(text: str) -> str:
    """A piece of the user's text, cut to fit into a message."""
    return text if len(text) <= 30 else text[:27] + "..."
