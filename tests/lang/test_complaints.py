"""Every message about a text that is not of the language: wording, line, column, remedy."""

from __future__ import annotations

import pytest

from symgrad.errors import ParseError
from symgrad.lang.parser import parse_program

# text, line, column, what, how
MESSAGES = [
    (
        "x +",
        1,
        4,
        "the line ends where a value is expected, after +",
        "Write a name, a number or an expression in its place.",
    ),
    (
        "x + * y",
        1,
        5,
        "a value is missing before *",
        "Write a name, a number or an expression in its place.",
    ),
    ("x y", 1, 3, "an operator is missing between x and y", "Write x*y for a product."),
    ("2x", 1, 1, "an operator is missing in 2x", "Write 2*x for a product."),
    ("2 x", 1, 3, "an operator is missing between 2 and x", "Write 2*x for a product."),
    (
        "2(x)",
        1,
        2,
        "2 can not be called",
        "A function is called by its name, exp(x); a product is 2*(...).",
    ),
    (
        "(a)(b)",
        1,
        4,
        "only functions can be called",
        "A function is called by its name, exp(x); a product is (...)*(...).",
    ),
    (
        "f(x)(y)",
        1,
        5,
        "only functions can be called",
        "A function is called by its name, exp(x); a product is (...)*(...).",
    ),
    (
        "x = y = 3",
        1,
        7,
        "only a name can be given a value",
        "Write name = expression. Did you mean ==, which compares elementwise?",
    ),
    (
        "x == y = 3",
        1,
        8,
        "only a name can be given a value",
        "Write name = expression. Did you mean ==, which compares elementwise?",
    ),
    (
        "f(x) = 3",
        1,
        6,
        "only a name can be given a value",
        "Write name = expression. Did you mean ==, which compares elementwise?",
    ),
    (
        "x[0] = 1",
        1,
        6,
        "only a name can be given a value",
        "Write name = expression. Did you mean ==, which compares elementwise?",
    ),
    ("f(a=1, b)", 1, 3, "a positional argument follows a=", "Write keyword arguments last."),
    ("f(a=1, a=2)", 1, 8, "the argument a is given twice", "Leave one of them out."),
    ("a < b < c", 1, 7, "comparisons do not chain", "Write (a < b) & (b < c)."),
    (
        "a and b",
        1,
        3,
        "and is not part of the language",
        "Write logical_and(a, b), or a & b, with each comparison in parentheses.",
    ),
    ("not x", 1, 1, "not is not part of the language", "Write logical_not(a), or ~(a)."),
    (
        "lambda x: x",
        1,
        1,
        "lambda is not part of the language",
        "Name the intermediate value on a line of its own: h = relu(x).",
    ),
    (
        "lambda = 3",
        1,
        1,
        "lambda is a keyword of Python and names nothing",
        "Call it lambda_, for example.",
    ),
    (
        "x * lambda",
        1,
        5,
        "lambda is a keyword of Python and names nothing",
        "Call it lambda_, for example.",
    ),
    ("a if c else b", 1, 3, "if is not part of the language", "Write where(condition, a, b)."),
    (
        "[x for x in y]",
        1,
        4,
        "for is not part of the language",
        "Work on whole arrays: sum(x, axis=0), mean(x), x[1:], einsum(...).",
    ),
    (
        "sum(x for x in y)",
        1,
        7,
        "for is not part of the language",
        "Work on whole arrays: sum(x, axis=0), mean(x), x[1:], einsum(...).",
    ),
    (
        "import os",
        1,
        1,
        "import is not part of the language",
        "Nothing is imported: functions are called by their names, exp(x).",
    ),
    (
        "from os import path",
        1,
        1,
        "from is not part of the language",
        "Nothing is imported: functions are called by their names, exp(x).",
    ),
    ("x ^ 2", 1, 3, "^ is not part of the language", "Did you mean **, the power?"),
    ("x << 2", 1, 3, "<< is not part of the language", "There are no bit shifts: write x * 2**n."),
    (
        "x += 1",
        1,
        3,
        "+= is not part of the language",
        "Give the new value a name of its own: b = a + 1.",
    ),
    (
        "x := 3",
        1,
        3,
        ":= is not part of the language",
        "Name the value on a line of its own: h = relu(x).",
    ),
    (
        "(x := 3)",
        1,
        4,
        ":= is not part of the language",
        "Name the value on a line of its own: h = relu(x).",
    ),
    ("f(*a)", 1, 3, "* can not stand here", "Write the arguments out; nothing is unpacked."),
    ("f(**a)", 1, 3, "** can not stand here", "Write the arguments out; nothing is unpacked."),
    ('f"abc"', 1, 1, "a string can not carry the prefix f", 'Write "abc".'),
    ("x = (1 + 2", 1, 5, "this ( is never closed", "Write the ) that belongs to it."),
    ("(a]", 1, 3, "this ] can not close the ( of line 1", "Write ) instead."),
    ("a)", 1, 2, "this ) closes nothing", "Leave it out, or open it before."),
    (
        "{1: 2}",
        1,
        1,
        "the character { is not part of the language",
        "There are no sets and dicts here: write (a, b) for a tuple, [a, b] for a list.",
    ),
    ("a, b", 1, 2, "one line has one value", "Write a tuple in parentheses: (a, b)."),
    (
        "x: ",
        1,
        4,
        "a declaration is a name, a dtype and dims, and nothing else",
        "Write x: float64[n, 2], or x = expression to give a value a name.",
    ),
    (
        "x: float64 = 3",
        1,
        12,
        "a declaration is a name, a dtype and dims, and nothing else",
        "Write x: float64[n, 2], or x = expression to give a value a name.",
    ),
    (
        "x: 3",
        1,
        4,
        "a declaration is a name, a dtype and dims, and nothing else",
        "Write x: float64[n, 2], or x = expression to give a value a name.",
    ),
    ("x.", 1, 3, "a name is missing after the dot", "Write X.T or x.sum(axis=0)."),
    ("x. 5", 1, 4, "a name is missing after the dot", "Write X.T or x.sum(axis=0)."),
    ("x.if", 1, 3, "if is a keyword of Python and names nothing", "Call it if_, for example."),
    (
        "1e400",
        1,
        1,
        "the number 1e400 is too large",
        "The largest number is 1.8e308; inf is infinity.",
    ),
    ("007", 1, 1, "the number 007 begins with 0", "Write 7."),
    ("1j", 1, 1, "1j is a complex number", "Only real numbers."),
    ("0x10", 1, 1, "0x10 is no number", "Write 12, 1_000, 0.5 or 1e-3."),
    ("1__0", 1, 1, "1__0 is no number", "Write 12, 1_000, 0.5 or 1e-3."),
    ("1.2.3", 1, 1, "1.2.3 is no number", "Write 12, 1_000, 0.5 or 1e-3."),
    (
        '"abc',
        1,
        1,
        "this string never ends",
        'Close it with " on the same line; a backslash has no place in it.',
    ),
    (
        "'it\\'s'",
        1,
        1,
        "this string never ends",
        "Close it with ' on the same line; a backslash has no place in it.",
    ),
    ("x − y", 1, 3, "the character − (minus sign) is not part of the language", "Write - instead."),
    (
        "x²",
        1,
        2,
        "the character ² (superscript two) is not part of the language",
        "Write **2 instead.",
    ),
    ("a$b", 1, 2, "the character $ is not part of the language", "Leave it out."),
    (
        "a ? b",
        1,
        3,
        "the character ? is not part of the language",
        "Write where(condition, a, b) for a choice.",
    ),
    (
        "!x",
        1,
        1,
        "the character ! is not part of the language",
        "Write ~x or logical_not(x) for the negation, a != b for unequal.",
    ),
    (
        "a != != b",
        1,
        6,
        "a value is missing before !=",
        "Write a name, a number or an expression in its place.",
    ),
    ("a === b", 1, 5, "a value is missing before =", "Write name = expression; == compares."),
    (
        "x @@ y",
        1,
        4,
        "a value is missing before @",
        "Write a name, a number or an expression in its place.",
    ),
    ("x && y", 1, 4, "& stands twice", "Write & once."),
    ("x || y", 1, 4, "| stands twice", "Write | once."),
    (
        "f(a, , b)",
        1,
        6,
        "a value is missing before ,",
        "Write a name, a number or an expression in its place.",
    ),
    ("[1, 2", 1, 1, "this [ is never closed", "Write the ] that belongs to it."),
    ("print x", 1, 7, "an operator is missing between print and x", "Write print*x for a product."),
    (
        "x[1:2:3:4]",
        1,
        8,
        ": can not stand here",
        "Write a declaration x: float64[n], a slice x[1:].",
    ),
    ("x[", 1, 2, "this [ is never closed", "Write the ] that belongs to it."),
    (
        "x[]",
        1,
        3,
        "a value is missing before ]",
        "Write a name, a number or an expression in its place.",
    ),
    (
        "del x",
        1,
        1,
        "del is not part of the language",
        "A program is lines of the form name = expression; the last line is the result.",
    ),
    (
        "def f(x): return x",
        1,
        1,
        "def is not part of the language",
        "A program is lines of the form name = expression; the last line is the result.",
    ),
    (
        "x; y = ",
        1,
        8,
        "the line ends where a value is expected, after =",
        "Write a name, a number or an expression in its place.",
    ),
    ("; ;", 1, 1, "there is no expression", "Write one, for example mean(x**2)."),
    ("# only comment", 1, 1, "there is no expression", "Write one, for example mean(x**2)."),
    (
        ":",
        1,
        1,
        "a value is missing before :",
        "Write a name, a number or an expression in its place.",
    ),
    ("=", 1, 1, "a value is missing before =", "Write name = expression; == compares."),
    (
        "x = ",
        1,
        5,
        "the line ends where a value is expected, after =",
        "Write a name, a number or an expression in its place.",
    ),
    (
        " x.sum(axis=)",
        1,
        13,
        "a value is missing before )",
        "Write a name, a number or an expression in its place.",
    ),
    (
        "f(x, axis=0 keepdims=True)",
        1,
        13,
        "an operator is missing between 0 and keepdims",
        "Write 0*keepdims for a product, or a comma between them.",
    ),
    (
        "x = 3 \\ 4",
        1,
        7,
        "the character \\ is not part of the language",
        "A backslash joins two lines only as the very last character of the first.",
    ),
    ("`x`", 1, 1, "the character ` is not part of the language", "Leave it out."),
    (
        "x : [n, 2] + 1",
        1,
        12,
        "a declaration is a name, a dtype and dims, and nothing else",
        "Write x: float64[n, 2], or x = expression to give a value a name.",
    ),
    ("a = (b + c\nd = 3\ne = 4", 1, 5, "this ( is never closed", "Write the ) that belongs to it."),
    (
        "a = (b +\n c) d",
        2,
        5,
        "an operator is missing between ) and d",
        "Write * between them for a product.",
    ),
    ("x\x00y", 1, 2, "the character U+0000 is not part of the language", "Leave it out."),
    ("", 1, 1, "there is no expression", "Write one, for example mean(x**2)."),
    ("   \n ", 1, 1, "there is no expression", "Write one, for example mean(x**2)."),
    (
        "x\xa0+ y",
        1,
        2,
        "the character U+00A0 (no-break space) is not part of the language",
        "Write an ordinary space.",
    ),
    (
        "x + \\\n y +",
        2,
        5,
        "the line ends where a value is expected, after +",
        "Write a name, a number or an expression in its place.",
    ),
    (
        "a = [1,\n2\nb = 3)",
        3,
        1,
        "an operator is missing between 2 and b",
        "Write 2*b for a product, or a comma between them.",
    ),
    (
        "y = exp(\n  x,\n  z w\n)",
        3,
        5,
        "an operator is missing between z and w",
        "Write z*w for a product, or a comma between them.",
    ),
    ("\ufeffx + 1 y", 1, 8, "an operator is missing between 1 and y", "Write 1*y for a product."),
]


