"""The body of an emitted function: which nodes get a line of their own, and what the line says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field

from ...graph.graph import Expr
from ...graph.records import record
from ...ops.op import Op, registry
from ..account import Held
from ..naming import Names
from ..schedule import LEAVES, Schedule
from . import text
from .text import Text
from .titles import LANDMARKS, Primal, Titles

WIDTH = 88
_LONGEST_INLINE = 44  # characters; longer expressions get a name
_LONGEST_NAME = 24  # of the variable, its indentation and the sign between
_HEAVIEST_INLINE = 3  # operations


@record
class Workspace:
    """The arrays that a function keeps from call to call.

    Attributes
    ----------
    sizes : list of str
        The named dims that decide how large they are.
    lines : list of str
        Statements that make memory which several of them share.
    arrays : dict of str to str
        What each is called in the body, and the expression that makes it.
    numbers : dict
        Numbers at module level: their names, by dtype and text.
    held : list of Held
        How large the memory of each is.
    results : list of str
        The results that are computed in memory of earlier calls.
    turns : dict of str to str
        As ``arrays``: what lies in the memory of results of which two sets serve in turn, and in
        ``turn_lines`` the statements that make memory.
    sets : str
        What holds the memory of results.
    name, free, kept, make, make_results : str
        What the arrays are called in the body, the unused workspaces of their sizes, those of all
        sizes at module level, the function that makes one, and that which makes sets of results.
    """

    sizes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    arrays: dict[str, str] = field(default_factory=dict)
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    turns: dict[str, str] = field(default_factory=dict)
    turn_lines: list[str] = field(default_factory=list)
    sets: str = ""
    name: str = "workspace"
    free: str = "free"
    kept: str = ""
    make: str = ""
    make_results: str = ""


@record
class Body:
    """Lines of a function, and the constants they need at module level."""

    lines: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    constants: dict[str, Expr] = field(default_factory=dict)
    helpers: dict[str, str] = field(default_factory=dict)
    workspace: Workspace = field(default_factory=Workspace)
    variables: dict[int, str] = field(default_factory=dict)  # of the nodes that have one
    inline: set[int] = field(default_factory=set)  # nodes that are written inside their reader's
    made: set[int] | None = None  # whose values NumPy allocates; None: all that are no views
    block: int = 0  # elements of a block of points
    parts: set[int] = field(default_factory=set)  # of larger arrays, whose values are never inline
    parted: set[int] = field(default_factory=set)  # outputs that are parts of a larger array


def write_body(plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool) -> Body:
    """All lines between the argument check and the return.

    ``asked`` are the outputs before rewriting, which know what they are the derivative of;
    ``scipy`` says that the lines may call `scipy.special`.
    """
    return Writer(plan, names, asked or plan.outputs, scipy).write()


class Writer(Titles):
    """Writes the lines of a function, section by section, from a schedule."""

    width = WIDTH - 4  # of a line, without the function's indentation

    def __init__(self, plan: Schedule, names: Names, asked: Sequence[Expr], scipy: bool) -> None:
        super().__init__(plan, names, asked)
        self.scipy = scipy
        self.reused: dict[int, str] = {}
        self.first: dict[int, int] = {}  # where among the outputs a node stands first
        self.body = Body()
        self.texts: dict[int, Text] = {}
        self.outputs = {o.id for o in plan.outputs}
        self.writes: list[str] = []  # lines that overwrite arguments
        self.written: set[int] = set()  # what they write
        self.pinned = _needed_by_name(plan.operations)

    def write(self) -> Body:
        """All lines, in sections, and what is returned."""
        for title, nodes in self._sections():
            start = len(self.body.lines)
            for node in nodes:
                self._place(node)
            if self.plan.backward and len(self.body.lines) > start:
                self.body.lines.insert(start, f"# {title}")
        self._name_reused_gradients()
        self.body.returned = [self._returned(o, i) for i, o in enumerate(self.plan.outputs)]
        if self.plan.updated:
            self._write_updates()
        self._drop_unused_counts()
        named = {i for i, t in self.texts.items() if t.text.isidentifier()}
        self.body.variables = {i: self.texts[i].text for i in named}
        self.body.inline = self.texts.keys() - named
        return self.body

    def _write_updates(self) -> None:
        """Overwrite arguments, once everything has been read of them."""
        known = {*self.names.of.values()} - {self.names.of[x.id] for x in self.plan.inputs}
        first, values = len(self.plan.returned), self.body.returned
        for i, node in enumerate(self.plan.outputs):
            if i >= first and node.id in self.written:
                values[i] = ""
            elif values[i] not in known:
                name = self.names.fresh("value" if i < first else "new")
                self.body.lines.append(f"{name} = {values[i]}")
                values[i] = name
        self.body.returned = values[:first]
        self.body.lines += self.writes
        new = zip(self.plan.updated, values[first:], strict=True)
        self.body.lines += [f"{self.names.of[x.id]}[...] = {v}" for x, v in new if v]

    def _sections(self) -> list[tuple[str, list[Expr]]]:
        plan = self.plan
        return [("forward", plan.forward), ("backward", plan.backward), ("update", plan.update)]

    def _name_reused_gradients(self) -> None:
        """A gradient that is a forward value, or an argument, gets its own name all the same."""
        primals: dict[int, Primal | None] = {}  # of each once: zeros are the gradient toward many
        for i, (node, asked) in enumerate(zip(self.plan.outputs, self.asked, strict=True)):
            if node.id not in self.forward and node.op not in LEAVES:
                continue
            if asked.id not in primals:
                primals[asked.id] = self._asked_for(asked)
            if primal := primals[asked.id]:
                value = self._returned(node, i)
                name = self.names.fresh(f"d_{self._called(primal[1])}")
                self._line(f"{name} = {value}", self._note(*primal))
                self.reused[i] = name

    def _place(self, node: Expr) -> None:
        """Keep a node's text for its one reader, or give it a line."""
        op = registry[node.op]
        if op.helper:
            self._carry(op)
        expression = self._expression(node)
        if self._stays_inline(node, op, expression):
            self.texts[node.id] = expression
            return
        primal = self._primal(node)
        name = self.names.of.get(node.id) or self._name(node, primal)
        self.texts[node.id] = Text(name)
        self.by_root.setdefault(self.graph.root(node).id, name)
        self._line(f"{name} = {expression.text}", self._comment(node, primal))
        if node.id in self.plan.counted:
            self.body.lines.append(f"{self.plan.counted[node.id]} = len({name})")

    def _carry(self, op: Op) -> None:
        """Note what the text of an operation calls, for the module to carry along."""
        for name in helper_names(op, self.scipy):
            if name not in self.body.helpers:
                self.body.helpers[name] = self._helper(name)

    def _helper(self, name: str) -> str:
        return str(registry[name].helper)

    def _drop_unused_counts(self) -> None:
        """Sizes that are counted on the way are named only where something reads them."""
        if not self.plan.counted:
            return
        said = Counter(re.findall(r"\w+", "\n".join([*self.body.lines, *self.body.returned])))
        unused = {f"{size} = len(" for size in self.plan.counted.values() if said[size] == 1}
        if unused:
            self.body.lines = [s for s in self.body.lines if not s.startswith(tuple(unused))]

    def _expression(self, node: Expr) -> Text:
        """The operation on its operands; where that is too long, its longest get lines first."""
        known = self.texts
        while True:
            args = [known.get(a.id) or self._text(a) for a in node.args]
            expression = self._operation(node, args)
            excess = len(expression.text) + _LONGEST_NAME - 4 - self.width
            if excess <= 0:
                return expression
            inner = [(len(t.text), a) for t, a in zip(args, node.args, strict=True) if t.weight]
            if not inner:
                return expression
            for length, longest in sorted(inner, key=lambda pair: -pair[0]):
                if excess > 0 and self.texts[longest.id].weight:
                    self._give_line(longest)
                    excess -= length - len(self.texts[longest.id].text)

    def _operation(self, node: Expr, args: list[Text]) -> Text:
        return text.of_operation(node, args, self.scipy)

    def _give_line(self, node: Expr) -> None:
        """A line for a node that was to stay inside its reader's."""
        expression, primal = self.texts[node.id], self._primal(node)
        name = self._name(node, primal)
        self.texts[node.id] = Text(name)
        self._line(f"{name} = {expression.text}", self._comment(node, primal))

    def _text(self, node: Expr) -> Text:
        known = self.texts.get(node.id)
        if known is not None:
            return known
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
            and expression.weight <= _HEAVIEST_INLINE
            and len(expression.text) <= _LONGEST_INLINE
            and node.name is None
            and op.role not in LANDMARKS
            and not (self.plan.backward and node.id in self.preactivations)
            # nor the derivative toward something that has a line of its own
            and not (node.shape and self._primal(node))
        )

    def _line(self, code: str, comment: str) -> None:
        note = f"  # {comment}" if comment else ""
        if len(code) + len(note) <= self.width:
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
        filled = node.op == "broadcast_to" and node.args[0].value is not None
        view = registry[node.op].view and not (filled and not node.args[0].ndim)
        return f"np.array({found})" if again or view else found


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
        for i in text.repeated_operands(registry[node.op]):
            if i < len(node.args):
                pinned.add(node.args[i].id)
    return pinned
