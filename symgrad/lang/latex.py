r"""From expressions to LaTeX, by the ``latex`` column of the registry.

Where an operand needs parentheses is read off its neighbors in the row's template: in
``{x} + {y}`` beside a plus, in ``{x}^2`` below an exponent, in ``\sqrt{{{x}}}`` nowhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from string import Formatter
from typing import NamedTuple, cast

from ..graph.dims import Dim
from ..graph.graph import Expr, Graph, operations
from ..graph.walk import ancestors, down_to
from ..ops.indices import index_text
from ..ops.op import Op
from .spelling import parameter_text

ANY, UNION, INTERSECTION, COMPARISON, SUM, TERM, FACTOR, POWER, SUBSCRIPT, PRIMARY = range(10)
_BIG = (r"\sum", r"\max", r"\min")
_OPERATORS = {
    **dict.fromkeys(("<", ">", "=", r"\le", r"\ge", r"\ne"), COMPARISON),
    **{r"\lor": UNION, r"\land": INTERSECTION},
    **dict.fromkeys(("+", "-", *_BIG), SUM),
    **dict.fromkeys((r"\,", "/", r"\bmod"), TERM),
    **{r"\lnot": FACTOR, "^": POWER, "_": SUBSCRIPT},
}
_BLOCKS = {r"\frac": FACTOR, r"\begin": FACTOR}
_TOKEN = re.compile(r"\\(?:left|right)\s*\\?.|\\[a-zA-Z]+|\\.|\S")
_OPENING = re.compile(r"\{|\(|\\left|\\lfloor|\\begin")
_CLOSING = re.compile(r"\}|\)|\\right|\\rfloor|\\end")
_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau"
    "|upsilon|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega"
)
_LONG = 2000  # characters of one formula
_REPEATED = 40  # characters of a part that is written out more than once
_MATRIX = 16  # elements of an array that are shown


class Formula(NamedTuple):
    """LaTeX, and how tightly its outermost operator binds."""

    text: str
    level: int = PRIMARY

    def at(self, level: int) -> str:
        """The text, in parentheses if it binds less tightly than that."""
        return self.text if self.level >= level else rf"\left({self.text}\right)"


def to_latex(expr: Expr) -> str:
    r"""An expression as LaTeX; named parts by their names.

    Parameters
    ----------
    expr : Expr
        Any expression.

    Returns
    -------
    str
        A formula; where parts without a name had to be named t_1, t_2, ..., an ``aligned``
        environment with their definitions.

    Example
    -------
    >>> from symgrad import parse
    >>> y = parse("h = exp(W_1 @ x)\n(h + 1)**2 / alpha", W_1="[2, 3]", x="[3]", alpha="[]")
    >>> print(to_latex(y))
    \frac{\left(h + 1\right)^{2}}{\alpha}
    """
    nodes = down_to([expr], lambda a: a is not expr and a.name and a.args)
    reads = Counter(a.id for n in nodes for a in n.args)
    said: dict[int, Formula] = {}
    lines: list[str] = []
    for node in nodes:
        formula = write_node(node, [said.get(a.id) or name_formula(a.name) for a in node.args])
        length = len(formula.text)
        if node is not expr and length > (_REPEATED if reads[node.id] > 1 else _LONG):
            name = f"t_{{{len(lines) + 1}}}"
            lines.append(f"{name} &= {formula.text}")
            formula = Formula(name, SUBSCRIPT)
        said[node.id] = formula
    result = said[expr.id].text
    if not lines:
        return result
    body = " \\\\\n".join([*lines, f"& {result}"])
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def name_formula(name: str | None) -> Formula:
    """A name; of a named value, all that is said."""
    text = name_latex(name or "")
    return Formula(text, SUBSCRIPT if "_" in text else PRIMARY)


def name_latex(name: str) -> str:
    r"""A name with its digits and what follows an underscore as subscripts.

    Example
    -------
    >>> print(*map(name_latex, ("x", "alpha", "W1", "d_W1", "loss")))
    x \alpha W_{1} d_{W1} \mathrm{loss}
    """
    stem, _, rest = name.strip("_").partition("_")
    letters = stem.rstrip("0123456789")
    if letters:
        stem, rest = letters, stem[len(letters) :] + (rest and "," * (letters != stem) + rest)
    if not stem:
        return rf"\mathrm{{{_escaped(name)}}}"
    word = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    if _GREEK.fullmatch(stem):
        word = "\\" + stem
    return f"{word}_{{{_escaped(rest)}}}" if rest else word


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")


def write_node(node: Expr, operands: Sequence[Formula]) -> Formula:
    """One node from the formulas of its operands."""
    if node.op in _LEAVES:
        return _LEAVES[node.op](node)
    op = cast(Op, node.op)
    if not op.latex:
        return _write_meaning(op, operands)
    if callable(op.latex):
        return Formula(op.latex(node, *(o.text for o in operands)))
    template = _template(op.latex)
    if op.variadic:
        fixed = len(op.operands) - 1
        together = ",\\ ".join(o.text for o in operands[fixed:])
        operands = [*operands[:fixed], Formula(together, ANY)]
    given = dict(zip(op.operands, operands, strict=False))
    if template.passes_on in given:
        return given[template.passes_on]
    parts = {name: f.at(template.levels.get(name, ANY)) for name, f in given.items()}
    text = op.latex.format_map({**_parameters(node), **parts})
    return Formula(re.sub(r"\\, (?=\d)", r"\\cdot ", text), template.level)


def _write_meaning(op: Op, operands: Sequence[Formula]) -> Formula:
    """A row without LaTeX of its own, as what it means."""
    given, said = dict(zip(op.operands, operands, strict=True)), dict[int, Formula]()
    for n in ancestors([_meaning(op)]):
        known = given.get(n.name or "")
        said[n.id] = known or write_node(n, [said[a.id] for a in n.args])
    return said[n.id]


@cache
def _meaning(op: Op) -> Expr:
    """A row's meaning, with its operands as inputs."""
    graph = Graph()
    inputs: Mapping[str, Expr] = {x: graph.input(x) for x in op.operands}
    meaning: Expr = eval(str(op.meaning), dict(operations), inputs)
    return meaning