@pytest.mark.parametrize("text, line, column, what, how", MESSAGES, ids=range(len(MESSAGES)))
def test_message(text, line, column, what, how):
    with pytest.raises(ParseError) as caught:
        parse_program(text)
    error = caught.value
    assert (error.what, error.line, error.column, error.how) == (what, line, column, how)


def test_the_whole_message_underlines_the_users_text():
    with pytest.raises(ParseError) as caught:
        parse_program("h = x\ny = relu(h 2)")
    assert str(caught.value) == (
        "an operator is missing between h and 2\n"
        "  line 2:  y = relu(h 2)\n"
        "                      ^\n"
        "  Write h*2 for a product, or a comma between them."
    )


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "x",
        "x" + ")" * 100_000,
        "(" * 100_000 + "\n" + "]" * 100_000,
        "f(" * 50_000 + "\nx y",
        "1" * 1_000_000 + "x",
        "1e" + "9" * 1_000_000,
        '"' * 99_999,
        "x" * 1_000_000 + "²",
        "²" * 1_000_000,
        "." * 100_000,
        "x = " * 100_000,
        "\\" * 100_000,
        "#" * 100_000,
        "\x00" * 1_000_000,
        "\ud800",
        "a" * 100_000 + " b",
    ],
    ids=range(16),
)
def test_long_nonsense_is_refused_at_once(text):
    with pytest.raises(ParseError) as caught:
        parse_program(text)
    assert caught.value.line is not None and len(str(caught.value)) < 1000


@pytest.mark.parametrize("text", [None, b"x", 1, ["x"]])
def test_a_text_is_a_string(text):
    with pytest.raises(ParseError, match="an expression is a string, not"):
        parse_program(text)


def test_tabs_and_the_line_ends_of_windows_are_shown_as_blanks():
    with pytest.raises(ParseError) as refused:
        parse_program("x: []\r\ny =\tx +* 2\r\nz = y\r\n")
    shown = [line.rstrip() for line in str(refused.value).splitlines()]
    assert shown[1:3] == ["  line 2:  y = x +* 2", " " * 18 + "^"]
