"""What the emitted code of a function does with memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...errors import ShapeError
from ...graph.dims import evaluate, product
from ...graph.graph import Expr
from ...ops.op import registry
from ..account import Account, Sizes, bytes_of, elements_of
from ..checkpoints import at_checkpoints, fitted
from ..memory import Memory
from ..plan import typical_bytes
from ..schedule import Schedule, schedule
from ..sizes import checked_sizes
from .calls import BLOCK, call_of
from .emission import Emitted, Limit, Signature
from .module import emit
from .numbers import is_of_numbers
from .temporaries import bytes_within

_DEL = "del "


def memory_of(signature: Signature, sizes: Mapping[str, object]) -> Memory:
    """What memory the function of a signature takes for sizes."""
    without = None
    if signature.whole:
        free = replace(signature, outputs=signature.whole, whole=(), checkpoints=None, limit=None)
        without = memory_of(free, sizes)
    f = emit(signature)
    return Memory(signature.name, f.plan, account_of(f), sizes, without)


def economize(signature: Signature) -> Signature:
    """The signature with outputs that need less memory, if that is asked for.

    Raises
    ------
    CodegenError, GraphError, ShapeError
        If what is asked for is not understood, or can not be reached.
    """
    s = signature
    if s.checkpoints is None and s.limit is None:
        return s
    plan = schedule(s.inputs, s.outputs, s.updated, s.asked)
    s = replace(s, inputs=plan.inputs)
    if s.limit is not None:
        sizes = _sizes_of(s.limit, plan)
        free = replace(s, limit=None)  # which may lay arrays out as suits it
        if memory_of(free, sizes).peak <= s.limit.bytes:
            return free
        outputs = _within(s, plan, sizes)
    else:
        outputs = at_checkpoints(plan, s.checkpoints, typical_bytes)
    return s if outputs == plan.outputs else replace(s, outputs=outputs, whole=s.outputs)


def _sizes_of(limit: Limit, plan: Schedule) -> Mapping[str, int]:
    """The sizes of all named dims, for which a limit holds."""
    usual = ", ".join(f'"{d}": 64' for d in plan.dims)
    how = f'Give the sizes with it: memory_limit={{"bytes": {limit.bytes}, {usual}}}.'
    sizes = checked_sizes("memory_limit", plan, dict(limit.sizes), how)
    if len(sizes) < len(plan.dims):
        names = ", ".join(plan.dims)
        raise ShapeError(f"memory_limit: the size of {names} is missing", how=how)
    return sizes


def _within(s: Signature, plan: Schedule, sizes: Mapping[str, int]) -> list[Expr]:
    """The outputs, within the limit at its sizes."""
    assert s.limit is not None

    def peak(outputs: Sequence[Expr]) -> int:
        f = emit(replace(s, outputs=outputs, whole=() if outputs is plan.outputs else s.outputs))
        return Memory(s.name, f.plan, account_of(f), sizes).peak

    return fitted(plan, s.limit.bytes, peak, lambda node: bytes_of(node, sizes))


def account_of(f: Emitted) -> Account:
    """What a function keeps, makes and gives up; functions of numbers keep and make no arrays."""
    if f.signature.fast and is_of_numbers(f.plan):
        return Account([], f.plan.returned)
    body = f.parts[0].body if f.parts else f.body
    steps = f.plan.operations
    views = {n.id for n in steps if registry[n.op].view and n.args}
    given_up = {
        name.strip()
        for line in body.lines
        if line.startswith(_DEL)
        for name in line.removeprefix(_DEL).split(",")
    }
    account = Account(
        steps,
        f.plan.returned,
        held=body.workspace.held,
        made={n.id for n in steps} - views if body.made is None else body.made,
        views=views,
        inline=body.inline - body.parts,
        within=_within_blocks if f.signature.fast else bytes_within,
        given_up={i for i, name in body.variables.items() if name in given_up},
    )
    if body.block:
        _divide(account, body.block)
    return account


def _within_blocks(node: Expr, sizes: Sizes) -> int:
    """Bytes within an operation that may work block by block."""
    whole, elements = bytes_within(node, sizes), elements_of(node, sizes)
    blocks = whole and elements > BLOCK and registry[node.op].helper and call_of(node)
    return whole * BLOCK // elements if blocks else whole


def _divide(account: Account, elements: int) -> None:
    """The points are computed in blocks of so many elements."""
    first, *rest = account.results[0].shape

    def blocks(sizes: Sizes) -> list[Sizes]:
        rows = max(1, elements // max(1, evaluate(product(rest), sizes)))
        count = sizes[str(first)]
        parts = [rows, count % rows] if count > rows else [count]
        return [{**sizes, str(first): k} for k in parts if k or not count]

    account.blocks = blocks
