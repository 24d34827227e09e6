"""Templates of NumPy calls: their text, with places for operands and for the output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from ...graph.graph import Expr
from ...graph.types import Shape

LARGEST_SPREAD = 2**13
"""Elements up to which an operand is repeated; of more, the copy costs what it saves."""
LONGEST_DOT = 2**12
"""Terms up to which products sum; NumPy's own sums of more are the more exact."""
UNIVERSAL = {name for name, value in vars(np).items() if isinstance(value, np.ufunc)}
"""The names of NumPy's universal functions."""
ALIASES = {f"_{name}": f"np.{name}" for name in sorted(UNIVERSAL)}
"""Universal functions under names of the emitted module, which are found faster than NumPy's."""
_CALLED = re.compile(r"\bnp\.(\w+)(?=\(|\.reduce\()")


def aliased(text: str) -> str:
    """The text of calls, with universal functions by their aliases."""
    return _CALLED.sub(lambda m: f"_{m[1]}" if m[1] in UNIVERSAL else m[0], text)


@cache
def _aliased_template(text: str) -> str:
    return aliased(text)


class Filled(NamedTuple):
    """An array of one number, kept from call to call.

    Where ``row`` is true, and the array is large, its last axis alone will do.
    """

    value: float
    shape: Shape
    row: bool = False


class Spread(NamedTuple):
    """An operand that is repeated in an array of the result's shape right before it is read.

    A call of arrays of one shape starts 0.5 µs sooner than one that repeats an operand itself,
    which a copy does at once. Where the result is large, the operand is copied as it is.
    """

    source: Expr
    shape: Shape


class Total(NamedTuple):
    """What sums an array: of few entries a product with ones, of more NumPy's own sum.

    The product takes a third of the time; NumPy's sum of very many is the more exact.
    """

    shape: Shape


Operand = Expr | float | Filled | Spread | Total
"""A node, a number, an array of one number, a node that is repeated first, or what sums one."""


class Call(NamedTuple):
    """A call: its text with places ``{0}``, ``{1}``, ... and what stands there.

    ``into`` is the text with ``{out}``, the output, if it can have one; ``in_place`` says that an
    operand of the result's type may be the output too; ``plain`` that the row's own text is as good
    where there is no output; ``copied`` that the first operand is copied to the output first.
    """

    text: str
    into: str
    operands: tuple[Operand, ...]
    in_place: bool = False
    plain: bool = False
    copied: bool = False

    def write(self, operands: Sequence[str], out: str | None = None, flat: str = "") -> str:
        """The call with its operands, and its output if it has one, or that as one row."""
        called = _aliased_template(self.text if out is None else self.into)
        written = called.format(*operands, out=out, flat=flat)
        return aliased(written) if "np." in written else written
