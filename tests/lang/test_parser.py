"""The grammar against Python's own: the same precedence, the same structure, the same numbers."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symgrad.errors import ParseError
from symgrad.lang.lexer import Scan
from symgrad.lang.parser import parse_program
from symgrad.lang.steps import Call, Statement, Step

BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.USub: "-", ast.UAdd: "+",
    ast.Invert: "~",
}  # fmt: skip


def said(step: Step) -> tuple[str, object, int]:
    """A step without its place, in terms that Python's tree knows too."""
    kind, value, takes = step.kind, step.value, step.takes
    if isinstance(value, Call):
        value = (value.name.value, tuple(k.value for k in value.keywords))
    elif kind == "attribute":
        value = value.value
    return kind, repr(value) if kind == "literal" else value, takes


def only(text: str) -> Statement:
    [line] = parse_program(text)
    return line


def steps(text: str) -> list[tuple[str, object, int]]:
    return [said(step) for step in only(text).steps]


def oracle(node: ast.expr) -> Iterator[tuple[str, object, int]]:
    """The same steps from Python's own parser."""
    match node:
        case ast.Constant(value):
            yield "literal", repr(value), 0
        case ast.Name(name):
            yield "name", name, 0
        case ast.UnaryOp(op, operand):
            yield from oracle(operand)
            yield "unary", BINARY[type(op)], 1
        case ast.BinOp(left, op, right) | ast.Compare(left, [op], [right]):
            yield from oracle(left)
            yield from oracle(right)
            yield "binary", BINARY[type(op)], 2
        case ast.Tuple(items) | ast.List(items):
            for item in items:
                yield from oracle(item)
            yield type(node).__name__.lower(), None, len(items)
        case ast.Attribute(owner, name):
            yield from oracle(owner)
            yield "attribute", name, 1
        case ast.Subscript(owner, index):
            yield from oracle(owner)
            yield from oracle(index)
            yield "index", None, 2
        case ast.Slice():
            parts = node.lower, node.upper, node.step
            for part in filter(None, parts):
                yield from oracle(part)
            yield "slice", tuple(map(bool, parts)), len(list(filter(None, parts)))
        case ast.Call(function, args, keywords):
            arguments = [*args, *(k.value for k in keywords)]
            if isinstance(function, ast.Attribute):
                yield from oracle(function.value)
            for argument in arguments:
                yield from oracle(argument)
            names = tuple(k.arg for k in keywords)
            if isinstance(function, ast.Attribute):
                yield "method", (function.attr, names), 1 + len(arguments)
            else:
                yield "call", (function.id, names), len(arguments)


def python_says(text: str) -> list[tuple[str, object, int]]:
    return list(oracle(ast.parse(text.strip(), mode="eval").body))


ATOMS = st.sampled_from(
    ["x", "W", "héllo", "_a1", "1", "2.5", "1e-3", ".5", "1_000", "None", "True"]
)
OPERATORS = st.sampled_from([*"+-*/%@&|", "//", "**", "<", "<=", ">", ">=", "==", "!="])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(inner, OPERATORS, inner).map(" ".join)
    return st.one_of(
        binary,
        binary,
        st.tuples(st.sampled_from("+-~"), inner).map("".join),
        inner.map("({})".format),
        st.lists(inner, min_size=1, max_size=3).map(lambda xs: f"f({', '.join(xs)})"),
        st.tuples(inner, inner).map("f({0[0]}, axis={0[1]},)".format),
        st.tuples(inner, inner).map("({0[0]}).sum({0[1]})".format),
        inner.map("({}).T".format),
        st.tuples(inner, inner).map("({0[0]}, {0[1]})".format),
        st.lists(inner, max_size=3).map(lambda xs: f"[{', '.join(xs)}]"),
        st.tuples(inner, inner).map("({0[0]})[{0[1]}:, ::2, ..., None]".format),
        st.tuples(inner, inner, inner).map("x[{0[0]}:{0[1]}:{0[2]}]".format),
    )


EXPRESSIONS = st.recursive(ATOMS, _compound, max_leaves=12)


def _chains(text: str) -> bool:
    return any(
        isinstance(node, ast.Compare) and len(node.ops) > 1 for node in ast.walk(ast.parse(text))
    )


