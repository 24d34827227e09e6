"""The body of an emitted function: which nodes get a line of their own, and what the line says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from string import Formatter

from ...graph.dims import Dim
from ...graph.graph import Derivative, Expr, hooks
from ...graph.types import show_shape
from ...ops.op import Op, registry
from ..naming import Names, Primals
from ..schedule import LEAVES, Schedule
from . import text
from .text import Text

WIDTH = 88
_LONGEST_INLINE = 44  # characters; longer expressions get a name
_LONGEST_NAME = 24  # of the variable, its indentation and the sign between
_HEAVIEST_INLINE = 3  # operations
_LARGE = 2**14  # bytes of an array that is given up early
_MANY = 8  # such arrays in a function; of fewer all can stay
_WORD = re.compile(r"[^\W\d]\w*")
_STAND_IN = re.compile(r"variable \d+")  # vmap's name for one example
_LANDMARKS = frozenset({"h", "p", "log_p"})  # roles whose values readers look for


@dataclass
class Body:
    """Lines of a function, and the constants they need at module level."""

    lines: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    constants: dict[str, Expr] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)


def write_body(
    plan: Schedule,
    names: Names,
    asked: Sequence[Expr] = (),
    scipy: bool = False,
    fast: bool = False,
) -> Body:
    """All lines between the argument check and the return.

    ``asked`` are the outputs before rewriting, which know what they are the derivative of;
    ``scipy`` says that the lines may call `scipy.special`, ``fast`` that large arrays are given
    up as soon as nothing reads them any more, so that NumPy computes in memory that is in cache.
    """
    body = _Writer(plan, names, asked or plan.outputs, scipy).write()
    if fast:
        body.lines = released(
            body, {names.of[n.id] for n in plan.operations if _is_large(n, names)}
        )
    return body


class _Writer:
    def __init__(self, plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool) -> None:
        self.plan = plan
        self.scipy = scipy
        self.asked = asked
        self.summaries: dict[int, str] = {}
        self.reused: dict[int, str] = {}
        self.first: dict[int, int] = {}  # where among the outputs a node stands first
        self.asked_of = {o.id: a for o, a in zip(plan.outputs, asked, strict=True)}
        self.names = names
        self.primals = Primals(plan.graph)
        self.body = Body()
        self.forward = {n.id for n in plan.forward}
        self.texts: dict[int, Text] = {}
        self.by_root: dict[int, str] = {}
        self.differentiated = {d.of.id for d in plan.graph.derivatives}
        self.outputs = {o.id for o in plan.outputs}
        nodes = plan.operations
        self.pinned = _needed_by_name(nodes)
        self.preactivations = {
            a.id for n in nodes if registry[n.op].role in _LANDMARKS for a in n.args
        }

    def write(self) -> Body:
        for title, nodes in self._sections():
            start = len(self.body.lines)
            for node in nodes:
                self._place(node)
            if self.plan.backward and len(self.body.lines) > start:
                self.body.lines.insert(start, f"# {title}")
        self._name_reused_gradients()
        self.body.returned = [self._returned(o, i) for i, o in enumerate(self.plan.outputs)]
        self._drop_unused_counts()
        return self.body

    def _sections(self) -> list[tuple[str, list[Expr]]]:
        plan = self.plan
        return [("forward", plan.forward), ("backward", plan.backward), ("update", plan.update)]

    def _name_reused_gradients(self) -> None:
        """A gradient that is a forward value, or an argument, gets its own name all the same."""
        for i, (node, asked) in enumerate(zip(self.plan.outputs, self.asked, strict=True)):
            reused = node.id in self.forward or node.op in LEAVES
            if reused and (primal := self._asked_for(asked)):
                value = f"np.array({self._text(node).text})"
                name = self.names.fresh(f"d_{self._called(primal[1])}")
                self._line(f"{name} = {value}", self._note(*primal))
                self.reused[i] = name

    def _asked_for(self, asked: Expr) -> tuple[Derivative, Expr] | None:
        """What an output is the gradient toward, if it was asked for as one and not by its name."""
        outputs = {o.id for o in self.asked}
        for record, x in self.primals(asked):
            wanted = any(x is w for w in record.wrt) and self._called(x) is not None
            if wanted and (record.of.id in outputs or asked.name is None):
                return record, x
        return None

    def _place(self, node: Expr) -> None:
        """Keep a node's text for its one reader, or give it a line."""
        op = registry[node.op]
        for name in helper_names(op, self.scipy):
            self.body.helpers[name] = str(registry[name].helper)
        expression = self._expression(node)
        if self._stays_inline(node, op, expression):
            self.texts[node.id] = expression
            return
        name = self.names.of.get(node.id) or self._name(node)
        self.texts[node.id] = Text(name)
        self.by_root.setdefault(self.plan.graph.root(node).id, name)
        self._line(f"{name} = {expression.text}", self._comment(node))
        if node.id in self.plan.counted:
            self.body.lines.append(f"{self.plan.counted[node.id]} = len({name})")

    def _drop_unused_counts(self) -> None:
        """Sizes that are counted on the way are named only where something reads them."""
        said = Counter(re.findall(r"\w+", "\n".join([*self.body.lines, *self.body.returned])))
        unused = {f"{size} = len(" for size in self.plan.counted.values() if said[size] == 1}
        if unused:
            self.body.lines = [s for s in self.body.lines if not s.startswith(tuple(unused))]

    def _expression(self, node: Expr) -> Text:
        """The operation on its operands; where that is too long, its longest get lines first."""
        while True:
            args = [self._text(a) for a in node.args]
            expression = text.of_operation(node, args, self.scipy)
            inner = [(len(t.text), a) for t, a in zip(args, node.args, strict=True) if t.weight]
            excess = len(expression.text) + _LONGEST_NAME - WIDTH
            if excess <= 0 or not inner:
                return expression
            for length, longest in sorted(inner, key=lambda pair: -pair[0]):
                if excess > 0 and self.texts[longest.id].weight:
                    self._give_line(longest)
                    excess -= length - len(self.texts[longest.id].text)

    def _give_line(self, node: Expr) -> None:
        """A line for a node that was to stay inside its reader's."""
        expression, name = self.texts[node.id], self._name(node)
        self.texts[node.id] = Text(name)
        self._line(f"{name} = {expression.text}", self._comment(node))

    def _text(self, node: Expr) -> Text:
        if node.id in self.texts:
            return self.texts[node.id]
        name = self.names.of.get(node.id)
        if name is None and node.op == "constant" and node.shape:
            name = self.names.numbered("C")
            self.body.constants[name] = node
        found = text.of_leaf(node, name)
        if node.op in LEAVES:
            self.texts[node.id] = found
        return found

    def _stays_inline(self, node: Expr, op: Op, expression: Text) -> bool:
        if node.id in self.outputs or node.id in self.pinned or node.id in self.plan.counted:
            return False
        if op == "transpose" and expression.weight == 1:
            return True
        return (
            self.plan.uses[node.id] == 1
            and node.name is None
            and op.role not in _LANDMARKS
            and not (self.plan.backward and node.id in self.preactivations)
            and not self._is_landmark_cotangent(node)
            and expression.weight <= _HEAVIEST_INLINE
            and len(expression.text) <= _LONGEST_INLINE
        )

    def _is_landmark_cotangent(self, node: Expr) -> bool:
        """Whether it is the derivative toward something that has a line of its own."""
        return bool(node.shape) and self._primal(node) is not None

    def _name(self, node: Expr) -> str:
        own = node.name or self.asked_of.get(node.id, node).name
        if own is None and (primal := self._primal(node)) is not None:
            order = self.primals.order(primal[0])
            own = f"d{order if order > 1 else ''}_{self._called(primal[1])}"
        if own is None and self.plan.graph.root(node).id in self.differentiated:
            own = "loss" if not node.shape else None
        if own is not None:
            return self.names.give(node, own)
        stem = "z" if node.id in self.preactivations else registry[node.op].role
        stem = stem if node.id in self.forward else "t"  # z and h count layers
        self.names.of[node.id] = self.names.numbered(stem)
        return self.names.of[node.id]

    def _called(self, primal: Expr) -> str | None:
        """The name of a node here, or of the rewritten form of the same node."""
        root = self.plan.graph.root(primal)
        return self.names.of.get(primal.id) or self.by_root.get(root.id)

    def _primal(self, node: Expr) -> tuple[Derivative, Expr] | None:
        """The derivative this node belongs to and its primal, if that has a name here."""
        if node.id in self.forward:
            return None
        asked = self.asked_of.get(node.id, node)
        pairs = self.primals(node) or self.primals(asked)
        found = [pair for pair in pairs if self._called(pair[1])]
        return next((pair for pair in found if pair[1].name), found[0] if found else None)

    def _comment(self, node: Expr) -> str:
        primal = self._primal(node)
        return self._note(*primal) if primal else show_shape(node.shape) if node.shape else ""

    def _note(self, record: Derivative, x: Expr) -> str:
        """What a line is the derivative of."""
        y = self._called(record.of) or record.of.name
        order = self.primals.order(record)
        if y is None and order > 1:
            return f"derivative of order {order}, toward {self._called(x)}"
        return f"d {y or self._summary(record.of)} / d {self._called(x)}"

    def _summary(self, node: Expr) -> str:
        """A node that has no name, in a few words."""
        if node.id not in self.summaries:
            text = str(hooks["summary"](node, 30))
            self.summaries[node.id] = _STAND_IN.sub("…", text)
        return self.summaries[node.id]

    def _line(self, code: str, comment: str) -> None:
        note = f"  # {comment}" if comment else ""
        if len(code) + len(note) + 4 <= WIDTH:
            code += note
        elif comment.startswith("d "):
            self.body.lines.append(f"# {comment}")
        self.body.lines.append(code)

    def _returned(self, node: Expr, place: int) -> str:
        """An output as an array of its own, never a view of an argument or of another output."""
        if place in self.reused:
            return self.reused[place]
        found = self._text(node).text
        again = self.first.setdefault(node.id, place) != place
        if node.op in LEAVES or node.type.python:
            dtype = f", dtype=np.{node.dtype.name}" if node.type.python else ""
            return f"np.array({found}{dtype})"
        return f"np.array({found})" if again or registry[node.op].view else found


