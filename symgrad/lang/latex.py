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
from typing import Any, NamedTuple, cast

from ..graph.dims import Dim
from ..graph.graph import Expr
from ..ops.op import Op
from ..ops.shapes import index_text
from .spelling import parameter_text

ANY, COMPARISON, UNION, INTERSECTION, SUM, TERM, FACTOR, POWER, SUBSCRIPT, PRIMARY = range(10)
_OPERATORS = {
    **dict.fromkeys(("<", ">", "=", r"\le", r"\ge", r"\ne"), COMPARISON),
    **{r"\lor": UNION, r"\land": INTERSECTION},
    **dict.fromkeys(("+", "-", r"\sum", r"\max", r"\min"), SUM),
    **dict.fromkeys((r"\,", "/", r"\bmod"), TERM),
    **{r"\lnot": FACTOR, "^": POWER, "_": SUBSCRIPT},
}
_BLOCKS = {r"\frac": FACTOR, r"\begin": FACTOR}
_TOKEN = re.compile(r"\\(?:left|right)\s*\\?.|\\[a-zA-Z]+|\\.|\S")
_OPENING = re.compile(r"\{|\(|\\left|\\lfloor|\\begin")
_CLOSING = re.compile(r"\}|\)|\\right|\\rfloor|\\end")
_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split()
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
    >>> print(to_latex(parse("h = exp(W_1 @ x)\n(h + 1)**2 / alpha", W_1="[2, 3]", x="[3]", alpha="[]")))
    \frac{\left(h + 1\right)^{2}}{\alpha}
    """
    nodes = _unnamed_parts(expr)
    reads = Counter(a.id for n in nodes for a in n.args)
    said: dict[int, Formula] = {}
    lines = []
    for node in nodes:
        formula = _formula(node, [said.get(a.id) or _named(a) for a in node.args])
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


def _unnamed_parts(expr: Expr) -> list[Expr]:
    """The expression and what it is made of, down to named values, in topological order."""
    seen = {expr.id: expr}
    stack = [expr]
    while stack:
        for a in stack.pop().args:
            if a.id not in seen and not (a.name and a.args):
                seen[a.id] = a
                stack.append(a)
    return [seen[i] for i in sorted(seen)]


def _named(node: Expr) -> Formula:
    text = name_latex(node.name or "")
    return Formula(text, SUBSCRIPT if "_" in text else PRIMARY)


def name_latex(name: str) -> str:
    r"""A name with its digits and what follows an underscore as subscripts.

    Example
    -------
    >>> name_latex("x"), name_latex("alpha"), name_latex("W1"), name_latex("d_W1"), name_latex("loss")
    ('x', '\\alpha', 'W_{1}', 'd_{W1}', '\\mathrm{loss}')
    """
    stem, _, rest = name.strip("_").partition("_")
    letters = stem.rstrip("0123456789")
    if letters:
        stem, rest = letters, stem[len(letters) :] + (rest and "," * (letters != stem) + rest)
    word = "\\" + stem if stem in _GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    if not stem:
        return rf"\mathrm{{{_escaped(name)}}}"
    return f"{word}_{{{_escaped(rest)}}}" if rest else word


def _escaped(text: str) -> str:
    return text.replace("_", r"\_")


def _formula(node: Expr, operands: Sequence[Formula]) -> Formula:
    """One node from its operands."""
    if node.op.name in _LEAVES:
        return _LEAVES[node.op.name](node)
    op = cast(Op, node.op)
    if callable(op.latex):
        return Formula(op.latex(node, *(o.text for o in operands)))
    template = _template(op.latex)
    names = op.operands if not op.variadic else [f"x{i}" for i in range(len(operands))]
    given = dict(zip(names, operands, strict=False))
    if template.passes_on in given:
        return given[template.passes_on]
    parts = {name: f.at(template.levels.get(name, ANY)) for name, f in given.items()}
    text = op.latex.format_map({**_parameters(node), **parts})
    return Formula(re.sub(r"\\, (?=\d)", r"\\cdot ", text), template.level)


def _parameters(node: Expr) -> dict[str, str]:
    shown = {k: parameter_text(v) for k, v in node.params.items() if k != "index"}
    index = node.params.get("index")
    return shown if index is None else {**shown, "index": index_text(index).replace(" ", r"\,")}


class _Template(NamedTuple):
    """What a row's template says of levels: its own, and what it asks of each operand."""

    level: int
    levels: Mapping[str, int]
    passes_on: str | None


@cache
def _template(text: str) -> _Template:
    tokens = list(_tokens(text))
    if len(tokens) == 1 and tokens[0][1]:
        return _Template(PRIMARY, {}, tokens[0][0])
    level, depth, levels = PRIMARY, 0, {}
    for i, (token, is_field) in enumerate(tokens):
        if is_field:
            levels[token] = _asked(tokens, i)
        depth += bool(_OPENING.match(token)) - bool(_CLOSING.match(token))
        is_prefix = token not in (r"\sum", r"\max", r"\min") or tokens[i + 1][1]
        if depth == 0 and is_prefix:
            level = min(level, _OPERATORS.get(token, PRIMARY))
        level = min(level, _BLOCKS.get(token, PRIMARY) if depth <= 1 else PRIMARY)
    return _Template(level, levels, None)
