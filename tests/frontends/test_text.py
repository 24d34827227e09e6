"""The text door: what a text means, and what is said of a text that means nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgrad as sg
from symgrad.frontends.text import parse
from symgrad.graph.graph import operations
from symgrad.ops.op import Op

SPECS = {"X": "[n, 3]", "W": "[3, 4]", "b": "[4]", "s": "[]", "k": "int64[n]", "f": "float32[3]"}


def says(text, specs=SPECS, graph=None):
    """The error that a text gives."""
    with pytest.raises(sg.SymgradError) as caught:
        parse(text, specs, graph)
    return caught.value


# What an expression of X, W, b, s, k, f is in Python.
MEANINGS = {
    "X @ W + b": lambda X, W, b, s, k, f: X @ W + b,
    "X.T @ X": lambda X, W, b, s, k, f: X.T @ X,
    "-s**2": lambda X, W, b, s, k, f: -(s**2),
    "2**-s": lambda X, W, b, s, k, f: 2**-s,
    "2*3 + s": lambda X, W, b, s, k, f: s * 0 + 6 + s,
    "X.sum(axis=0, keepdims=True)": lambda X, W, b, s, k, f: sg.sum(X, axis=0, keepdims=True),
    "sum(X, (0, 1))": lambda X, W, b, s, k, f: sg.sum(X, axis=(0, 1)),
    "abs(s)": lambda X, W, b, s, k, f: sg.absolute(s),
    "pow(s, 2)": lambda X, W, b, s, k, f: s**2,
    "maximum(0, X)": lambda X, W, b, s, k, f: sg.maximum(0, X),
    "where((X > 0) & ~(X > 1), X, 0)": lambda X, W, b, s, k, f: sg.where(
        sg.logical_and(X > 0, sg.logical_not(X > 1)), X, 0
    ),
    "X == 0": lambda X, W, b, s, k, f: sg.equal(X, 0),
    "X != X": lambda X, W, b, s, k, f: sg.not_equal(X, X),
    "X[0]": lambda X, W, b, s, k, f: X[0],
    "X[:, 1:3]": lambda X, W, b, s, k, f: X[:, 1:3],
    "X[..., None, ::2]": lambda X, W, b, s, k, f: X[..., None, ::2],
    "X[1][-1]": lambda X, W, b, s, k, f: X[1][-1],
    "X.reshape(-1)": lambda X, W, b, s, k, f: X.reshape(-1),
    "X.reshape(3, n)": lambda X, W, b, s, k, f: X.reshape(3, "n"),
    "X.reshape((3, n))": lambda X, W, b, s, k, f: X.reshape((3, "n")),
    "X.transpose(1, 0)": lambda X, W, b, s, k, f: X.transpose(1, 0),
    "X.ravel()": lambda X, W, b, s, k, f: X.ravel(),
    "X.dot(W)": lambda X, W, b, s, k, f: X.dot(W),
    "X.clip(0, 1)": lambda X, W, b, s, k, f: X.clip(0, 1),
    "X.mT": lambda X, W, b, s, k, f: X.mT,
    "k.astype(float32)": lambda X, W, b, s, k, f: k.astype("float32"),
    "one_hot(k, 3, dtype='float32')": lambda X, W, b, s, k, f: sg.one_hot(k, 3, dtype="float32"),
    "reshape(X, X.shape[::-1])": lambda X, W, b, s, k, f: X.reshape((3, "n")),
    "f * 2.5": lambda X, W, b, s, k, f: f * 2.5,
    "f * pi + inf": lambda X, W, b, s, k, f: f * math.pi + math.inf,
    "f * constant([1, 2, 3], dtype=float32)": lambda X, W, b, s, k, f: (
        f * np.array([1, 2, 3], "float32")
    ),
    "exp(x=s)": lambda X, W, b, s, k, f: sg.exp(s),
    "True & (s > 0)": lambda X, W, b, s, k, f: sg.logical_and(True, s > 0),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_an_expression_is_the_same_node_as_in_python(text):
    g = sg.Graph()
    inputs = {name: g.input(name, spec) for name, spec in SPECS.items()}
    wanted = MEANINGS[text](**inputs)
    if text == "2*3 + s":
        wanted = 6 + inputs["s"]
    assert parse(text, graph=g) is wanted


def test_every_operation_can_be_called_by_its_names():
    g = sg.Graph()
    x = g.input("x", "[2, 2]")
    for name, op in operations.items():
        if not isinstance(op, Op) or op.operands != ("x",):
            continue
        if not any(type(d) is object for d in op.defaults.values()):
            try:
                wanted = op(x)
            except (sg.DTypeError, sg.ShapeError):
                continue
            assert parse(f"{name}(x)", graph=g) is wanted


NUMBERS = st.one_of(st.integers(-9, 9), st.floats(-9, 9).map(lambda x: round(x, 2)))
SYMBOLS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="])


@given(NUMBERS, SYMBOLS, NUMBERS)
def test_numbers_are_pythons(a, symbol, b):
    try:
        wanted = eval(f"({a}) {symbol} ({b})")
    except ArithmeticError:
        wanted = None
    if wanted is None or isinstance(wanted, complex):
        assert says(f"({a}) {symbol} ({b})").span is not None
    else:
        value = parse(f"({a}) {symbol} ({b})").value
        assert value.item() == wanted and type(value.item()) is type(wanted)


@pytest.mark.parametrize(
    "text, value",
    [
        ("2**62 * 2", 2.0**63),
        ("2**63 - 1", 2.0**63),
        ("9**100", 9.0**100),
        ("max(2, 3) + min(2, 3)", 5),
        ("float('-inf')", -math.inf),
        ("True + True", 2),
        ("~True | False", False),
        ("-True", -1),
        ("1 - 1 == 0", True),
        ("1e-3", 0.001),
    ],
)
def test_numbers_at_the_edges(text, value):
    found = parse(text).value.item()
    assert found == value and type(found) is type(value)


def test_sizes_stay_sizes_until_they_meet_a_value():
    assert parse("reshape(X, (n*3,))", SPECS).shape == ("3*n",)
    assert parse("reshape(X, (X.size, 1))", SPECS).shape == ("3*n", 1)
    assert parse("s / n", SPECS).args[1].op == "dim"
    assert parse("2*n", SPECS).params["size"] == "2*n"
    assert parse("n / 2", SPECS).op == "divide"
    assert parse("n < 3", SPECS).op == "less"
    assert parse("max(n - 1, 0) * s", SPECS).args[0].params["size"] == "max(n - 1, 0)"
    assert parse("m = n + 1\nA: [m, 2]\nA", SPECS).shape == ("n + 1", 2)
    assert parse("m = 5\nA: [m, 2]\nA", SPECS).shape == (5, 2)


def test_declarations():
    y = parse("A: float32[n, 2]\nb: [2]; c: float64; d: bool[3]; e: int64[]\nf: [2*m + 1]\nA * b")
    types = {name: str(x.type) for name, x in y.graph.inputs.items()}
    assert types == {
        "A": "float32[n, 2]",
        "b": "float64[2]",
        "c": "float64[]",
        "d": "bool[3]",
        "e": "int64[]",
        "f": "float64[2*m + 1]",
    }


def test_named_lines_are_found_in_the_graph():
    y = parse("rate = 0.1\nh = relu(X)\nrows = n\nrate * h / rows", SPECS)
    named = y.graph.named
    assert named["h"].op == "relu" and named["rows"].op == "dim" and named["rate"].value == 0.1
    assert y.args[0].args[0] is named["rate"]


def test_the_last_line_may_be_a_definition():
    y = parse("loss = sum(X)", SPECS)
    assert y is y.graph.named["loss"] and y.name == "loss"


def test_a_text_continues_a_graph():
    h = parse("h = relu(X @ W)", SPECS)
    y = parse("h * 2 + sum(X)", graph=h.graph)
    assert y.args[0].args[0] is h
    assert parse("h = relu(X @ W)", graph=h.graph) is h
    assert parse("X: float64[n, 3]\nX", graph=h.graph) is h.graph.inputs["X"]


def test_an_input_may_have_the_name_of_a_function():
    y = parse("sum(sum * max) + mean", {"sum": "[n]", "max": "[n]", "mean": "[]"})
    assert y.op == "add" and list(y.graph.inputs) == ["sum", "max", "mean"]


def test_names_of_any_alphabet():
    y = parse("σ = θ * ﬁ\nσ", {"θ": "[]", "fi": "[]"})
    assert list(y.graph.inputs) == ["θ", "fi"] and y.name == "σ"


def test_nodes_know_their_place():
    text = "h = X @ W\nsum(relu(h) + b)"
    y = parse(text, SPECS)
    places = {n.op: text[p.start : p.end] for n in y.graph.nodes if (p := y.graph.spans.get(n.id))}
    assert places == {
        "matmul": "X @ W",
        "relu": "relu(h)",
        "add": "relu(h) + b",
        "sum": "sum(relu(h) + b)",
    }


CYCLE = "Begin with an input or a value defined before; a new value takes a new name."
KNOWN = "Known names: W, X, b, f, k, n, s."
NEW = "Give the new value a name of its own."

# text, class, underlined text, line, what, how
MESSAGES = [
    ("XX + 1", "ParseError", "XX", 1, "unknown name XX", f"Did you mean X? {KNOWN}"),
    (
        "s\nquux",
        "ParseError",
        "quux",
        2,
        "unknown name quux",
        f"{KNOWN} Declare an input with quux: float64[n].",
    ),
    (
        "sigmoud(X)",
        "ParseError",
        "sigmoud",
        1,
        "unknown function sigmoud",
        "Did you mean sigmoid?",
    ),
    (
        "__import__('os')",
        "ParseError",
        "__import__",
        1,
        "unknown function __import__",
        "Only symgrad's own operations can be called.",
    ),
    (
        "eval('1')",
        "ParseError",
        "eval",
        1,
        "unknown function eval",
        "",
    ),
    (
        "input('x')",
        "ParseError",
        "input",
        1,
        "unknown function input",
        "",
    ),
    ("s(3)", "ParseError", "s", 1, "s is a value, and no function", "Write s*(...)."),
    ("relu + 1", "ParseError", "relu", 1, "relu is a function", "Call it: relu(x)."),
    (
        "np.exp(X)",
        "ParseError",
        "np",
        1,
        "unknown name np",
        "Functions are called by their bare names: exp(x).",
    ),
    (
        "X.__class__",
        "ParseError",
        "__class__",
        1,
        "there is no attribute __class__",
        "There are T, mT, real, shape, ndim, size.",
    ),
    (
        "().__class__.__bases__",
        "ParseError",
        "__class__",
        1,
        "there is no attribute __class__",
        "There are T, mT, real, shape, ndim, size.",
    ),
    (
        "X.__init__()",
        "ParseError",
        "X.__init__()",
        1,
        "there is no method __init__",
        "Functions are called by their names: exp(x).",
    ),
    ("X.named('a')", "ParseError", "X.named('a')", 1, "there is no method named", "Functions are"),
    ("X.summ()", "ParseError", "X.summ()", 1, "there is no method summ", "Did you mean .sum()?"),
    (
        "X.relu()",
        "ParseError",
        "X.relu()",
        1,
        "relu is no method",
        "Write it as a function: relu(x).",
    ),
    ("X.sum", "ParseError", "sum", 1, "sum is a method", "Call it: .sum()."),
    (
        "X.relu",
        "ParseError",
        "relu",
        1,
        "there is no attribute relu",
        "Call the function: relu(x).",
    ),
    ("a = a + 1", "ParseError", "a", 1, "the definition of a is cyclic: a → a", CYCLE),
    ("p = q\nq = p\np", "ParseError", "q", 1, "the definition of p is cyclic: p → q → p", CYCLE),
    (
        "p = r*2\nq = p\nr = q\nr",
        "ParseError",
        "r",
        1,
        "the definition of p is cyclic: p → r → q → p",
        CYCLE,
    ),
    (
        "p = q\nq = s\np",
        "ParseError",
        "q",
        1,
        "q is used before its definition",
        "Move the line of q above this one.",
    ),
    (
        "p = q\nq: [3]\np",
        "ParseError",
        "q",
        1,
        "q is used before its declaration",
        "Move the declaration to the top.",
    ),
    ("X = X + 1", "ParseError", "X", 1, "X is already an input", NEW),
    ("h = s\nh = 2*s\nh", "ParseError", "h", 2, "h is already defined on line 1", NEW),
    ("n = 3\nn", "ParseError", "n", 1, "n is a named dim", "Rename one of them."),
    (
        "h = s\nA: [h]\nA",
        "ParseError",
        "h",
        2,
        "h is an expression, and no dim",
        "Rename one of them.",
    ),
    (
        "X: [n, 4]\nX",
        "GraphError",
        "X",
        1,
        "X is already an input float64[n, 3]",
        "Choose another name.",
    ),
    (
        "h = s\nh: [3]\nh",
        "GraphError",
        "h",
        2,
        "h is already the name of an expression",
        "Choose another name.",
    ),
    (
        "A: foo[3]\nA",
        "DTypeError",
        "foo",
        1,
        "foo is not a dtype symgrad computes with",
        "Use one of bool, int32, int64, float32, float64.",
    ),
    ("A: [-3]\nA", "ShapeError", "A", 1, "a size can not be negative, and -3 is", None),
    (
        "A: [2.5]\nA",
        "ShapeError",
        "A",
        1,
        "a size is an integer or a named dim, not 2.5",
        'Write for example (3, 4) or "[n, 4]".',
    ),
    (
        "s\nA: [3]",
        "ParseError",
        "A",
        2,
        "the last line is a declaration",
        "Write the value on a last line, for example A.",
    ),
    (
        "h = X\nh @ W.T",
        "ShapeError",
        "h @ W.T",
        2,
        "cannot multiply X [n, 3] by W.T [4, 3]: inner sizes 3 and 4 differ",
        "Did you mean",
    ),
    (
        "relu(X, X)",
        "GraphError",
        "relu(X, X)",
        1,
        "relu: 2 arguments given",
        "Call it as relu(x).",
    ),
    (
        "where(X > 0)",
        "GraphError",
        "where(X > 0)",
        1,
        "where: 1 argument given",
        "Call it as where(condition, x, y).",
    ),
    (
        "sum(X, axsi=0)",
        "GraphError",
        "sum(X, axsi=0)",
        1,
        "sum: unknown argument axsi; did you mean axis?",
        "Call it as sum(x; axis=None, keepdims=False).",
    ),
    (
        "X + 'a'",
        "DTypeError",
        "X + 'a'",
        1,
        "'a' is no operand",
        "Give an expression, a number or an array.",
    ),
    (
        "X[:s]",
        "ParseError",
        ":s",
        1,
        "the bounds of a slice are integers and sizes",
        "Leave it out, x[1:], or count from the end, x[:-1].",
    ),
    (
        "(1, 2)",
        "ParseError",
        "(1, 2)",
        1,
        "the value of a line is an expression or a number, not a tuple",
        "Write it where it is used.",
    ),
    (
        "a = 'b'\ns",
        "ParseError",
        "'b'",
        1,
        "the value of a line is an expression or a number, not a string",
        "Write it where it is used.",
    ),
    (
        "s\nNone",
        "ParseError",
        "None",
        2,
        "the value of a line is an expression or a number, not None",
        "Write it where it is used.",
    ),
    ("s + 1/0", "ParseError", "1/0", 1, "division by zero", "Change the numbers."),
    ("0**-1", "ParseError", "0**-1", 1, "division by zero", "Change the numbers."),
    (
        "9**9**9**9",
        "ParseError",
        "9**9**9",
        1,
        "the result is larger than 1.8e308, the largest number",
        "Change the numbers.",
    ),
    (
        "1e308*10",
        "ParseError",
        "1e308*10",
        1,
        "the result is larger than 1.8e308, the largest number",
        "Change the numbers.",
    ),
    (
        "(-8)**(1/3)",
        "ParseError",
        "(-8)**(1/3)",
        1,
        "a root of a negative number is not real",
        "Change the numbers.",
    ),
    (
        "constant([X])",
        "ParseError",
        "constant([X])",
        1,
        "constant takes numbers, not expressions",
        "Call it as constant(value, dtype=None, shape=None).",
    ),
    (
        "constant(0, shape=(10**9, 10**9))",
        "GraphError",
        "constant(0, shape=(10**9, 10**9))",
        1,
        "a constant of 1000000000000000000 elements is too large",
        None,
    ),
    (
        "constant()",
        "ParseError",
        "constant()",
        1,
        "constant can not be called like this: ",
        "Call it as constant(value, dtype=None, shape=None).",
    ),
    ("dim(3)", "GraphError", "dim(3)", 1, "dim takes a named size", "Write the number itself."),
    ("float('x')", "ParseError", "float('x')", 1, "float can not be called like this: ", "Call it"),
    (
        "(1, 2)[5] + s",
        "ParseError",
        "(1, 2)[5]",
        1,
        "this has no meaning: tuple index out of range",
        "Use numbers and expressions here.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("text, kind, part, line, what, how", MESSAGES, ids=range(len(MESSAGES)))
def test_message(text, kind, part, line, what, how):
    error = says(text)
    place = error.span
    assert (type(error).__name__, error.line) == (kind, line)
    assert text[place.start : place.end] == part
    assert error.what.startswith(what) and (error.how or "").startswith(how or "")


def test_a_shape_error_shows_the_users_line():
    error = says("y = X @ W\nh = relu(y @ W + b)\nsum(h)")
    assert str(error).startswith(
        "cannot multiply y [n, 4] by W [3, 4]: inner sizes 4 and 3 differ\n"
        "  line 2:  h = relu(y @ W + b)\n"
        "                    ^^^^^\n"
        "  Did you mean y @ W.T"
    )


def test_in_a_long_line_the_last_operator_is_shown():
    text = " + ".join(["s"] * 50) + " + (X @ (W.T))"
    error = says(text)
    assert text[error.span.start : error.span.end] == "X @ (W.T)"
    text = " + ".join(["s"] * 50) + " + (X) @ (b + b)"
    assert says(text.replace("@", "+")).span.start == text.index("@")


@pytest.mark.parametrize(
    "text",
    [
        "h = relu(X)\nq: [3]\nq @ h",
        "q: [3]\nh = 2\nh = 3",
        "t: [m]\nsum(t) + m + nope",
        "q: [3]\nq +",
    ],
)
def test_a_refused_text_leaves_the_graph_as_it_was(text):
    g = sg.Graph()
    g.input("X", "[n, 3]")
    before = len(g), dict(g.inputs), dict(g.named), g.dims, dict(g.spans)
    says(text, {"extra": "[4]"}, g)
    assert before == (len(g), dict(g.inputs), dict(g.named), g.dims, dict(g.spans))
    assert parse("h = relu(X)\nq: [4]\nsum(q) + sum(h)", graph=g).op == "add"


@pytest.mark.parametrize(
    "text",
    [
        "X" + "[0]" * 2,
        "sum(X, axis=(((0,),),))",
        "sum(X, axis='a')",
        "sum(X, axis=[0, None])",
        "reshape(X, 'abc')",
        "reshape(X, (1.5,))",
        "reshape(X, [[3, n]])",
        "transpose(X, {})".replace("{}", "X"),
        "X[X]",
        "X['a']",
        "X[1.5]",
        "X[1:2.5]",
        "X[::0]",
        "X[n]",
        "X[0, 0, 0]",
        "X[..., ...]",
        "X[(0, (1, 2))]",
        "where('a', X, X)",
        "where(None, X, X)",
        "one_hot(k, 2.5)",
        "one_hot(k, -1)",
        "one_hot(X, 3)",
        "astype(X, 'nope')",
        "astype(X, 3)",
        "broadcast_to(X, (n,))",
        "exp('a')",
        "exp(None)",
        "exp(...)",
        "exp([[1], [2, 3]])",
        "exp(slice(1))",
        "sum()",
        "slice()",
        "slice('a', X)",
        "float(X)",
        "float([1])",
        "constant('a')",
        "constant(0, dtype=3)",
        "constant(0, shape='a')",
        "constant(0, shape=(n,))",
        "constant(slice(1))",
        "max(n, s) + max(n, 2.5)",
        "max('a', 2)",
        "min((1, 2), 3)",
        "n // 0",
        "'a' * 3",
        "'a' + 'b'",
        "[1] * 10**9",
        "-'a'",
        "+'a'",
        "~(1, 2)",
        "-None",
        "None + s",
        "s @ s",
        "2 @ 3",
        "(1, 2).T.foo",
        "'a'.T",
        "'abc'[0]",
        "[1, 2]['a']",
        "leaky_relu(X, slope=X)",
        "clip(X)",
        "sum(X, keepdims=X)",
        "sum(X, out=X)",
        "embed(s, (3,), 5)",
        "embed(s, (3,), 'a')",
        "stop_gradient()",
        "dim('n')",
        "A: ['a b']\nA",
        "A: [None]\nA",
        "A: [[3]]\nA",
        "A: [(1, 2)]\nA",
        "A: [1/2]\nA",
        "A: [s]\nA",
        "lambda_: [n]\nnp: [3]\nlambda_ + np",
        "*" * 3,
    ],
)
def test_odd_arguments_are_refused_or_mean_something(text):
    try:
        parse(text, SPECS)
    except sg.SymgradError as error:
        assert error.span is not None and len(str(error)) < 600


def test_sizes_do_not_grow_without_bound():
    lines = ["a0 = n + 1", *(f"a{i + 1} = a{i} * a{i}" for i in range(60)), "a60"]
    assert says("\n".join(lines)).what == "this size is too long an expression"


def test_nesting_ends_where_numpys_does():
    assert (
        says("[" * 100_000 + "1" + "]" * 100_000).what == "tuples and lists are nested too deeply"
    )
    assert parse("constant(" + "[" * 32 + "1" + "]" * 32 + ")").ndim == 32


@pytest.mark.parametrize(
    "text, count",
    [
        ("(" * 100_000 + "x" + ")" * 100_000, 1),
        ("-" * 20_000 + "x", 20_001),
        ("+".join(["x"] * 20_000), 20_000),
        ("+".join(["1"] * 20_000), 2),
        ("tanh(" * 10_000 + "x" + ")" * 10_000, 10_001),
        ("\n".join(f"x{i + 1} = tanh(x{i or ''})" for i in range(10_000)), 10_001),
    ],
    ids=["parentheses", "signs", "terms", "numbers", "calls", "lines"],
)
def test_long_and_deep_texts(text, count):
    assert len(parse(text, {"x": "[]"}).graph) == count


PIECES = [*"Xsnh1()[],:=+*@-~<&/ \n", "2.5", "**", "...", ".T", ".sum", "'a'", "exp", "sum"]
PIECES += ["axis", "None", "slice", "constant", "reshape", "max"]
ALPHABET = st.sampled_from(PIECES)


@given(st.lists(ALPHABET, max_size=15).map("".join))
def test_any_text_is_an_expression_or_an_error_with_its_place(text):
    try:
        parse(text, SPECS)
    except sg.SymgradError as error:
        assert error.span is not None


@given(st.text(max_size=20))
def test_any_characters_are_an_expression_or_an_error_with_its_place(text):
    try:
        parse(text, {"x": "[]"})
    except sg.SymgradError as error:
        assert error.line is not None and error.column is not None