def _is_large(node: Expr, names: Names) -> bool:
    """Whether an array with a line of its own is worth giving up early."""
    if node.id not in names.of or not node.ndim:
        return False
    if isinstance(node.size, Dim):
        return node.ndim > 1
    return node.size * node.dtype.itemsize >= _LARGE


def released(body: Body, large: set[str]) -> list[str]:
    """The lines, with a ``del`` behind the last that reads a large array."""
    kept = set(_WORD.findall(" ".join(body.returned)))
    last: dict[str, int] = {}
    for i, line in enumerate(body.lines):
        code = "" if line.startswith("#") else line.partition("  # ")[0]
        last.update((word, i) for word in _WORD.findall(code) if word in large - kept)
    dying: dict[int, list[str]] = {}
    for name, i in last.items():
        if i + 1 < len(body.lines):
            dying.setdefault(i, []).append(name)
    if len(last) < _MANY:
        return body.lines
    return [
        text
        for i, line in enumerate(body.lines)
        for text in (line, *([f"del {', '.join(dying[i])}"] if i in dying else []))
    ]


def helper_names(op: Op, scipy: bool = False) -> list[str]:
    """The rows whose helpers a row's text calls, directly or through another helper."""
    found = [op.name] if op.helper and not (scipy and op.scipy) else []
    for name in found:
        found += [n for n in registry[name].needs if n not in found]
    return found


def _needed_by_name(nodes: Iterable[Expr]) -> set[int]:
    """Operands that a template mentions twice, and must not compute twice."""
    pinned = set()
    for node in nodes:
        op = registry[node.op]
        if isinstance(op.numpy, str) and op.infix is None:
            keys = [key for _, key, _, _ in Formatter().parse(op.numpy)]
            pinned |= {
                a.id
                for name, a in zip(op.operands, node.args, strict=False)
                if keys.count(name) > 1
            }
    return pinned
