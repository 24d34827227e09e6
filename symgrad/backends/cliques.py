"""Which equal steps can be carried out at one time: none waits for another, and nobody for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..graph.graph import Expr
from .plan import typical_bytes

FEWEST = 4  # steps; of fewer, what is saved is hardly noticed
_ROUNDS = 2  # what the first finds no mates for, the second takes as it stands
_MOST = 2**22  # bytes of a stack at the typical size: what is larger leaves the cache meanwhile


class Part(NamedTuple):
    """A step that may be part of a pack.

    Attributes
    ----------
    sort : int
        The same for steps that may be in one pack.
    reads : tuple of Expr
        What has to be rows of stacked arrays.
    stacked : bool
        Whether the result is a row of such an array too; else the pack makes a new array.
    """

    sort: int
    reads: tuple[Expr, ...]
    stacked: bool


def cliques(nodes: Sequence[Expr], parts: Mapping[int, Part], views: set[int]) -> list[list[Expr]]:
    """Groups of steps that may each be one call; only what is in one moves from its place."""
    movable = {n.id for n in nodes if n.id in parts}
    found: list[list[Expr]] = []
    for _ in range(_ROUNDS):
        if not movable:
            return []
        found = [*_at_one_time(nodes, parts, movable, views)]
        movable = {n.id for c in found for n in c}
    return found


def _at_one_time(
    nodes: Sequence[Expr], parts: Mapping[int, Part], movable: set[int], views: set[int]
) -> Iterator[list[Expr]]:
    """Steps of one key that can all be carried out at one time."""
    ready, rank = _readiness(nodes, movable, views)
    due = _deadlines(nodes, movable | views)
    groups: dict[tuple[int, int], list[Expr]] = {}
    for n in nodes:
        if n.id in movable:
            groups.setdefault((parts[n.id].sort, rank[n.id]), []).append(n)
    for group in groups.values():
        if len(group) >= FEWEST:
            group.sort(key=lambda n: ready[n.id])
            row = max(map(typical_bytes, [group[0], *parts[group[0].id].reads]))
            for members in _meeting(group, ready, due):
                if len(members) >= FEWEST and len(members) * row <= _MOST:
                    yield members


def _readiness(
    nodes: Sequence[Expr], movable: set[int], views: set[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """The place before which each can be carried out at the earliest; how many parts precede it."""
    ready, rank = dict[int, int](), dict[int, int]()
    for place, n in enumerate(nodes):
        number, first, before = n.id, place + 1, -1
        moves = number in movable
        if moves or number in views:
            first = 0
            for a in n.args:
                if a.id in ready:  # else it is given, or of an earlier section
                    first, before = max(first, ready[a.id]), max(before, rank[a.id])
        ready[number], rank[number] = first, before + moves
    return ready, rank


def _deadlines(nodes: Sequence[Expr], movable: set[int]) -> dict[int, int]:
    """The place before which each has to be carried out."""
    due: dict[int, int] = {}
    end = len(nodes)
    for place in range(end - 1, -1, -1):
        n = nodes[place]
        limit = due.setdefault(n.id, end) if n.id in movable else place
        for a in n.args:
            if due.get(a.id, end) >= limit:
                due[a.id] = limit
    return due


def _meeting(
    group: Sequence[Expr], ready: Mapping[int, int], due: Mapping[int, int]
) -> Iterator[list[Expr]]:
    """Cut a group, sorted by readiness, where no time suits all any more."""
    members = [group[0]]
    limit = due[group[0].id]
    for n in group[1:]:
        if ready[n.id] > limit:
            yield members
            members, limit = [], due[n.id]
        members.append(n)
        limit = min(limit, due[n.id])
    yield members
