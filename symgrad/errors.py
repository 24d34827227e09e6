"""Every exception of the package, and the one place that formats them.

An error says *what* is wrong, *where* (the user's line, underlined, when the expression came from
text) and *how* to put it right. This module imports nothing of the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

_SHOWN = 72  # columns of a source line shown around the offending text


class Span(NamedTuple):
    """A stretch of source text: ``text[start:end]``, for pointing at what the user wrote."""

    text: str
    start: int
    end: int

    @property
    def line(self) -> int:
        """Line number, from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """Column number, from 1."""
        return self.start - (self.text.rfind("\n", 0, self.start) + 1) + 1

    def show(self) -> str:
        """The line with its number, and the offending text underlined below it.

        Example
        -------
        >>> print(Span("a = 1\\nb = q + a", 10, 11).show())
          line 2:  b = q + a
                       ^
        """
        begin = self.text.rfind("\n", 0, self.start) + 1
        stop = self.text.find("\n", self.start)
        stop = len(self.text) if stop < 0 else stop
        left = max(begin, min(self.start - _SHOWN // 3, stop - _SHOWN))
        right = min(stop, left + _SHOWN)
        head = f"  line {self.line}:  " + ("..." if left > begin else "")
        blank = self.text[left:right].translate({9: " ", 13: " "})  # tabs, and ends of lines
        shown = printable(blank) + ("..." if right < stop else "")
        width = max(1, min(self.end, right) - self.start)
        return f"{head}{shown}\n{' ' * (len(head) + self.start - left)}{'^' * width}"


def printable(text: str) -> str:
    """One column per character: control characters become a visible placeholder."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class SymgradError(Exception):
    """Base of all that symgrad raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, in the user's names.
    span : Span, optional
        Where in the user's text; shown with the offending part underlined.
    how : str, optional
        What would be right.

    Example
    -------
    >>> print(SymgradError("unknown name q", Span("q + 1", 0, 1), "Did you mean Q?"))
    unknown name q
      line 1:  q + 1
               ^
      Did you mean Q?
    """

    def __init__(self, what: str, span: Span | None = None, how: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.span = span
        self.how = how

    @property
    def line(self) -> int | None:
        """Line of the offending text, from 1, when the expression came from text."""
        return self.span.line if self.span else None

    @property
    def column(self) -> int | None:
        """Column of the offending text, from 1, when the expression came from text."""
        return self.span.column if self.span else None

    def __str__(self) -> str:
        parts = [self.what]
        if self.span is not None:
            parts.append(self.span.show())
        if self.how is not None:
            parts.append(f"  {self.how}")
        return "\n".join(parts)


class ParseError(SymgradError, ValueError):
    """Text that is not an expression of the language, with line and column."""


class ShapeError(SymgradError, ValueError):
    """Shapes that do not fit together."""


class DTypeError(SymgradError, TypeError):
    """A dtype where it makes no sense."""


class GraphError(SymgradError, ValueError):
    """Misuse of the graph: mixed graphs, bad or repeated names."""


class DifferentiationError(SymgradError, ValueError):
    """A derivative that does not exist."""


class CodegenError(SymgradError, ValueError):
    """Code that cannot be emitted."""


class RenderError(SymgradError, RuntimeError):
    """A picture that cannot be drawn."""


class LinAlgError(SymgradError, np.linalg.LinAlgError):
    """A matrix of these values has no inverse, or no Cholesky factor."""


class GradientError(SymgradError, ArithmeticError):
    """A gradient that disagrees with numerical differentiation."""


def suggest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to a misspelt one, or None.

    Example
    -------
    >>> suggest("sigmoud", ["softmax", "sigmoid"])
    'sigmoid'
    """
    import difflib

    known = list(known)
    folded = [k for k in known if k.casefold() == name.casefold()]
    near = folded or difflib.get_close_matches(name[:100], known, n=1)
    return near[0] if near else None
