"""Subscripts of einsum: which index runs along which axis, and what is wrong with a call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from ..errors import ShapeError
from ..graph.dims import Dim
from ..graph.graph import Expr
from .operands import describe, shorten
from .shapes import squeeze

_GRAMMAR = re.compile(r"(?:[A-Za-z]|\.{3}|,)*(?:->(?:[A-Za-z]|\.{3})*)?")
_FIRST = 0xE000  # characters from here on are private: indices that users have no name for


class Term(NamedTuple):
    """A factor, and the index that runs along each of its axes, a character."""

    x: Expr
    indices: str


def private(i: int) -> str:
    """An index that no subscripts contain."""
    return chr(_FIRST + i)


class Subscripts:
    """The subscripts of a call with their operands: terms and output, all indices named.

    Raises
    ------
    ShapeError
        If they can not be read, or do not fit the operands.

    Example
    -------
    >>> from symgrad import Graph
    >>> A = Graph().input("A", "[n, 3]")
    >>> Subscripts("ij, kj", [A, A]).output
    'ik'
    """

    def __init__(self, text: str, operands: Sequence[Expr]) -> None:
        self.text = text
        self.operands = operands
        inputs, arrow, output = self._checked(text.replace(" ", "")).partition("->")
        groups = inputs.split(",")
        if len(groups) != len(operands):
            s = "s" * (len(groups) != 1)
            self._refuse(f"it has indices for {len(groups)} operand{s}, not for {len(operands)}")
        pairs = list(zip(groups, operands, strict=True))
        hidden = max(self._hidden(group, x) for group, x in pairs)
        self.ellipsis = "".join(map(private, range(hidden)))
        self.sizes: dict[str, tuple[int | Dim, Expr]] = {}
        self.terms = [self._fitted(self._named(group, x)) for group, x in pairs]
        self.output = self._given(output) if arrow else self._implied(inputs)

    def _refuse(self, reason: str, how: str | None = None) -> NoReturn:
        operands = " and ".join(map(describe, self.operands))
        what = f'cannot apply einsum("{self.text:.60}") to {operands}: {reason}'
        raise ShapeError(what, how=how)

    def _checked(self, text: str) -> str:
        """The text, if it is made of letters, commas, an arrow and ellipses."""
        match = _GRAMMAR.match(text)
        end = match.end() if match else 0
        if end < len(text):
            how = 'Indices are letters: einsum("ij,jk->ik", A, B).'
            self._refuse(f"{text[end : end + 10]!r} has no meaning there", how)
        return text

    def _hidden(self, group: str, x: Expr) -> int:
        """How many axes the ellipsis of an operand stands for."""
        named = group.replace("...", "")
        spare = x.ndim - len(named)
        if group.count("...") > 1:
            self._refuse(f"{group} has two ellipses")
        if spare < 0 or (spare and "..." not in group):
            s = "es" if len(named) != 1 else "is"
            how = "Write ... for the others." if spare > 0 else None
            self._refuse(f"{group!r} names {len(named)} ax{s}, and {describe(x)} has {x.ndim}", how)
        return spare

    def _named(self, group: str, x: Expr) -> Term:
        """An operand with its hidden axes named, the last ones of all that are hidden."""
        spare = x.ndim - len(group.replace("...", ""))
        return Term(x, group.replace("...", self.ellipsis[len(self.ellipsis) - spare :]))

    def _fitted(self, term: Term) -> Term:
        """A term whose sizes are those of the others."""
        for index, size in zip(term.indices, term.x.shape, strict=True):
            known, where = self.sizes.setdefault(index, (size, term.x))
            if index in self.ellipsis and known == 1:
                self.sizes[index] = size, term.x
            elif known != size and not (index in self.ellipsis and size == 1):
                self._mismatch(index, known, where, size, term.x)
        return term

    def _mismatch(
        self, index: str, known: int | Dim, where: Expr, size: int | Dim, x: Expr
    ) -> None:
        if index in self.ellipsis:
            index = f"axis {self.ellipsis.index(index) - len(self.ellipsis)} of ..."
        else:
            index = f"index {index}"
        if where is x:
            self._refuse(f"{index} is both {known} and {size} in {shorten(x)}")
        self._refuse(f"{index} is {known} in {shorten(where)} and {size} in {shorten(x)}")

    def broadcast(self) -> list[Term]:
        """The terms without those hidden axes of size 1 that are longer in another."""
        return [self._narrowed(term) for term in self.terms]

    def _narrowed(self, term: Term) -> Term:
        axes = tuple(
            i
            for i, (index, size) in enumerate(zip(term.indices, term.x.shape, strict=True))
            if index in self.ellipsis and size == 1 and self.sizes[index][0] != 1
        )
        indices = "".join(c for i, c in enumerate(term.indices) if i not in axes)
        return Term(squeeze(term.x, axis=axes), indices) if axes else term

    def _given(self, output: str) -> str:
        """The output's indices, each once and each in an operand."""
        if output.count("...") > 1:
            self._refuse("the output has two ellipses")
        if self.ellipsis and "..." not in output:
            self._refuse("the output lacks the axes of ...", f'Write "->...{output}".')
        for index in output.replace("...", ""):
            if output.count(index) > 1:
                self._refuse(f"index {index} stands twice in the output")
            if index not in self.sizes:
                self._refuse(f"index {index} of the output is in no operand")
        return output.replace("...", self.ellipsis)

    def _implied(self, inputs: str) -> str:
        """All hidden axes, and the indices that stand once, in alphabetical order."""
        letters = [c for c in inputs if c.isalpha()]
        return self.ellipsis + "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
