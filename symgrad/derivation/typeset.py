r"""LaTeX formulas as HTML and as plain Unicode text.

It reads what the registry's rows and this package write: braces, scripts, fractions, roots,
matrices, cases and symbols. A command that it does not know shows its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\s+|.", re.DOTALL)
_SYMBOLS = {
    **{r"\partial": "∂", r"\odot": " ⊙ ", r"\cdot": " · ", r"\times": " × ", r"\top": "⊤"},
    **{r"\le": " ≤ ", r"\ge": " ≥ ", r"\ne": " ≠ ", r"\lt": " < ", r"\gt": " > "},
    **{r"\land": " ∧ ", r"\lor": " ∨ ", r"\lnot": "¬", r"\oplus": " ⊕ ", r"\mapsto": " ↦ "},
    **{r"\sum": "∑ ", r"\prod": "∏ ", r"\infty": "∞", r"\lfloor": "⌊", r"\rfloor": "⌋"},
    **{r"\lceil": "⌈", r"\rceil": "⌉", r"\lVert": "‖", r"\rVert": "‖", r"\cdots": "⋯"},
    **{r"\ldots": "…", r"\triangle": "△", r"\bmod": " mod ", r"\in": " ∈ ", r"\{": "{"},
    **{r"\,": " ", r"\;": " ", r"\ ": " ", r"\quad": "  ", r"\qquad": "    ", r"\}": "}"},
    **{r"\_": "_", r"\%": "%", r"\\": " ", "-": "−", r"\colon": ": "},
}
_OPERATORS = frozenset("+=<>")
_UPRIGHT = frozenset({r"\operatorname", r"\mathrm", r"\text", r"\mathbf"})
_RAISED = {**dict(zip("0123456789+−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True)), "⊤": "ᵀ"}
_LOWERED = dict(zip("0123456789+−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
_DEEPEST = 60  # braces; deeper ones are shown as they are


class Style:
    """How the parts of a formula are put together: plain Unicode."""

    def word(self, text: str, kind: str) -> str:
        """Characters; the kind is variable, upright, bold or symbol."""
        return text

    def fraction(self, above: str, below: str) -> str:
        """One over another."""
        return f"{_parenthesized(above)}/{_parenthesized(below)}"

    def root(self, inside: str, index: str) -> str:
        """A root; the index is empty for the square root."""
        return f"{index or ''}√({inside})"

    def script(self, text: str, raised: bool) -> str:
        """An exponent or an index."""
        table = _RAISED if raised else _LOWERED
        if all(c in table for c in text):
            return "".join(table[c] for c in text)
        mark = "^" if raised else "_"
        return mark + (text if len(text) == 1 or text.isalnum() else f"({text})")

    def table(self, rows: Sequence[Sequence[str]], cases: bool) -> str:
        """A matrix, or cases."""
        if cases:
            return "{" + "; ".join(_case(cells, ", ") for cells in rows) + "}"
        return "(" + "; ".join("  ".join(cells) for cells in rows) + ")"


def _parenthesized(text: str) -> str:
    return f"({text})" if re.search(r"[ /]|.−", text) else text


def _case(cells: Sequence[str], sign: str) -> str:
    """One line of cases: the value, and the condition."""
    value, condition = (*cells, "")[:2]
    return value + sign + (condition if condition in ("", "else") else f"if {condition}")


class HtmlStyle(Style):
    """HTML without scripts: spans, ``sub``, ``sup`` and tables."""

    def word(self, text: str, kind: str) -> str:
        tag = {"variable": "i", "bold": "b"}.get(kind)
        return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)

    def fraction(self, above: str, below: str) -> str:
        return f'<span class="f"><span>{above}</span><span>{below}</span></span>'

    def root(self, inside: str, index: str) -> str:
        return f'<sup>{index}</sup>√<span class="r">{inside}</span>'

    def script(self, text: str, raised: bool) -> str:
        tag = "sup" if raised else "sub"
        return f"<{tag}>{text}</{tag}>"

    def table(self, rows: Sequence[Sequence[str]], cases: bool) -> str:
        lines = [[_case(cells, "</span><span>")] if cases else cells for cells in rows]
        cells = ("".join(f"<span>{cell}</span>" for cell in line) for line in lines)
        text = "".join(f"<span>{line}</span>" for line in cells)
        return f'<span class="{"c" if cases else "m"}">{text}</span>'


def _greek(name: str) -> str:
    """A Greek letter by its name, or nothing."""
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return ""


def to_html(formula: str) -> str:
    r"""A formula as HTML.

    Example
    -------
    >>> to_html(r"z_{1} < \frac{1}{2}")
    '<i>z</i><sub>1</sub> &lt; <span class="f"><span>1</span><span>2</span></span>'
    """
    return re.sub(" {2,}", " ", _Reader(formula, HtmlStyle()).read()).strip()


def to_unicode(formula: str) -> str:
    r"""A formula as plain text.

    Example
    -------
    >>> to_unicode(r"\frac{\partial J}{\partial W_{1}} = {X}^\top \, G \odot \sigma")
    '∂J/∂W₁ = Xᵀ G ⊙ σ'
    """
    return re.sub(r" {2,}", " ", _Reader(formula, Style()).read()).strip()


class _Reader:
    """Reads a formula once, from left to right."""

    def __init__(self, formula: str, style: Style) -> None:
        self._tokens = [t for t in _TOKEN.findall(formula) if not t.isspace()]
        self._place = 0
        self._depth = 0
        self._style = style

    def read(self) -> str:
        return self._row(())

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _row(self, ends: Sequence[str]) -> str:
        """All up to one of the ends, which is left."""
        parts = []
        while self._peek() and self._peek() not in ends:
            parts.append(self._atom())
        return "".join(parts)

    def _argument(self) -> str:
        """A group in braces, or one atom."""
        if self._peek() != "{":
            return self._atom()
        self._take()
        self._depth += 1
        deep = self._depth > _DEEPEST
        found = self._style.word(self._raw(), "upright") if deep else self._row("}")
        self._depth -= 1
        if not deep:
            self._take()
        return found

    def _raw(self) -> str:
        """The characters up to the closing brace, which is taken."""
        parts, depth = [], 1
        while depth and self._peek():
            token = self._take()
            depth += (token == "{") - (token == "}")
            if depth:
                parts.append(_SYMBOLS.get(token, token) if token[0] == "\\" else token)
        return "".join(parts)

    def _atom(self) -> str:
        token = self._peek()
        if token == "{":
            return self._argument()
        self._take()
        if token in "^_":
            return self._style.script(self._argument().strip(), token == "^")
        command: Callable[[], str] | None = getattr(self, f"_{token[1:]}_", None)
        if token[0] == "\\" and command is not None:
            return command()
        if token in _UPRIGHT:
            return self._upright(token)
        return self._symbol(token)

    def _upright(self, token: str) -> str:
        bold = "bold" if token == r"\mathbf" else "upright"
        if self._peek() != "{":
            return self._style.word(self._take(), bold)
        self._take()
        return self._style.word(self._raw(), bold)

    def _symbol(self, token: str) -> str:
        if token[0] == "\\" and (letter := _greek(token[1:])):
            return self._style.word(letter, "variable")
        if token in _SYMBOLS:
            minus = token == "-" and self._follows_operand()
            return self._style.word(" − " if minus else _SYMBOLS[token], "symbol")
        if token in _OPERATORS:
            return self._style.word(f" {token} ", "symbol")
        if token[0] == "\\":
            space = " " if self._before_operand() else ""
            return self._style.word(token[1:] + space, "upright")
        if token == ",":
            return self._style.word(", ", "symbol")
        return self._style.word(token, "variable" if token.isalpha() else "symbol")

    def _before_operand(self) -> bool:
        """Whether a name of a function is followed by what it is applied to, or another name."""
        token = self._peek()
        return token.isalnum() or token in _UPRIGHT or bool(_greek(token[1:]))

    def _follows_operand(self) -> bool:
        """Whether a minus stands between two terms."""
        before = self._tokens[self._place - 2] if self._place > 1 else "("
        opening = self._place > 2 and self._tokens[self._place - 3] in (r"\left", r"\begin")
        return before not in ("(", "{", "=", "&", "[", ",") and not opening

    def _frac_(self) -> str:
        above = self._argument()
        return self._style.fraction(above, self._argument())

    def _sqrt_(self) -> str:
        index = ""
        if self._peek() == "[":
            self._take()
            index = self._row("]")
            self._take()
        return self._style.root(self._argument(), index)

    def _left_(self) -> str:
        token = self._take()
        return "" if token == "." else self._style.word(_SYMBOLS.get(token, token), "symbol")

    _right_ = _left_

    def _begin_(self) -> str:
        name = self._environment()
        rows: list[list[str]] = [[]]
        while self._peek() and self._peek() != r"\end":
            rows[-1].append(self._row(("&", r"\\", r"\end")).strip())
            if self._peek() == r"\\":
                rows.append([])
            if self._peek() != r"\end":
                self._take()
        self._take()
        self._environment()
        return self._style.table(rows, name == "cases")

    def _environment(self) -> str:
        self._take()
        return self._raw()