def _parameters(node: Expr) -> dict[str, str]:
    shown = {k: parameter_text(v) for k, v in node.params.items() if k != "index"}
    index = None if node.op in ("gather", "scatter_add") else node.params.get("index")
    return shown if index is None else {**shown, "index": index_text(index).replace(" ", r"\,")}


class _Template(NamedTuple):
    """What a row's template says of levels: its own, and what it asks of each operand."""

    level: int
    levels: Mapping[str, int]
    passes_on: str | None


@cache
def _template(text: str) -> _Template:
    tokens = list(_tokens(text))
    fields = [token for token, is_field in tokens if is_field]
    if len(tokens) == 1 and fields:
        return _Template(PRIMARY, {}, fields[0])
    level, depth = PRIMARY, 0
    for i, (token, is_field) in enumerate(tokens):
        if not is_field:
            depth -= _CLOSING.match(token) is not None
            level = min(level, PRIMARY if depth else _level(tokens, i))
            depth += _OPENING.match(token) is not None
    asked = {token: _asked(tokens, i) for i, (token, is_field) in enumerate(tokens) if is_field}
    return _Template(level, asked, None)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """The tokens of a template, with whether each is a field."""
    for literal, name, _, _ in Formatter().parse(text):
        yield from ((token, False) for token in _TOKEN.findall(literal))
        if name is not None:
            yield name, True


def _level(tokens: Sequence[tuple[str, bool]], i: int) -> int:
    """How tightly the operator at this place binds; \\max and \\sum are one before a bare field."""
    token = tokens[i][0]
    if token in _BIG and not tokens[i + 1][1]:
        return PRIMARY
    return _OPERATORS.get(token, _BLOCKS.get(token, PRIMARY))


def _asked(tokens: Sequence[tuple[str, bool]], i: int) -> int:
    """How tightly an operand must bind between its neighbors."""
    before = tokens[i - 1][0] if i else ""
    after, beyond = ([t for t, _ in tokens[i + 1 : i + 3]] + ["", ""])[:2]
    if before == "{" and after == "}":
        before, after = "", beyond if beyond in "^_" else ""
    right_of = _OPERATORS.get(before, ANY - 1) + 1
    if after in ("^", "_"):
        return max(right_of, _OPERATORS[after] + 1)
    return max(right_of, _OPERATORS.get(after, ANY))


def _constant(node: Expr) -> Formula:
    if node.name:
        return name_formula(node.name)
    value = node.params["value"]
    if not value.shape:
        return write_number(value.item())
    if value.ndim > 2 or value.size > _MATRIX:
        sizes = r" \times ".join(map(str, value.shape))
        return Formula(rf"\mathbf{{C}}_{{{sizes}}}", SUBSCRIPT)
    rows = value if value.ndim == 2 else value[:, None]
    cells = r" \\ ".join(" & ".join(write_number(v).text for v in row.tolist()) for row in rows)
    return Formula(rf"\begin{{pmatrix}}{cells}\end{{pmatrix}}")


def write_number(value: float) -> Formula:
    """A number; its digits are those that Python prints."""
    if isinstance(value, bool) or math.isnan(value):
        return Formula(rf"\mathrm{{{str(value).lower()}}}")
    if value < 0 or math.copysign(1, value) < 0:
        return Formula("-" + write_number(-value).text, SUM)
    if math.isinf(value):
        return Formula(r"\infty")
    digits, _, exponent = repr(value).removesuffix(".0").partition("e")
    if not exponent:
        return Formula(digits)
    power = f"10^{{{int(exponent)}}}"
    return Formula(power, POWER) if digits == "1" else Formula(rf"{digits} \cdot {power}", TERM)


def _dim(node: Expr) -> Formula:
    size: Dim = node.params["size"]
    text = str(size).replace("*", r" \, ")
    return Formula(text, SUM if len(size.terms) > 1 else TERM if "*" in size else PRIMARY)


_LEAVES = {"input": lambda node: name_formula(node.name), "constant": _constant, "dim": _dim}
