"""Results whose memory a function keeps, to compute in it again once nobody has them any more.

New memory costs more than it seems to: the system clears every page of it when it is first written,
which for 1 MiB takes up to 0.5 ms. A caller who keeps a result, or a part of it, keeps its memory:
the next call then makes other arrays. What a result alone reads, and may overwrite, is computed in
the memory of the result: a gradient's product before a decay is added to it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...graph.dims import product
from ...graph.types import Shape
from ..account import Held
from .body import Workspace
from .kept import sizes_text
from .layout import INDENT

_LARGE = 2**12  # bytes of a result; NumPy makes smaller ones as fast
_LEAST, _MOST = 2**16, 2**26  # bytes of all; fewer come from memory in use, more are too much


class Result(NamedTuple):
    """An array that is returned, or of which parts are; by the number of a node."""

    number: int
    shape: Shape
    dtype: np.dtype[Any]

    @property
    def bytes(self) -> int:
        """How large it is; 0 where a named dim decides."""
        size = product(self.shape)
        return size * self.dtype.itemsize if isinstance(size, int) else 0


def worth_keeping(results: Sequence[Result]) -> list[Result]:
    """Those whose memory is kept: of fixed sizes, large each, and neither small nor huge in all.

    Example
    -------
    >>> row, square = (Result(0, shape, np.dtype(float)) for shape in [(100,), (100, 100)])
    >>> len(worth_keeping([row, square])), len(worth_keeping([row]))
    (1, 0)
    """
    large = [r for r in results if r.bytes >= _LARGE]
    return large if _LEAST <= sum(r.bytes for r in large) <= _MOST else []


def keep_results(space: Workspace, name: str, results: Sequence[tuple[str, Result]]) -> None:
    """Let a workspace hold arrays for results; a call takes them, or makes others."""
    space.results = [own for own, _ in results]
    space.arrays[name] = f"[{name}]"
    space.sets = name
    arrays = [f"np.empty({sizes_text(r.shape)}, np.{r.dtype.name})" for _, r in results]
    space.lines += [f"{name} = [", *(f"{INDENT}{a}," for a in arrays), "]"]
    space.held += [Held(own, (r.shape,), r.dtype.itemsize) for own, r in results]


def take_turns(space: Workspace, name: str, results: Collection[str]) -> None:
    """Let a workspace hold two sets of what results lie in, which serve in turn.

    The results of a call may be arguments of the next, which computes in all other memory anew.
    """
    roots = _roots(space)
    own = {roots[r] for r in results}
    space.turns = {n: made for n, made in space.arrays.items() if roots[n] in own}
    space.arrays = {n: made for n, made in space.arrays.items() if roots[n] not in own}
    space.turn_lines = [line for line in space.lines if roots[_target(line)] in own]
    space.lines = [line for line in space.lines if roots[_target(line)] not in own]
    twice = [h for h in space.held if roots.get(h.name) in own]
    space.held += [h._replace(name=f"{h.name}, the other set") for h in twice]
    space.arrays[name] = ""  # made by a function that has no name yet
    space.sets = name


def _roots(space: Workspace) -> dict[str, str]:
    """For all that a workspace holds the name of the memory that it lies in."""
    roots: dict[str, str] = {}
    for name, made in [*(line.split(" = ", 1) for line in space.lines), *space.arrays.items()]:
        head = re.match(r"\w*", made)
        assert head is not None
        roots.setdefault(name, roots.get(head[0], name))
    return roots


def _target(line: str) -> str:
    return line.partition(" = ")[0]
