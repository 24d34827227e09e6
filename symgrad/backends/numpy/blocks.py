"""Functions of points, for style="fast": what is elementwise is computed block by block.

All the arrays of a block fit into the cache, which those of a million points do not. A block is a
call of a second function in the module; its outputs are the pieces of the results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...graph.dims import Dim, names_of, product
from ...graph.graph import Expr
from ...graph.walk import ancestors
from ...ops.batching import elementwise
from ...ops.op import registry
from ..plan import Kind
from ..schedule import LEAVES, Schedule
from . import text
from .body import Body
from .emission import Emitted
from .layout import INDENT, WIDTH, bracketed, indented
from .planned import PlannedWriter
from .results import take_turns
from .workspace import given_back_lines, name_workspace, taken_lines

_CACHE = 5 * 2**20  # bytes that the arrays of a block may take, about
_SHORTEST, _LONGEST = 2**10, 2**13  # elements of a block: fewer cost more in calls than they save
_CALLED = frozenset({"len", "range", "slice"})  # a named dim of such a name hides them
_FEWEST, _MOST = 4, 10_000  # operations that are worth it, and that one function holds


def is_of_points(plan: Schedule) -> bool:
    """Whether every operation gives an element for each of the same points, or a number."""
    if not _FEWEST <= len(plan.operations) <= _MOST or plan.updated or plan.counted:
        return False
    shapes = {n.shape for n in plan.operations if n.ndim}
    shape = shapes.pop() if len(shapes) == 1 else ()
    if not shape or not _are_sizes(shape, {*plan.dims}) or _CALLED & {*plan.dims}:
        return False
    if not all(map(_is_elementwise, plan.operations)) or not all(map(_is_result, plan.outputs)):
        return False
    leaves = [n for n in ancestors(plan.outputs) if n.op in LEAVES]
    whole = [x for x in leaves if not _is_cut(x, shape)]
    if any(x.op == "dim" or shape[0] in names_of(x.shape) for x in whole):
        return False
    return any(x.op == "input" and _is_cut(x, shape) for x in leaves)


def _are_sizes(shape: Sequence[int | Dim], named: set[str]) -> bool:
    """Whether the first is a named dim that stands nowhere else, and the others are simple."""
    simple = all(isinstance(d, int) or d in named for d in shape)
    return simple and shape[0] in named and shape[0] not in shape[1:]


def _is_result(output: Expr) -> bool:
    """Whether blocks can write it, or it is there already."""
    return output.op in LEAVES or (output.ndim > 0 and not registry[output.op].view)


def _is_elementwise(node: Expr) -> bool:
    row = registry[node.op]
    return bool(node.args) and (row.batch is elementwise or row in ("astype", "stop_gradient"))


def _is_cut(x: Expr, shape: Sequence[int | Dim]) -> bool:
    """Whether a block has its own part of an array."""
    return x.ndim == len(shape) and x.shape[0] == shape[0]


def write_blocks(f: Emitted) -> tuple[Body, list[Emitted]]:
    """The body, which goes from block to block, and the function of one block."""
    s = f.signature
    block = replace(s, name=f.names.fresh(f"_{s.name}_block"), reuse=False)
    writer = _BlockWriter(f, s.asked or s.outputs)
    inner = writer.write()
    name_workspace(inner.workspace, block.name.lstrip("_"), f.names)
    part = Emitted(block, f.plan, f.names, inner, f.arguments, [], [], [])
    part.source = _block_source(part, writer.results, s.name)
    body = Body(returned=inner.returned, helpers=inner.helpers)
    size = inner.block = _block_size(part, len(writer.results))
    body.lines = _driver_lines(f, part, writer.results, size)
    _make_results(body, writer.results, f.names.fresh("results") if s.reuse else "")
    return body, [part]


class _BlockWriter(PlannedWriter):
    """Writes the lines of a block, whose results are arguments."""

    def __init__(self, f: Emitted, asked: Sequence[Expr]) -> None:
        super().__init__(f.plan, f.names, asked, f.signature.scipy, reuse=True)
        self.results: dict[str, Expr] = {}
        self.filled_last: dict[str, Expr] = {}
        for node in {o.id: o for o in f.plan.outputs if o.op not in LEAVES}.values():
            name = self.names.of.get(node.id) or self._name(node, self._primal(node))
            if self.kinds[node.id] is Kind.INTO:
                self.kept.variables[self.memory.buffers[node.id]] = name
            else:
                name = self.names.fresh(f"all_{name}")
                self.filled_last[name] = node
            self.results[name] = node

    def write(self) -> Body:
        """The lines; the results are no part of the workspace."""
        body = super().write()
        for name, node in self.filled_last.items():
            value = self._text(node).text
            body.lines.append(f"{name}[...] = {value}")
            body.returned = [re.sub(rf"\b{value}\b", name, r) for r in body.returned]
        for name in self.results:
            body.workspace.arrays.pop(name, None)
        body.workspace.held = [h for h in body.workspace.held if h.name not in self.results]
        return body

    def _lasting_memory(self) -> Iterator[str]:
        """Results are arguments."""
        return iter(())

    def _name_reused_gradients(self) -> None:
        """They are copies of whole arrays."""


def _block_source(part: Emitted, results: dict[str, Expr], function: str) -> list[str]:
    name, node = next(iter(results.items()))
    sizes = [
        f"{d} = {f'{name}.shape[{i}]' if i else f'len({name})'}"
        for i, d in enumerate(node.shape)
        if d in part.body.workspace.sizes
    ]
    head = bracketed(f"def {part.signature.name}(", [*part.arguments, *results], "):")
    about = f'"""Compute a block of points of {function}."""'
    lines = [about, *sizes, *taken_lines(part), *part.body.lines, *given_back_lines(part)]
    return [*head, *indented(lines)]


def _block_size(part: Emitted, results: int) -> int:
    """A power of two, so that all arrays of a block stay in the cache."""
    arrays = len(part.body.workspace.arrays) + len(part.arguments) + results
    size = _LONGEST
    while size > _SHORTEST and 8 * size * arrays > _CACHE:
        size //= 2
    return size


def _driver_lines(f: Emitted, part: Emitted, results: dict[str, Expr], size: int) -> list[str]:
    shape = next(iter(results.values())).shape
    n, rest = text.of_size(shape[0]).text, product(shape[1:])
    lines, rows = list[str](), str(max(1, size // max(1, rest))) if isinstance(rest, int) else ""
    if not rows:
        rows = f.names.fresh("rows")
        lines = [f"{rows} = max(1, {size} // max(1, {text.of_size(rest).text}))"]
    start, cut = f.names.fresh("start"), f.names.fresh("block")
    given = [*f.arguments, *results]
    cuts = [
        f"{a}[{cut}]" if _is_cut(x, shape) else a
        for a, x in zip(f.arguments, f.plan.inputs, strict=True)
    ]
    cuts += [f"{name}[{cut}]" for name in results]
    call, room = f"{part.signature.name}(", WIDTH - 2 * len(INDENT)
    return [
        *lines,
        f"if {n} <= {rows}:",
        *indented(bracketed(call, given, ")", room)),
        "else:",
        f"{INDENT}for {start} in range(0, {n}, {rows}):",
        f"{INDENT * 2}{cut} = slice({start}, {start} + {rows})",
        *indented(bracketed(call, cuts, ")", room - len(INDENT)), 2),
    ]


def _make_results(body: Body, results: dict[str, Expr], kept: str) -> None:
    """New arrays, or those of an earlier call, which are kept under a name."""
    arrays = {}
    for name, node in results.items():
        sizes = [text.of_size(d).text for d in node.shape]
        shape = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
        dtype = "" if node.dtype.name == "float64" else f", _{node.dtype.name}"
        arrays[name] = f"np.empty({shape}{dtype})"
    if kept:
        body.workspace.arrays = arrays
        take_turns(body.workspace, kept, arrays)
        body.workspace.sizes = names_of(next(iter(results.values())).shape)
    else:
        body.lines[:0] = [f"{name} = {array}" for name, array in arrays.items()]
