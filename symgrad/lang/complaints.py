"""Why a token can not stand where it stands, in plain words and with what would be right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..errors import ParseError
from .lexer import Scan, Token, shortened

_LINES = "A program is lines of the form name = expression; the last line is the result."
_LOGIC = "Write logical_{0}(a, b), or a {1} b, with each comparison in parentheses."
_KEYWORDS = {
    "and": _LOGIC.format("and", "&"),
    "or": _LOGIC.format("or", "|"),
    "not": "Write logical_not(a), or ~(a).",
    "lambda": "Name the intermediate value on a line of its own: h = relu(x).",
    **dict.fromkeys(("if", "elif", "else"), "Write where(condition, a, b)."),
    **dict.fromkeys(
        ("for", "while", "async", "await"),
        "Work on whole arrays: sum(x, axis=0), mean(x), x[1:], einsum(...).",
    ),
    **dict.fromkeys(
        ("import", "from"), "Nothing is imported: functions are called by their names, exp(x)."
    ),
    **dict.fromkeys(("in", "is"), "Write equal(a, b), or compare with ==."),
}  # of all others, `_LINES`
_FOREIGN = {
    "^": "Did you mean **, the power?",
    "<<": "There are no bit shifts: write x * 2**n.",
    ">>": "There are no bit shifts: write x // 2**n.",
    ":=": "Name the value on a line of its own: h = relu(x).",
    "->": "A declaration is written x: float64[n].",
}
_VALUE = "Write a name, a number or an expression in its place."
_DECLARED = {"NAME", "LSQB", "NEWLINE"}  # all that a declaration goes on with
_DECLARATION = (
    "a declaration is a name, a dtype and dims, and nothing else",
    "Write x: float64[n, 2], or x = expression to give a value a name.",
)
_AFTER = {  # what can not follow a complete value
    "COMPARE": ("comparisons do not chain", "Write (a < b) & (b < c)."),
    "EQUAL": ("= can not stand in an expression", "Did you mean ==, which compares elementwise?"),
    "COMMA": ("one line has one value", "Write a tuple in parentheses: (a, b)."),
    "COLON": (": can not stand here", "Write a declaration x: float64[n], a slice x[1:]."),
}


def unexpected(scan: Scan, token: Token, expected: Collection[str]) -> ParseError:
    """The error about the first token that fits nowhere.

    Parameters
    ----------
    scan : Scan
        The pass over the text, stopped at the token.
    token : Token
        The one that does not fit.
    expected : collection of str
        The terminals that would have fitted.
    """
    opening = _unclosed(scan, token)
    if opening is not None:
        return scan.unclosed(opening)
    what, how = _reason(scan, token, expected)
    return scan.error(what, token.start, token.end, how)


def _unclosed(scan: Scan, token: Token) -> Token | None:
    """The bracket whose missing partner made the parser read on into another line."""
    before = [opening for opening in scan.open[-2:] if opening is not token]
    if not before or "\n" not in scan.text[before[-1].end : token.start]:
        return None
    return None if scan.closes(token) else before[-1]


def _reason(scan: Scan, token: Token, expected: Collection[str]) -> tuple[str, str]:
    if token.type == "KEYWORD":
        return _keyword(scan, token)
    if token.type == "FOREIGN":
        return _foreign(str(token.value))
    if "LITERAL" in expected:
        return _missing_value(scan, token)
    if scan.last.type == "DOT":
        return "a name is missing after the dot", "Write X.T or x.sum(axis=0)."
    if _DECLARED.issuperset(expected):
        return _DECLARATION
    if token.type in _AFTER:
        return _surplus(scan, token)
    return _missing_operator(scan, token)


def _keyword(scan: Scan, token: Token) -> tuple[str, str]:
    word = str(token.value)
    following = scan.text[token.end : token.end + 20].lstrip()[:1]
    if following in tuple("=:+-*/%@<>|&,.)];\n\r#") or not following:
        return f"{word} is a keyword of Python and names nothing", f"Call it {word}_, for example."
    return f"{word} is not part of the language", _KEYWORDS.get(word, _LINES)


def _foreign(operator: str) -> tuple[str, str]:
    assignment = "Give the new value a name of its own: b = a + 1."
    return f"{operator} is not part of the language", _FOREIGN.get(operator, assignment)


def _missing_value(scan: Scan, token: Token) -> tuple[str, str]:
    last, shown = scan.last.value, token.value
    if token.type == "NEWLINE":
        return f"the line ends where a value is expected, after {last}", _VALUE
    if shown in ("*", "**") and last in ("(", ","):
        return f"{shown} can not stand here", "Write the arguments out; nothing is unpacked."
    if token.type == "EQUAL":
        return "a value is missing before =", "Write name = expression; == compares."
    if shown in ("&", "|") and last == shown:
        return f"{shown} stands twice", f"Write {shown} once."
    return f"a value is missing before {shown}", _VALUE


def _surplus(scan: Scan, token: Token) -> tuple[str, str]:
    what, how = _AFTER[token.type]
    if token.type == "EQUAL" and not scan.open:
        return "only a name can be given a value", f"Write name = expression. {how}"
    return what, how


def _missing_operator(scan: Scan, token: Token) -> tuple[str, str]:
    left, right = _shown(scan, scan.last), _shown(scan, token)
    simple = scan.last.type not in ("RPAR", "RSQB")
    if token.type == "LPAR":
        product = f"{left}*(...)" if simple else "(...)*(...)"
        what = f"{left} can not be called" if simple else "only functions can be called"
        return what, f"A function is called by its name, exp(x); a product is {product}."
    product = f"Write {left}*{right}" if simple else "Write * between them"
    comma = ", or a comma between them" if scan.open else ""
    return f"an operator is missing between {left} and {right}", f"{product} for a product{comma}."


def _shown(scan: Scan, token: Token) -> str:
    return shortened(scan.text[token.start : token.end])


def check_keywords(scan: Scan, arguments: Sequence[object], named: Sequence[Token]) -> None:
    """Keyword arguments come last, and each once.

    Raises
    ------
    ParseError
        If they do not.
    """
    seen: set[object] = set()
    for token in named:
        if token.value in seen:
            what = f"the argument {token.value} is given twice"
            raise scan.error(what, token.start, token.end, "Leave one of them out.")
        seen.add(token.value)
    if list(arguments[-len(named) :]) != list(named):
        first = named[0]
        what = f"a positional argument follows {first.value}="
        raise scan.error(what, first.start, first.end, "Write keyword arguments last.")