@given(EXPRESSIONS)
@example("-x**2")
@example("2**-x**-2")
@example("a + b * c @ d / e - f")
@example("~a & b | c & ~d")
@example("x[0, :][:, None].T.sum((0, 1), keepdims=True)")
@example("x[()]")
@example("x[0,]")
@example("f(())")
@example("(x,)[0]")
def test_steps_are_those_of_pythons_own_parser(text):
    if _chains(text):
        with pytest.raises(ParseError, match="comparisons do not chain"):
            parse_program(text)
    else:
        assert steps(text) == python_says(text)


@given(EXPRESSIONS)
def test_every_step_knows_its_stretch_of_text(text):
    if _chains(text):
        return
    for step in only(text).steps:
        if step.kind not in ("slice", "tuple"):
            assert steps(text[step.start : step.end])[-1] == said(step)


@pytest.mark.parametrize(
    "text, value",
    [
        ("0", 0),
        ("1_000", 1000),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5e-1", 0.05),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2.0**63),
        ("1" + "0" * 300, 1e300),
        ("1e-400", 0.0),
        ("'ij,j->i'", "ij,j->i"),
        ('"it\'s"', "it's"),
        ("True", True),
        ("...", ...),
    ],
)
def test_literals(text, value):
    [step] = only(text).steps
    assert step.value == value and type(step.value) is type(value)


def test_names_take_pythons_normal_form():
    assert only("ﬁ").steps[0].value == "fi"
    assert only("𝐱 = 1").name.value == "x"


def test_statements():
    program = parse_program(
        """
        # inputs
        X: float32[n, 2*m]   # a comment
        s: float64; b: [3]; c: int64[]
        t: positive; u: positive float64[n]

        h = relu(X @ W +
                 b)          # brackets join lines
        y = h \\
            + 1
        y
        """
    )
    kinds = [
        (s.kind, s.name and s.name.value, " ".join(w.value for w in s.words), s.takes)
        for s in program
    ]
    assert kinds == [
        ("input", "X", "float32", 2),
        ("input", "s", "float64", 0),
        ("input", "b", "", 1),
        ("input", "c", "int64", 0),
        ("input", "t", "positive", 0),
        ("input", "u", "positive float64", 1),
        ("definition", "h", "", 1),
        ("definition", "y", "", 1),
        ("result", None, "", 1),
    ]


@pytest.mark.parametrize(
    "text", ["x\n", "\n\nx", "x;", ";x", "x\r\n", "\ufeffx", "x # end", "\tx\f"]
)
def test_blank_lines_separators_and_odd_spaces(text):
    assert steps(text) == [("name", "x", 0)]


def test_the_lexer_stops_where_the_text_does():
    tokens = list(Scan("f(x)  "))
    assert [t.type for t in tokens] == ["NAME", "LPAR", "NAME", "RPAR", "NEWLINE"]
    assert tokens[-1].start == 6


N, M = 100_000, 20_000


@pytest.mark.parametrize(
    "text, count",
    [
        ("(" * N + "x" + ")" * N, 1),
        ("-" * N + "x", N + 1),
        ("+".join(["x"] * N), 2 * N - 1),
        ("exp(" * M + "x" + ")" * M, M + 1),
        ("[" * M + "]" * M, M),
        ("x" + ".T" * M, M + 1),
        ("x" + "[0]" * M, 2 * M + 1),
        ("**".join(["x"] * M), 2 * M - 1),
        ("f(" + ",".join(["x"] * M) + ")", M + 1),
        ("x" + " " * N, 1),
        ("\n" * N + "x", 1),
        ("# " + "x" * N + "\nx", 1),
        ("1" * 300 + "+x", 3),
        ("x" * N, 1),
    ],
    ids=[
        "parentheses", "signs", "terms", "calls", "lists", "attributes", "indices", "powers",
        "arguments", "spaces", "newlines", "comment", "digits", "name",
    ],
)  # fmt: skip
def test_long_and_deep_texts_are_ordinary(text, count):
    assert len(parse_program(text)[-1].steps) == count


def test_a_long_program_is_linear():
    lines = parse_program("\n".join(f"x{i} = x{i - 1} + 1" for i in range(1, 20_000)))
    assert len(lines) == 19_999 and all(len(line.steps) == 3 for line in lines)


def test_lark_is_loaded_by_the_first_text_only():
    code = "import sys, symgrad, symgrad.lang.parser; assert 'lark' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
