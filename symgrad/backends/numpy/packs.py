"""Which calls can be packed, and what a packed call says."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

from ...graph.graph import Expr
from ..cliques import FEWEST, Part
from ..plan import Kind, typical_bytes
from .templates import Call, Filled, Operand, Spread

_LARGEST = 2**14  # bytes of a row at the typical size; calls of larger arrays cost little
_PRODUCT, _COLUMN_SUMS = "{0}.dot({1})", "{1}.dot({0})"


class Packable(NamedTuple):
    """A call of stacked arrays, and for each operand the value that is a row, if it is one."""

    text: str
    into: str
    rows: tuple[Expr | None, ...]


def packable(node: Expr, call: Call, kinds: Mapping[int, Kind]) -> Packable | None:
    """How equal calls are said by one, if they can be.

    Rows may stand there turned: NumPy's products of stacks read them so.
    """
    said = _packed(call.text, call.into, call.in_place, call.copied)
    if said is None:
        return None
    text, into = said
    elementwise = text == call.text
    if not elementwise and not _is_product(call):
        return None
    ndim = len(node.type.shape) if elementwise else 0
    rows = tuple([_row(x, kinds, ndim) for x in call.operands])
    return None if rows.count(None) == len(rows) else Packable(text, into, rows)


@cache
def _packed(text: str, into: str, in_place: bool, copied: bool) -> tuple[str, str] | None:
    """The call of stacked arrays, without and with an output."""
    name = {_PRODUCT: "np.matmul({0}, {1})", _COLUMN_SUMS: "np.matmul({1}, {0})"}.get(text)
    if name:
        return name, f"{name.removesuffix(')')}, {{out}})"
    return (text, into) if in_place and not copied and into.startswith("np.") else None


def _is_product(call: Call) -> bool:
    """Whether a product is one of matrices, or of ones with a matrix."""
    x, y = call.operands
    if not isinstance(x, Expr) or x.ndim != 2:
        return False
    if call.text == _PRODUCT:
        return isinstance(y, Expr) and y.ndim == 2
    return isinstance(y, Filled) and len(y.shape) == 1


def _row(x: Operand, kinds: Mapping[int, Kind], ndim: int) -> Expr | None:
    """What may be a row: memory that is written; for products of any matrix, turned or not."""
    if not isinstance(x, Expr):
        return None
    own = len(x.type.shape)
    if not own or (ndim and own != ndim):
        return None
    base = x.args[0] if not ndim and x.op == "transpose" else x
    return base if kinds.get(base.id) is Kind.INTO else None


def parts_of(
    nodes: Iterable[Expr], calls: Mapping[int, Call], kinds: Mapping[int, Kind]
) -> dict[int, Part]:
    """The steps that may be packed: small ones, of which some are equal."""
    groups: dict[Hashable, list[tuple[int, tuple[Expr, ...]]]] = {}
    for node in nodes:
        said = packable(node, calls[node.id], kinds)
        if said is not None:
            key, reads = _sort_of(node, said, calls[node.id], kinds[node.id])
            groups.setdefault(key, []).append((node.id, reads))
    parts: dict[int, Part] = {}
    for number, steps in enumerate(groups.values()):
        first, operands = steps[0]
        if len(steps) >= FEWEST and all(typical_bytes(x) <= _LARGEST for x in operands):
            stacked = kinds[first] is Kind.INTO
            parts.update((i, Part(number, reads, stacked)) for i, reads in steps)
    return parts


def _sort_of(
    node: Expr, said: Packable, call: Call, kind: Kind
) -> tuple[tuple[Hashable, ...], tuple[Expr, ...]]:
    """All that a step has in common with those it is packed with; what it reads of its own."""
    key: list[Hashable] = [said.into, node.type, kind is Kind.INTO]
    reads = []
    for x, row in zip(call.operands, said.rows, strict=True):
        if row is not None:
            reads.append(row)
            key += (x is row, row.type)
        else:
            x = x.source if isinstance(x, Spread) else x
            key.append(("node", x.id) if isinstance(x, Expr) else x)
    return tuple(key), tuple(reads)


def rows_text(rows: range, stack: int) -> str:
    """An index of some rows among so many; nothing for all.

    Example
    -------
    >>> rows_text(range(4), 4), rows_text(range(1, 4), 4), rows_text(range(2, -1, -1), 4)
    ('', '[1:4]', '[2::-1]')
    """
    if rows == range(stack):
        return ""
    stop = "" if rows.stop < 0 else rows.stop
    step = "" if rows.step == 1 else f":{rows.step}"
    return f"[{rows.start or ''}:{stop}{step}]"
