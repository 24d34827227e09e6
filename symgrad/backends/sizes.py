"""The sizes that a question about a compiled function names: ``f.cost(n=64)``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from operator import index

from ..errors import GraphError, ShapeError, suggest
from ..graph.dims import evaluate
from .schedule import Schedule


def checked_sizes(
    asked: str, plan: Schedule, given: Mapping[str, object], how: str = ""
) -> dict[str, int]:
    """The size of every named dim, or of none.

    Parameters
    ----------
    asked : str
        What was called, for complaints: ``"f.cost"``.
    plan : Schedule
        The computation whose dims are named.
    given : mapping
        Sizes by their names.
    how : str, optional
        How to give them, if not by a call.

    Raises
    ------
    GraphError, ShapeError
        If a size is unknown, missing or no size.
    """
    usual = how or f"Call it as {asked}({', '.join(f'{d}=64' for d in plan.dims)})."
    counted = [str(d) for d in plan.counted.values() if d not in plan.dims]
    for dim in given:
        if dim not in plan.dims and dim not in counted:
            near = suggest(dim, [*plan.dims, *counted])
            meant = f"; did you mean {near}?" if near else ""
            raise GraphError(f"{asked}: there is no named dim {dim}{meant}", how=usual)
    sizes = {d: _number_of(asked, d, value, usual) for d, value in given.items()}
    missing = [d for d in plan.dims if d not in sizes]
    if missing and sizes:
        raise ShapeError(f"{asked}: the size of {', '.join(missing)} is missing", how=usual)
    return sizes if missing else _with_bounds(plan, sizes)


def _number_of(asked: str, dim: str, value: object, how: str) -> int:
    number = -1
    with suppress(TypeError):
        number = index(value)  # type: ignore[arg-type]
    if number < 0 or isinstance(value, bool):
        raise ShapeError(f"{asked}: {dim} is a number of elements, not {value!r:.40}", how=how)
    return int(number)


def _with_bounds(plan: Schedule, sizes: dict[str, int]) -> dict[str, int]:
    """Sizes that are counted on the way as large as they can be, where none is given."""
    known = dict(sizes)
    for number, dim in plan.counted.items():
        if dim not in sizes and dim not in plan.dims:
            most = evaluate(plan.graph.nodes[number].args[0].size, known)
            known[str(dim)] = max(most, known.get(str(dim), 0))
    return known
