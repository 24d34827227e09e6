"""Integer labels in fast code: one-hot rows that are never made, and the check that they made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field

from ...graph.graph import Expr
from ...graph.records import record
from ...ops.construction import iota
from ...ops.indices import At
from ...ops.labels import places
from ..schedule import Schedule
from . import text
from .templates import Call, Operand

_AT_LABELS = "{out}[{1}, {2}] -= {3}"
_AT_PLACES = "{flat}[{1}] -= {2}"  # in memory


@record
class Labels:
    """One-hot rows that are subtracted once: only the entries at the labels are changed.

    Attributes
    ----------
    calls : dict of int to Call
        The calls that change them, by the numbers of the differences.
    absorbed : set of int
        The rows, and multiples of them: they are not made.
    reread : set of int
        Places in memory that are read later than the graph says.
    checked : dict of int to Expr
        The rows whose labels are checked right before a node is computed, by its number.
    """

    calls: dict[int, Call] = field(default_factory=dict)
    absorbed: set[int] = field(default_factory=set)
    reread: set[int] = field(default_factory=set)
    checked: dict[int, Expr] = field(default_factory=dict)

    def absorb(self, node: Expr, hot: Expr, factor: Operand, before: Collection[int]) -> None:
        """Let a difference from one-hot rows, or from multiples of them, change entries alone.

        ``before`` are the numbers of what is computed before it.
        """
        x, labels = node.args[0], hot.args[0]
        place = places(labels, hot.shape[1])
        known = place.id in before
        self.absorbed |= {hot.id, node.args[1].id}
        self.reread.update([place.id] * known)
        self.checked[place.id if known else hot.id] = hot
        operands: tuple[Operand, ...] = x, place, factor
        if not known:
            operands = x, iota(x.graph, x.shape[0]), labels, factor
        into = _AT_PLACES if known else _AT_LABELS
        self.calls[node.id] = Call("", into, operands, in_place=True, copied=True)

    def absorb_scattered(self, node: Expr) -> None:
        """Let a difference from zeros with a number added at the labels change these entries."""
        x, hot = node.args
        value, rows, labels = hot.args
        self.absorbed.add(hot.id)
        number: Operand = value if value.value is None else float(value.value)
        operands = x, rows, labels, number
        self.calls[node.id] = Call("", _AT_LABELS, operands, in_place=True, copied=True)


def absorbed_labels(plan: Schedule, outputs: Collection[int]) -> Labels:
    """The labels of a function, whose outputs have these numbers.

    They are found once, or the graph would grow in each call by the places of the labels.
    """
    known, key = plan.graph.compiled, (absorbed_labels, *plan.outputs, len(plan.updated))
    if key not in known:
        known[key] = _absorbed(plan, outputs)
    found: Labels = known[key]
    return found


def _absorbed(plan: Schedule, outputs: Collection[int]) -> Labels:
    labels, before = Labels(), set[int]()
    for node in plan.operations:
        before.add(node.id)
        if node.op != "subtract" or node.ndim != 2 or node.id in outputs:
            continue
        last = node.args[1]
        if _is_of_labels(last) and plan.uses[last.id] == 1 and last.shape == node.args[0].shape:
            labels.absorb_scattered(node)
            continue
        factored = last.op == "multiply" and not last.args[1].ndim
        hot = last.args[0] if factored else last
        if hot.op != "one_hot" or hot.args[0].op != "input" or hot.shape != node.args[0].shape:
            continue
        if plan.uses[hot.id] == plan.uses[last.id] == 1:
            labels.absorb(node, hot, last.args[1] if factored else 1.0, before)
    return labels


def _is_of_labels(hot: Expr) -> bool:
    """Whether a number is added into zeros once in each row, where a label says."""
    if hot.op != "scatter_add" or len(hot.args) != 3 or hot.params["index"] != (At(0), At(1)):
        return False
    value, rows, labels = hot.args
    once = rows.op == "iota" and rows.shape == labels.shape == hot.shape[:1]
    return once and not value.ndim and labels.op == "input"


def check_of_labels(y: str, hot: Expr) -> list[str]:
    """The lines that refuse labels out of range.

    NumPy finds the place of an extreme four times as fast as its value.
    """
    depth = hot.params["depth"]
    inside = f"0 <= {y}.item({y}.argmin()) <= {y}.item({y}.argmax()) < {text.of_size(depth).text}"
    return [
        f"if {y}.size and not {inside}:",
        f'    raise IndexError("a label is not one of 0 to {depth - 1}")',
    ]
