"""The chain rule at work: a line for every value, then one for every cotangent.

Each line is differentiated alone, on a graph of its own in which all other values are variables:
so a cotangent is said in the cotangents of the lines that read the value. The order is that of
Deep Learning, algorithm 6.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import add

from .. import passes
from ..autodiff import reverse
from ..graph.copies import append_copies
from ..graph.graph import Expr, Graph
from ..graph.types import Shape, Type
from ..graph.walk import ancestors, down_to
from ..lang.latex import Formula, name_formula
from ..ops.batching import elementwise
from ..ops.op import registry
from .formulas import partial, write
from .steps import choose_steps, name_steps

_SILENT = frozenset({"broadcast_to", "astype", "expand_dims", "squeeze", "positive"})
_ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide", "negative", "power"})
_TIDY = _ARITHMETIC | {"matmul", "outer", "transpose"}


@dataclass
class Line:
    """A named value and how it is computed.

    Attributes
    ----------
    symbol, formula : str
        The left and the right side, as LaTeX.
    expr : Expr
        What it is, of the inputs alone; in a graph of the derivation's own.
    """

    name: str
    symbol: str
    formula: str
    expr: Expr

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return self.expr.shape


@dataclass(frozen=True)
class Share:
    """What one reader of a value adds to its cotangent.

    Attributes
    ----------
    reader : str
        The LaTeX name of the value that reads.
    rules : tuple of str
        The operations on the way, from the reader down.
    local : str or None
        The local derivative: of a function applied elementwise its slope, else what the reader's
        cotangent is sent to; None where the cotangent itself says it.
    """

    reader: str
    rules: tuple[str, ...]
    local: str | None
    elementwise: bool


@dataclass
class Cotangent(Line):
    """The derivative of the loss toward a value; ``name`` is that of the value."""

    shares: list[Share] = field(default_factory=list)


class Board:
    """All lines of a derivation.

    Attributes
    ----------
    forward : list of Line
        The last is the loss.
    backward : list of Cotangent
        In the order in which they are complete.
    gradients : list of Line
        The cotangents that were asked for.
    letter : str
        What local derivatives call the cotangent of the reader.
    """

    def __init__(self, loss: Expr, wrt: Sequence[Expr]) -> None:
        self.wrt = list(wrt)
        self.steps = choose_steps(loss, wrt)
        self.names = name_steps(self.steps)
        taken = {*loss.graph.named, *loss.graph.dims}
        self.letter = next(c for c in chain("GDQ", ["G'"]) if c not in taken)
        self._local, self._graph = Graph(), Graph()
        self._values: dict[int, Expr] = {}  # of a node: the variable that stands for it
        self._nodes: dict[int, Expr] = {}  # of a variable: the node that it stands for
        self._said: dict[int, Formula] = {}  # of a variable: how it is written
        self._whole: dict[int, Expr] = {}  # of a local node: the same of the inputs alone
        self._shares: dict[int, list[tuple[Share, Expr]]] = {}  # of a variable, by its readers
        self._cotangents: dict[int, Expr] = {}  # of a node: the variable for its cotangent
        self._lines: dict[int, Expr] = {}  # of a step: its line, of variables
        self._active = reverse.varying(wrt, ancestors([loss]))
        self._declare(loss)
        self.forward = [self._forward(s) for s in self.steps]
        self.backward = self._backward()
        found = {c.name: c for c in self.backward}
        self.gradients = [found.get(self._name(x)) or self._constant(x) for x in self.wrt]

    @property
    def loss(self) -> str:
        """What the loss is called."""
        return self.names[self.steps[-1].id]

    def _declare(self, loss: Expr) -> None:
        """All inputs of the user's graph, which declare the named dims."""
        for name, x in loss.graph.inputs.items():
            self._stand_in(x, name_formula(name), self._graph.input(name, x.type, sign=x.sign))

    def _stand_in(self, node: Expr, symbol: Formula, whole: Expr) -> None:
        variable = self._variable(node.type)
        self._values[node.id] = variable
        self._nodes[variable.id] = node
        self._said[variable.id] = symbol
        self._whole[variable.id] = whole

    def _variable(self, type_: Type) -> Expr:
        return self._local.variable(Type(type_.dtype, type_.shape))

    def _forward(self, step: Expr) -> Line:
        """A value of those above it; from here on it is a variable."""
        line = self._copied(step)
        formula = write(line, self._said).text
        whole = self._complete(line)
        name = self.names[step.id]
        self._lines[step.id] = line
        self._stand_in(step, name_formula(name), whole)
        return Line(name, name_formula(name).text, formula, whole)

    def _copied(self, step: Expr) -> Expr:
        """The step's own operations, of variables."""
        table = dict(self._values)
        append_copies(self._local, table, down_to([step], lambda n: n.id in self._values))
        return table[step.id]

    def _complete(self, line: Expr) -> Expr:
        """A local expression with its variables replaced by what they stand for."""
        append_copies(self._graph, self._whole, ancestors([line]))
        return self._whole[line.id]

    def _backward(self) -> list[Cotangent]:
        """The cotangents, each when all that read its value have shared theirs out."""
        reads = {s.id: self._read(s) for s in self.steps if s.id in self._active}
        waiting = Counter(v.id for operands in reads.values() for v in operands)
        found: list[Cotangent] = []
        for step in reversed(self.steps):
            operands = reads.get(step.id, [])
            self._share_out(step, operands)
            waiting.subtract(v.id for v in operands)
            complete = [v for v in reversed(operands) if not waiting[v.id]]
            found += [self._total(v) for v in complete if v.id in self._shares]
        return found

    def _share_out(self, step: Expr, operands: Sequence[Expr]) -> None:
        """Give each operand of a line its share of the cotangent, which is 1 for the loss."""
        g = self._cotangents.get(step.id)
        if g is None and step is not self.steps[-1]:
            return
        line, value = self._lines[step.id], self._values[step.id]
        seed = self._local.constant(1.0) if g is None else g
        for v, raw in zip(operands, reverse.vjp(line, operands, seed), strict=True):
            result = self._tidied(raw, line, value)
            entry = (self._share(step, v, result, g), result)
            self._shares.setdefault(v.id, []).append(entry)

    def _read(self, step: Expr) -> list[Expr]:
        """The variables through which a line varies with what is differentiated by."""
        line = self._lines[step.id]
        nodes = ancestors([line])
        order = {a.id: a for n in nodes for a in n.args if a.id in self._nodes}
        moving = (v for v in order.values() if self._nodes[v.id].id in self._active)
        return [v for v in moving if line.id in reverse.varying([v], nodes)]

    def _share(self, step: Expr, operand: Expr, result: Expr, g: Expr | None) -> Share:
        line, value = self._lines[step.id], self._values[step.id]
        path = _path(operand, line)
        rules = [str(n.op) for n in reversed(path) if n.op not in _SILENT]
        if path and registry[path[0].op].batch is elementwise and path[0].shape != operand.shape:
            rules.append("broadcasting")
        each = line.shape == operand.shape and all(
            registry[n.op].batch is elementwise for n in path
        )
        local = None if g is None else self._map(result, g)
        if each and g is not None:
            local = self._slope(line, value, operand)
        reader = name_formula(self.names[step.id]).text
        return Share(reader, tuple(dict.fromkeys(rules)), local, each)

    def _slope(self, line: Expr, value: Expr, operand: Expr) -> str:
        """The derivative of a function applied elementwise."""
        (slope,) = reverse.vjp(line, [operand], self._local.constant(1.0))
        formula = write(self._tidied(slope, line, value), self._said).text
        above, below = (self._said[v.id].text for v in (value, operand))
        return rf"\partial {above}/\partial {below} = {formula}"

    def _map(self, result: Expr, g: Expr) -> str | None:
        """What a rule makes of any cotangent; None if it leaves it as it is."""
        formula = write(result, {**self._said, g.id: Formula(self.letter)}).text
        return None if formula == self.letter else rf"{self.letter} \mapsto {formula}"

    def _tidied(self, result: Expr, line: Expr, value: Expr) -> Expr:
        """A derivative that reads the line's own value by its name, shorter if it stays plain."""
        table = {line.id: value}
        append_copies(self._local, table, ancestors([result]))
        written = table[result.id]
        short = passes.simplify([written])[0]
        known = {n.op for n in ancestors([written])} | _TIDY
        plain = all(n.op in known or not n.args for n in ancestors([short]))
        candidates = [short, written] if plain else [written]
        return min(candidates, key=lambda e: len(write(e, self._said).text))

    def _total(self, variable: Expr) -> Cotangent:
        """The cotangent of a value: the sum over its readers; from here on it is a variable."""
        shares = self._shares[variable.id]
        total = reduce(add, (result for _, result in shares))
        node = self._nodes[variable.id]
        symbol = partial(self.loss, self._name(node))
        formula, whole = write(total, self._said).text, self._complete(total)
        g = self._cotangents[node.id] = self._variable(node.type)
        self._said[g.id], self._whole[g.id] = symbol, whole
        listed = [share for share, _ in shares]
        return Cotangent(self._name(node), symbol.text, formula, whole, listed)

    def _name(self, node: Expr) -> str:
        return self.names.get(node.id) or str(node.name)

    def _constant(self, x: Expr) -> Line:
        """The gradient toward the loss itself, 1, or toward what it does not read, 0."""
        value = 1.0 if x is self.steps[-1] else 0.0
        expr = registry["broadcast_to"](self._graph.constant(value, x.dtype), x.shape)
        name = self._name(x)
        return Line(name, partial(self.loss, name).text, f"{value:.0f}", expr)


def _path(operand: Expr, line: Expr) -> list[Expr]:
    """The operations between an operand and the line's value that pass a derivative on."""
    nodes = ancestors([line])
    active = reverse.varying([operand], nodes)
    reaching = {line.id}
    for node in reversed(nodes):
        if node.id in reaching:
            reaching.update(a.id for a in node.args if a.id in active)
    return [n for n in nodes if n.id in reaching & active and n is not operand]
