"""From expressions to a program of the text language that gives these very nodes again.

Every line stays near `WIDTH` columns: named values, values read more than once, and what would
make a line longer get lines of their own. Nothing recurses, and time is linear in the nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, count

from ..graph.dims import names_of
from ..graph.graph import Expr
from ..graph.walk import ancestors
from .spelling import Spelled, by_name, say, spell

WIDTH = 100


def to_text(*exprs: Expr) -> str:
    """The program of one or more expressions, with all declarations that it needs.

    Parameters
    ----------
    *exprs : Expr
        Of one graph. The value of the program is the last; the others have lines of their own.

    Returns
    -------
    str
        Without a newline at the end.

    Example
    -------
    >>> from symgrad import parse
    >>> print(to_text(parse("h = relu(X @ W)\\nmean(h * h)", X="[n, 3]", W="float32[3]")))
    X: float64[n, 3]
    W: float32[3]
    h = relu(X @ W)
    mean(h * h)
    """
    nodes = ancestors(exprs)
    graph = exprs[0].graph
    taken = {*graph.named, *graph.dims}
    names = {n.id: n.name for n in nodes if n.name and graph.named.get(n.name) is n}
    lined = _with_lines(nodes, exprs, names, taken)
    fresh = (name for name in (f"t{i}" for i in count(1)) if name not in taken)
    names |= {i: next(fresh) for i in sorted(lined - names.keys())}
    return "\n".join(chain(_declarations(nodes), _definitions(nodes, exprs, names, taken)))


class _Speech:
    """What has been said so far: every node by its name, if it has one, else by its text."""

    def __init__(self, names: dict[int, str], taken: Collection[str]) -> None:
        self.names = names
        self.taken = taken
        self.said: dict[int, Spelled] = {}

    def text(self, node: Expr) -> Spelled:
        """The text of a node whose operands have been said."""
        return spell(node, [self.said[a.id] for a in node.args], self.taken)

    def say(self, node: Expr, spelled: Spelled) -> None:
        """Keep what a node is said by."""
        name = self.names.get(node.id)
        self.said[node.id] = spelled if name is None else by_name(node, name)


def _with_lines(
    nodes: Sequence[Expr], outputs: Sequence[Expr], names: dict[int, str], taken: Collection[str]
) -> set[int]:
    """Which nodes have a line: those with a name, those read twice, and parts of long lines."""
    reads = Counter(chain((a.id for n in nodes for a in n.args), (y.id for y in outputs)))
    shared = {n.id for n in nodes if reads[n.id] > 1 and not _is_word(n)}
    stand_in = "t" * (1 + len(str(len(nodes))))
    room = WIDTH - len(f"{stand_in} = ")
    speech = _Speech({**dict.fromkeys(shared, stand_in), **names}, taken)
    for node in nodes:
        spelled = speech.text(node)
        if len(spelled.text) > room:
            for a in _longest(node, speech, len(spelled.text) - room):
                speech.names[a.id] = stand_in
                speech.say(a, Spelled(stand_in))
            spelled = speech.text(node)
        speech.say(node, spelled)
    return set(speech.names)


def _is_word(node: Expr) -> bool:
    """Whether a node is said in a word: an input, a number, a size, or ``W.T``."""
    if node.op == "transpose":
        return node.params["axes"] is None and node.args[0].name is not None
    return node.op in ("input", "dim") or (node.value is not None and not node.shape)


def _longest(node: Expr, speech: _Speech, excess: int) -> Iterator[Expr]:
    """The longest operands without a line, until that much is saved."""
    long = {a.id: a for a in node.args if a.id not in speech.names and not _is_word(a)}
    for a in sorted(long.values(), key=lambda a: -len(speech.said[a.id].text)):
        if excess <= 0:
            return
        excess -= len(speech.said[a.id].text)
        yield a


def _declarations(nodes: Sequence[Expr]) -> Iterator[str]:
    """The inputs that the nodes read, and those that declare the named dims they mention."""
    read = {n.id for n in nodes}
    missing = {d for n in nodes if n.op not in ("input", "flatnonzero") for d in _dims(n)}
    for x in nodes[0].graph.inputs.values():
        if x.id in read:
            missing.difference_update(names_of(x.shape))
    for name, x in nodes[0].graph.inputs.items():
        if x.id in read or not missing.isdisjoint(names_of(x.shape)):
            missing.difference_update(names_of(x.shape))
            yield f"{name}: {x.declaration}"


def _dims(node: Expr) -> Iterator[str]:
    """The named dims in a node's parameters."""
    for value in node.params.values():
        for entry in value if type(value) is tuple else [value]:
            yield from names_of(entry if isinstance(entry, tuple) else [entry])


def _definitions(
    nodes: Sequence[Expr], outputs: Sequence[Expr], names: dict[int, str], taken: Collection[str]
) -> Iterator[str]:
    """The lines of named nodes, then those of the outputs that have none."""
    speech = _Speech(names, taken)
    last = None
    for node in nodes:
        spelled = speech.text(node)
        speech.say(node, spelled)
        if node.id in names and node.op != "input":
            last = node
            yield f"{names[node.id]} = {spelled.text}"
    for y in outputs:
        if y.id not in names or (y is outputs[-1] and y is not last) or y.op == "input":
            yield speech.said[y.id].text
            last = None


def summary(expr: Expr, width: int = 80) -> str:
    """An expression in one short line: named parts by their names, deep parts as ``…``.

    Parameters
    ----------
    expr : Expr
        Any expression.
    width : int
        Most characters.

    Example
    -------
    >>> from symgrad import parse
    >>> y = parse("h = relu(X @ W)\\nmean(exp(h + 1) * h)", X="[n, 3]", W="[3]")
    >>> summary(y), summary(y, 20), summary(y.graph.named["h"])
    ('mean(exp(h + 1) * h)', 'mean(exp(h + 1) * h)', 'relu(X @ W)')
    """
    best = "…"
    for depth in count(1):
        text, complete = _to_depth(expr, depth)
        if len(text) > width:
            return best if depth > 1 else text[: width - 1] + "…"
        if complete:
            return text
        best = text
    return best


def _to_depth(expr: Expr, depth: int) -> tuple[str, bool]:
    """The text down to a depth, and whether nothing is left out."""
    shown: dict[int, Expr] = {}
    level = [expr] if expr.args else []
    for _ in range(depth):
        shown |= {n.id: n for n in level}
        inner = (a for n in level for a in n.args if a.id not in shown)
        level = [a for a in inner if a.args and a.name is None]
    said: dict[int, Spelled] = {}
    for node in (shown[i] for i in sorted(shown)):
        said[node.id] = say(node, [said.get(a.id) or _end(a) for a in node.args])
    return (said.get(expr.id) or _end(expr)).text, not level


def _end(node: Expr) -> Spelled:
    """A node that a summary does not go into."""
    if node.name is not None:
        return by_name(node, node.name)
    if node.args or node.op == "input":  # or a stand-in for one example of many
        return Spelled("…")
    return spell(node, []) if _is_word(node) else Spelled("constant(…)")
