"""The operations as those who look one up see them: `symgrad ops` and docs/operations.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import symgrad as sg

from .errors import SymgradError, suggest
from .graph.graph import operations
from .ops.construction import MAKERS
from .ops.functions import Function
from .ops.op import Case, Op, registry

_NOT_CALLED = {"input", "constant", "dim", "custom", "iota"}  # nodes that are made otherwise


@dataclass(frozen=True)
class Entry:
    """What one operation is to its users.

    Attributes
    ----------
    signature : str
        What stands before the semicolon are operands, behind it parameters; ``[arrays]`` is a list.
    derivative : str
        What is to be known of it; empty where there is nothing special.
    emitted : str
        As what it stands in emitted code; empty for NumPy's own functions.
    """

    name: str
    signature: str
    doc: str
    aliases: tuple[str, ...] = ()
    derivative: str = ""
    emitted: str = ""

    @property
    def sentence(self) -> str:
        """The first sentence of the documentation, in one line."""
        return " ".join(self.doc.partition("\n\n")[0].split())

    def has(self, word: str) -> bool:
        """Whether a word stands in signature, sentence or aliases; in any case of letters."""
        text = " ".join([self.signature, self.sentence, *self.aliases])
        return word.casefold() in text.casefold()


def entries() -> list[Entry]:
    """All that can be called, in the order of definition: rows, then functions.

    Example
    -------
    >>> [e.signature for e in entries() if e.name.startswith("softm")]
    ['softmax(x; axis=-1)']
    """
    rows = [_of_row(op) for name, op in registry.items() if name not in _NOT_CALLED]
    functions = [f for f in operations.values() if isinstance(f, Function)]
    return [*rows, *(Entry(f.name, f.signature, f.doc) for f in functions)]


def find(name: str) -> Entry | None:
    """The operation of this name or alias.

    Example
    -------
    >>> find("asin").name
    'arcsin'
    """
    return next((e for e in entries() if name in (e.name, *e.aliases)), None)


def search(word: str) -> list[Entry]:
    """The operations with a word in signature, sentence or aliases.

    Raises
    ------
    SymgradError
        If there are none.
    """
    found = [e for e in entries() if e.has(word)]
    if found:
        return found
    near = suggest(word, operations)
    raise SymgradError(
        f"no operation has {word!r:.60} in its line",
        how=f"Did you mean {near}?" if near else "symgrad ops lists all.",
    )


def _of_row(op: Op) -> Entry:
    signature = MAKERS[op.name].signature if op.name in MAKERS else op.signature
    return Entry(op.name, signature, op.doc, op.aliases, _derivative(op), _emitted(op))


def _derivative(op: Op) -> str:
    if op == "stop_gradient":
        return "none: a constant"
    if op.constant_derivative:
        return "0 everywhere" if op.kinks or op == "round" else "none: a constant"
    return op.kinks or ""


def _emitted(op: Op) -> str:
    if op.helper and op.scipy:
        return f"helper, or `scipy.special.{op.scipy}`"
    if op.helper:
        return "helper"
    return "" if op.numpy else "other operations"


def example(entry: Entry) -> str:
    """A call, and the code emitted for it and its derivative rules; empty for what is no row.

    Example
    -------
    >>> print(example(find("softplus")))
    x: float64[n]
    softplus(x)
    <BLANKLINE>
    h1 = np.logaddexp(0, x)
    t1 = sigmoid(x)
    d_x = g * t1
    """
    op = registry.get(entry.name)
    if op is None or op.name in MAKERS:
        return ""
    y = _call(op)
    inputs = list(y.graph.inputs.values())
    outputs = [y]
    if y.type.is_floating and not op.constant_derivative:
        g = y.graph.input("g", y.type)
        outputs += sg.vjp(y, [x for x in inputs if x.type.is_floating], g)
    return f"{y}\n\n{_body(sg.function(None, outputs, style='readable').source)}"


def _call(op: Op) -> sg.Expr:
    """A call of the row's first sample."""
    case = op.cases[0] if op.cases else Case(_specs(op))
    graph = sg.Graph()
    names = _names(op, len(case.specs))
    nodes = [graph.input(name, spec) for name, spec in zip(names, case.specs, strict=True)]
    if "*" in op.signature:  # einsum: the subscripts stand first
        params = dict(case.params)
        return op(params.pop("subscripts"), *nodes, **params)
    return op.on(nodes, case.params)


def _specs(op: Op) -> tuple[str, ...]:
    """Vectors, of bools where the domain says so."""
    domains = [op.domain[min(i, len(op.domain) - 1)] for i in range(len(op.operands))]
    return tuple("bool[n]" if d == "bools" else "[n]" for d in domains)


def _names(op: Op, count: int) -> Sequence[str]:
    names = [n for n in op.operands if n.isidentifier()]
    if op.variadic or len(names) != count:
        return list("abcdefgh")[:count]
    return [f"{n}_" if n in operations else n for n in names]


def _body(source: str) -> str:
    """The lines of an emitted function between its checks and its return, without comments."""
    function = source.partition("\ndef ")[2].partition("\n    return ")[0]
    lines = function.partition("\n    )\n")[2].splitlines()
    code = (line[4:].partition("  # ")[0] for line in lines)
    return "\n".join(line for line in code if not line.startswith("#"))


def described(entry: Entry) -> str:
    """All about one operation, as text.

    Example
    -------
    >>> print(described(find("fix")))
    trunc(x)  also: fix
    <BLANKLINE>
    x without its fraction.
    <BLANKLINE>
    derivative: 0 everywhere
    <BLANKLINE>
    Example:
      x: float64[n]
      trunc(x)
    <BLANKLINE>
      result = np.trunc(x)
    """
    also = f"  also: {', '.join(entry.aliases)}" if entry.aliases else ""
    told = {"derivative": entry.derivative, "in emitted code": entry.emitted.replace("`", "")}
    notes = [f"{what}: {said}" for what, said in told.items() if said]
    shown = example(entry).replace("\n", "\n  ").replace("\n  \n", "\n\n")
    doc = "\n".join(map(str.strip, entry.doc.strip().splitlines()))
    parts = [f"{entry.signature}{also}", doc, "\n".join(notes)]
    title = "Example, with g the cotangent of its value" if " d_" in shown else "Example"
    parts += [f"{title}:\n  {shown}"] if shown else []
    return "\n\n".join(p for p in parts if p)
