"""What the emitted code of a function does with memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from ...errors import ShapeError
from ...graph.dims import evaluate, product
from ...graph.graph import Expr
from ...ops.indices import WHOLE
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
_SCATTERING = frozenset({"transpose", "broadcast_to", "diagonal"})


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
    if not s.frugal:
        return s
    plan = schedule(s.inputs, s.outputs, s.updated, s.asked)
    s = replace(s, inputs=plan.inputs, whole=s.whole or s.outputs)
    if s.limit is not None:
        sizes = _sizes_of(s.limit, plan)
        free = replace(s, outputs=s.whole, whole=(), limit=None)  # laid out as suits it
        peak = memory_of(free, sizes).peak
        if peak <= s.limit.bytes:
            return free
        outputs = _within(s, plan, sizes, peak)
    else:
        outputs = at_checkpoints(plan, s.checkpoints, typical_bytes)
    return replace(s, outputs=outputs, whole=() if outputs == plan.outputs else s.whole)


def _sizes_of(limit: Limit, plan: Schedule) -> Mapping[str, int]:
    """The sizes of all named dims, for which a limit holds."""
    usual = ", ".join(f'"{d}": 64' for d in plan.dims)
    how = f'Give the sizes with it: memory_limit={{"bytes": {limit.bytes}, {usual}}}.'
    sizes = checked_sizes("memory_limit", plan, dict(limit.sizes), how)
    if len(sizes) < len(plan.dims):
        names = ", ".join(plan.dims)
        raise ShapeError(f"memory_limit: the size of {names} is missing", how=how)
    return sizes


def _within(s: Signature, plan: Schedule, sizes: Mapping[str, int], free: int) -> list[Expr]:
    """The outputs, within the limit at its sizes; without one it takes ``free`` bytes."""
    assert s.limit is not None

    def peak(outputs: Sequence[Expr]) -> int:
        f = emit(replace(s, outputs=outputs, whole=() if outputs is plan.outputs else s.whole))
        return Memory(s.name, f.plan, account_of(f), sizes).peak

    return fitted(plan, s.limit.bytes, peak, lambda node: bytes_of(node, sizes), free)


def account_of(f: Emitted) -> Account:
    """What a function keeps, makes and gives up; functions of numbers keep and make no arrays."""
    if f.signature.fast and is_of_numbers(f.plan):
        return Account([], f.plan.returned)
    body = f.parts[0].body if f.parts else f.body
    steps = f.plan.operations
    copies = _copies(steps)
    views = {n.id for n in steps if registry[n.op].view and n.args} - copies
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
        made={n.id for n in steps} - views if body.made is None else body.made | copies,
        views=views,
        inline=body.inline - body.parts,
        within=partial(_within_fast, body.made) if body.made is not None else bytes_within,
        parted=body.parted,
        given_up={i for i, name in body.variables.items() if name in given_up},
    )
    if body.block:
        _divide(account, body.block)
    return account


def _copies(steps: Sequence[Expr]) -> set[int]:
    """Reshapes of which NumPy makes copies: they join axes of what is turned, or a part."""
    scattered, copies = set[int](), set[int]()
    for n in steps:
        inner = bool(n.args) and n.args[0].id in scattered
        if n.op == "reshape" and inner and n.ndim < n.args[0].ndim:
            copies.add(n.id)
        elif n.op in _SCATTERING or (inner and registry[n.op].view) or _is_part(n):
            scattered.add(n.id)
    return copies


def _is_part(node: Expr) -> bool:
    """Whether it leaves out what stands between its elements."""
    return node.op == "getitem" and any(e != WHOLE for e in node.params["index"][1:])


def _within_fast(made: set[int], node: Expr, sizes: Sizes) -> int:
    """Bytes within a call of fast code: helpers may work by blocks, whose results are copied."""
    call = call_of(node) if registry[node.op].helper else None
    if call and "_blockwise(" in call.into:
        block = min(BLOCK // node.dtype.itemsize, elements_of(node, sizes))
        return bytes_within(node, sizes, block) + block * node.dtype.itemsize
    return bytes_within(node, sizes) if node.id in made else 0


def _divide(account: Account, elements: int) -> None:
    """The points are computed in blocks of so many elements."""
    first, *rest = account.results[0].shape

    def blocks(sizes: Sizes) -> list[Sizes]:
        rows = max(1, elements // max(1, evaluate(product(rest), sizes)))
        count = sizes[str(first)]
        parts = [rows, count % rows] if count > rows else [count]
        return [{**sizes, str(first): k} for k in parts if k or not count]

    account.blocks = blocks
