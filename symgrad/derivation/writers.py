"""One list of blocks as Markdown, HTML, LaTeX or plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .typeset import to_html, to_unicode

_MATH = re.compile(r"(\\\(.*?\\\)|`[^`]*`)", re.DOTALL)


@dataclass(frozen=True)
class Equation:
    """``symbol = formula``, with the shape and perhaps the numbers, all as LaTeX."""

    symbol: str
    formula: str
    shape: str
    number: str

    def sides(self) -> tuple[str, str]:
        """The left side, and all that it equals."""
        if not self.number:
            return self.symbol, self.formula
        sign = "" if self.number.startswith(r"\in") else "= "
        return self.symbol, f"{self.formula} {sign}{self.number}"


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph with ``\\(math\\)`` and ```code```, or equations."""

    kind: str
    text: str = ""
    equations: tuple[Equation, ...] = ()


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a paragraph: text, math or code."""
    for part in _MATH.split(text):
        if part.startswith("\\("):
            yield "math", part[2:-2]
        elif part.startswith("`"):
            yield "code", part[1:-1]
        elif part:
            yield "text", part


def _rows(equations: Sequence[Equation]) -> str:
    """Equations as an aligned block."""
    lines = []
    for e in equations:
        left, right = e.sides()
        lines.append(f"{left} &= {right}" + (rf" && {e.shape}" if e.shape else ""))
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _single(equations: Sequence[Equation]) -> str:
    (equation,) = equations
    left, right = equation.sides()
    return f"{left} = {right}" + (rf" \qquad {equation.shape}" if equation.shape else "")


def _mathjax(formula: str) -> str:
    """Without signs that Markdown or HTML take for their own."""
    return re.sub(" ?> ?", r" \\gt ", re.sub(" ?< ?", r" \\lt ", formula))


def write_markdown(block: Block) -> str:
    """A block in Markdown."""
    if block.kind == "equations":
        rows = _rows if len(block.equations) > 1 else _single
        return f"$$\n{_mathjax(rows(block.equations))}\n$$"
    text = "".join(_MARKDOWN[kind](part) for kind, part in _pieces(block.text))
    return {"title": "## ", "heading": "### ", "prose": ""}[block.kind] + text


_MARKDOWN: dict[str, Callable[[str], str]] = {
    "math": lambda s: f"${_mathjax(s)}$",
    "code": lambda s: f"`{s}`",
    "text": lambda s: re.sub(r"([\\*_<>\[\]$|#])", r"\\\1", s),
}


def write_latex(block: Block) -> str:
    """A block in LaTeX."""
    if block.kind == "equations":
        return f"\\[\n{_rows(block.equations)}\n\\]"
    text = "".join(_LATEX[kind](part) for kind, part in _pieces(block.text))
    wrap = {"title": r"\section*{%s}", "heading": r"\subsection*{%s}", "prose": r"\noindent %s"}
    return wrap[block.kind].replace("%s", text)


_SIGNS = {**{c: "\\" + c for c in "&%$#_{}"}, "\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
_UNICODE = {"ᵀ": r"\(^\top\)", "⊙": r"\(\odot\)", "²": r"\(^2\)", "^": r"\textasciicircum{}"}
_ESCAPES = {**_SIGNS, **_UNICODE}


def _in_latex(text: str) -> str:
    return "".join(_ESCAPES.get(c, c) for c in text)


_LATEX: dict[str, Callable[[str], str]] = {
    "math": lambda s: rf"\({s}\)",
    "code": lambda s: rf"\texttt{{{_in_latex(s)}}}",
    "text": _in_latex,
}


def write_plain(block: Block) -> str:
    """A block as plain text."""
    if block.kind == "equations":
        return "\n".join(_aligned(block.equations))
    text = "".join(to_unicode(s) if kind == "math" else s for kind, s in _pieces(block.text))
    return f"\n{text}" if block.kind in ("heading", "prose") else text


def _aligned(equations: Sequence[Equation]) -> list[str]:
    rows = [[*map(to_unicode, e.sides()), to_unicode(e.shape)] for e in equations]
    width = max(len(row[0]) for row in rows)
    return [f"    {a:<{width}} = {b}" + (f"   {c}" if c else "") for a, b, c in rows]


def write_html(block: Block) -> str:
    """A block in HTML."""
    if block.kind == "equations":
        return "<table>\n" + "\n".join(map(_html_row, block.equations)) + "\n</table>"
    text = "".join(_HTML[kind](part) for kind, part in _pieces(block.text))
    tag = {"title": "h2", "heading": "h3", "prose": "p"}[block.kind]
    return f"<{tag}>{text}</{tag}>"


def _html_row(equation: Equation) -> str:
    left, right = map(to_html, equation.sides())
    shape = f"<td>{to_html(equation.shape)}</td>" if equation.shape else "<td></td>"
    return f"<tr><td>{left}</td><td>=</td><td>{right}</td>{shape}</tr>"


_HTML: dict[str, Callable[[str], str]] = {
    "math": to_html,
    "code": lambda s: f"<code>{escape(s)}</code>",
    "text": escape,
}
STYLE = """
.symgrad{max-width:56em;margin:0 auto;padding:0 1em;
font:14px/1.3 Cambria,Georgia,'Times New Roman',serif}
.symgrad h2{font-size:1.25em;margin:.8em 0 .4em}.symgrad h3{font-size:1.1em;margin:.9em 0 .2em}
.symgrad p{margin:.4em 0 0}.symgrad code{font-size:.85em}
.symgrad sub,.symgrad sup{font-size:.7em;line-height:0}
.symgrad table{border-collapse:collapse;margin:0 0 0 2em;background:none}
.symgrad td{padding:.1em .25em;border:0;text-align:left;white-space:nowrap;background:none}
.symgrad td:last-child{padding-left:2em;opacity:.6}
.symgrad .f,.symgrad .f>span{display:inline-block;vertical-align:middle;text-align:center}
.symgrad .f{line-height:1.15;margin:0 .15em}.symgrad .f>span{display:block;padding:0 .2em}
.symgrad .f>span:first-child{border-bottom:1px solid}
.symgrad .r{border-top:1px solid}
.symgrad .m,.symgrad .c{display:inline-block;vertical-align:middle;line-height:1.15;
border:solid;border-width:0 1px;border-radius:.7em;padding:0 .2em;margin:0 .15em}
.symgrad .c{border-width:0 0 0 1px}
.symgrad .m>span,.symgrad .c>span{display:table-row}
.symgrad .m>span>span,.symgrad .c>span>span{display:table-cell;padding:0 .3em;text-align:right}
@media print{.symgrad{font-size:12px}}
"""
