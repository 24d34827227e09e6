"""A derivation to read: as Markdown, HTML, LaTeX or plain text, from one list of blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from ..graph.types import show_shape
from ..lang.latex import name_latex
from .board import Board, Cotangent, Line, Share
from .formulas import sizes_latex
from .rules import rule_of
from .typeset import to_unicode
from .writers import STYLE, Block, Equation, write_html, write_latex, write_markdown, write_plain

Array = np.ndarray[Any, Any]
_MOST = 16  # elements of an array that are shown


class Derivation:
    """The chain rule for one expression, step by step; made by `symgrad.derive`.

    Attributes
    ----------
    forward : list of Line
        The named values; the last is what is differentiated.
    backward : list of Cotangent
        Their cotangents, in the order of Deep Learning, algorithm 6.4.
    gradients : list of Line
        What was asked for.

    Each has a ``name``, a ``formula`` (LaTeX), and an ``expr``: the same of the inputs alone.
    """

    def __init__(self, board: Board, numbers: dict[int, Array]) -> None:
        self.forward: list[Line] = board.forward
        self.backward: list[Cotangent] = board.backward
        self.gradients: list[Line] = board.gradients
        self._loss = name_latex(board.loss)
        self._letter = board.letter
        self._numbers = numbers

    def to_markdown(self) -> str:
        """Markdown with formulas in dollars, as notebooks, GitHub and MathJax read it."""
        return "\n\n".join(write_markdown(b) for b in self._blocks()) + "\n"

    def to_html(self) -> str:
        """A page of its own: formulas are HTML too, so it needs no script and no network."""
        title = escape(to_unicode(rf"Derivation of {self._loss}"))
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{title}</title>\n</head>\n<body>\n{self._repr_html_()}</body>\n</html>\n"
        )

    def to_latex(self) -> str:
        """LaTeX to put into a document that loads amsmath and amssymb."""
        return "\n\n".join(write_latex(b) for b in self._blocks()) + "\n"

    def __str__(self) -> str:
        return "\n".join(write_plain(b) for b in self._blocks())

    def __repr__(self) -> str:
        names = ", ".join(line.name for line in self.gradients)
        return f"<symgrad.Derivation of {self.forward[-1].name} toward {names}>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        body = "\n".join(write_html(b) for b in self._blocks())
        return f'<div class="symgrad">\n<style>{STYLE}</style>\n{body}\n</div>\n'

    def _blocks(self) -> Iterator[Block]:
        asked = ", ".join(rf"\({name_latex(line.name)}\)" for line in self.gradients)
        yield Block("title", rf"Derivatives of \({self._loss}\) with respect to {asked}")
        yield Block("heading", "Forward")
        yield Block("equations", equations=tuple(map(self._equation, self.forward)))
        if self.backward:
            yield Block("heading", "Backward")
            yield Block("prose", self._conventions())
        explained: set[str] = set()
        for number, cotangent in enumerate(self.backward, 1):
            yield Block("prose", f"{number}. {_told(cotangent, explained)}")
            yield Block("equations", equations=(self._equation(cotangent),))
        yield Block("heading", "Gradients")
        yield Block("equations", equations=tuple(map(self._equation, self.gradients)))

    def _conventions(self) -> str:
        """What the signs mean, of those that occur."""
        said = "".join(line.formula for line in [*self.forward, *self.backward])
        said += "".join(s.local or "" for c in self.backward for s in c.shares)
        notes = [r"Each \(\partial " + self._loss + r"/\partial v\) has the shape of \(v\)."]
        if r"\odot" in said or any(
            s.elementwise and s.local and c.shape for c in self.backward for s in c.shares
        ):
            notes.append(r"\(\odot\), fractions and powers of arrays work element by element.")
        if r"\mapsto" in said:
            notes.append(rf"\({self._letter} \mapsto\) says what a rule makes of a cotangent.")
        if r"\mathbf{1}\left[" in said:
            notes.append(r"\(\mathbf{1}[\ldots]\) is 1 where the condition holds, else 0.")
        if re.search(r"\\mathbf\{1\}(?!\\left\[)", said):
            notes.append(r"\(\mathbf{1}\) is all ones.")
        return " ".join(notes)

    def _equation(self, line: Line) -> Equation:
        value = self._numbers.get(line.expr.id)
        number = "" if value is None or r"\cdots" in line.formula else _number(value)
        if number == line.formula:
            number = ""
        shape = sizes_latex(show_shape(line.shape)) if line.shape else ""
        return Equation(line.symbol, line.formula, shape, number)


def _told(cotangent: Cotangent, explained: set[str]) -> str:
    """Through which readers a cotangent comes, by which rules."""
    told = [_by(share, cotangent.name, explained) for share in cotangent.shares]
    if len(told) > 1:
        told.append(f"The {len(told)} shares add up.")
    return " ".join(told)


def _by(share: Share, name: str, explained: set[str]) -> str:
    """One reader, the rules (explained once), and the local derivative in symbols."""
    rules = []
    for rule in share.rules:
        rules.append(f"`{rule}`" + (f" ({rule_of(rule)})" if rule not in explained else ""))
        explained.add(rule)
    by = f" by {', '.join(rules)}" if rules else ""
    local = rf": \({share.local}\)" if share.local else ""
    return rf"From \({share.reader}\) back to \({name_latex(name)}\){by}{local}."


def _number(value: Array) -> str:
    """Small arrays as they are; of large ones the range."""
    value = np.asarray(value)
    if value.size == 0 or value.size > _MOST or value.ndim > 2:
        if value.size == 0:
            return ""
        return rf"\in [{_digits(value.min())}, {_digits(value.max())}]"
    if value.ndim == 0:
        return _digits(value)
    rows = value if value.ndim == 2 else value[None]
    cells = r" \\ ".join(" & ".join(map(_digits, row)) for row in rows)
    return rf"\begin{{pmatrix}}{cells}\end{{pmatrix}}"


def _digits(value: Any) -> str:
    text = f"{float(value) + 0.0:.4g}"
    if "inf" in text or "nan" in text:
        return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text
