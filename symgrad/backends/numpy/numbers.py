"""Functions of numbers alone, for style="fast": Python's own floats, and the module ``math``.

Python raises an exception where NumPy's answer is inf or nan: the function then starts anew, as a
second one in the same module, which is what NumPy's numbers would have given from the beginning.
"""

from __future__ import annotations

from dataclasses import replace

from ...graph.graph import Expr
from ...graph.types import BOOL, FLOAT64
from ...ops.batching import elementwise
from ...ops.literals import number_text
from ...ops.op import registry
from ..schedule import Schedule
from . import text
from .body import Body, Writer, write_body
from .emission import Emitted, return_lines
from .layout import INDENT, bracketed, indented
from .quiet import silenced
from .text import Text

MATH = {
    **dict.fromkeys(("copysign", "fmod", "hypot", "sqrt", "cbrt", "erf", "erfc")),
    **dict.fromkeys(("exp", "exp2", "expm1", "log", "log1p", "log2", "log10")),
    **dict.fromkeys(("sin", "cos", "tan", "sinh", "cosh")),
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2"},
    **{"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh"},
    **{"deg2rad": "radians", "rad2deg": "degrees", "power": "pow"},
    **dict.fromkeys(("isnan", "isinf", "isfinite")),
}
"""The rows that are a function of ``math`` no less accurate than NumPy's, and its other name."""

_CHOICE, _LOGIC = 2, 3  # how tightly Python's conditional expressions bind, and its `and`, `not`
FORMS = {
    "square": ("{0} * {0}", text.PRODUCT),
    "reciprocal": ("1.0 / {0}", text.PRODUCT),
    "absolute": ("abs({0})", text.ATOM),
    "where": ("{1} if {0} else {2}", _CHOICE),
    "maximum": ("{0} if {0} >= {1} or math.isnan({0}) else {1}", _CHOICE),
    "minimum": ("{0} if {0} <= {1} or math.isnan({0}) else {1}", _CHOICE),
    "relu": ("max({0}, 0.0)", text.ATOM),
    "leaky_relu": ("{0} if {0} > 0.0 else {slope} * {0}", _CHOICE),
    "sigmoid": ("1.0 / (1.0 + math.exp(-{0}))", text.PRODUCT),
    "softplus": ("math.log1p(math.exp({0}))", text.ATOM),
    "polynomial": ("polynomial({0}, {coefficients})", text.ATOM),
    "sigmoid_minus": (
        "1.0 - {1} - 1.0 / (1.0 + math.exp({0})) if {0} > 0.0 and {1} > 0.5 "
        "else 1.0 / (1.0 + math.exp(-{0})) - {1}",
        _CHOICE,
    ),
    "sigmoid_cross_entropy": (
        "(1.0 - {1} if {0} > 0.0 else -{1}) * {0} + math.log1p(math.exp(-abs({0})))",
        text.SUM,
    ),
}
"""Other rows as Python writes them, of operands by their numbers, and how tightly that binds."""

_LOGICAL = {"logical_and": "{0} and {1}", "logical_or": "{0} or {1}", "logical_not": "not {0}"}
_BESIDE_NUMBER = {"maximum": "max({0}, {1})", "minimum": "min({0}, {1})"}
_SAME = frozenset({"positive", "stop_gradient"})
_ATOMS = frozenset({"sigmoid", "leaky_relu", "sigmoid_minus", "sigmoid_cross_entropy"})
"""Forms that put an operator beside an operand."""
_LONGEST = 2_000  # operations; of more the source is not written twice
_LARGEST = 2**53  # up to here every integer is a float


def is_of_numbers(plan: Schedule) -> bool:
    """Whether a function computes float64 numbers from float64 numbers, mostly without NumPy."""
    nodes = plan.operations
    if not nodes or len(nodes) > _LONGEST or plan.updated or not plan.inputs:
        return False
    if not all(_is_float(x) and not x.ndim for x in plan.inputs) or not all(map(_fits, nodes)):
        return False
    return 2 * sum(map(_needs_numpy, nodes)) <= len(nodes)


def _is_float(x: Expr) -> bool:
    return x.dtype == FLOAT64


def _fits(node: Expr) -> bool:
    """Whether a row gives one number for one number of each operand, and no integers."""
    known = registry[node.op].batch is elementwise or node.op in (*_SAME, "astype")
    return bool(node.args) and known and all(map(_is_plain, (node, *node.args)))


def _is_plain(x: Expr) -> bool:
    if x.ndim or x.op == "dim":
        return False
    if _is_float(x) or x.dtype == BOOL:
        return True
    return x.value is not None and x.dtype.kind == "i" and abs(int(x.value)) <= _LARGEST


def _needs_numpy(node: Expr) -> bool:
    """Whether neither Python nor ``math`` has it."""
    row = registry[node.op]
    if row.infix is not None and not all(a.type.python for a in node.args):
        return False
    return not (row in MATH or row in FORMS or row in _LOGICAL or row in _SAME or row == "astype")


def write_numbers(f: Emitted) -> tuple[Body, list[Emitted]]:
    """The body in Python's floats, and the second function.

    The second, in NumPy, is called where the first meets what Python refuses.
    """
    s = f.signature
    again = replace(s, name=f.names.fresh(f"_{s.name}_by_numpy"))
    body = _Numbers(f.plan, f.names, s.asked or s.outputs, s.scipy).write()
    slow = write_body(f.plan, f.names, s.asked, s.scipy)
    body.helpers |= slow.helpers
    given = [f"_Float64({x})" for x in f.arguments]
    room = _Numbers.width
    body.lines = [
        "try:",
        *indented([*(f"{x} = float({x})" for x in f.arguments), *body.lines]),
        "except (ArithmeticError, ValueError):  # inf or nan, which Python refuses",
        *indented(bracketed(f"return {again.name}(", given, ")", room)),
    ]
    second = Emitted(again, f.plan, f.names, slow, f.arguments, [], [], [])
    head = bracketed(f"def {again.name}(", f.arguments, "):")
    about = f'"""Return what {s.name} does, by NumPy, which knows inf and nan."""'
    silent = silenced(f.plan.operations, f.plan.outputs)
    second.source = [*silent, *head, *indented([about, *slow.lines, *return_lines(second)])]
    return body, [second]


class _Numbers(Writer):
    """Writes lines of Python's numbers."""

    width = Writer.width - len(INDENT)  # they stand in a `try`

    def write(self) -> Body:
        """All lines, and what is returned."""
        for node in self.plan.operations:
            form = FORMS.get(node.op, ("",))[0]
            again = [a for i, a in enumerate(node.args) if form.count(f"{{{i}}}") > 1]
            self.pinned |= {a.id for a in ([node.args[0]] if _is_square(node) else again)}
        return super().write()

    def _text(self, node: Expr) -> Text:
        """A constant as a literal that Python need not convert."""
        value = node.value
        if value is None or node.op != "constant":
            return super()._text(node)
        number = number_text(bool(value) if node.dtype.kind == "b" else float(value))
        return Text(number, text.UNARY if number.startswith("-") else text.ATOM)

    def _operation(self, node: Expr, args: list[Text]) -> Text:
        weight = 1 + sum(a.weight for a in args)
        return self._of_floats(node, args)._replace(weight=weight)

    def _of_floats(self, node: Expr, args: list[Text]) -> Text:
        if node.op in _SAME:
            return args[0]
        if node.op == "astype":
            return Text(f"{'bool' if node.dtype.kind == 'b' else 'float'}({args[0].text})")
        if _is_square(node):
            return Text(f"{args[0].text} * {args[0].text}", text.PRODUCT)
        if node.op in MATH:
            return Text(f"math.{MATH[node.op] or node.op}({', '.join(a.text for a in args)})")
        if node.op in FORMS:
            return _formed(node, args)
        if node.op in _LOGICAL and all(a.dtype.kind == "b" for a in node.args):
            return Text(_LOGICAL[node.op].format(*(a.at(_LOGIC + 1) for a in args)), _LOGIC)
        if not _needs_numpy(node) and node.op not in _LOGICAL:
            return text.of_operation(node, args)
        return self._of_numpy(node, args)

    def _of_numpy(self, node: Expr, args: list[Text]) -> Text:
        """What Python does not have; helpers are given NumPy's numbers, as they expect."""
        if registry[node.op].helper:
            args = [Text(f"_Float64({a.text})") for a in args]
        found = text.of_operation(node, args, self.scipy).text
        return Text(f"{'bool' if node.dtype.kind == 'b' else 'float'}({found})")

    def _returned(self, node: Expr, place: int) -> str:
        """The types of results are NumPy's."""
        found = super()._returned(node, place)
        if place in self.reused or found != self._text(node).text:
            return found
        return f"{'_Bool' if node.dtype.kind == 'b' else '_Float64'}({found})"


def _is_square(node: Expr) -> bool:
    value = node.args[1].value if node.op == "power" else None
    return value is not None and float(value) == 2.0


_ORDERS = frozenset({"less", "less_equal", "greater", "greater_equal"})


def _chooses_compared(node: Expr) -> bool:
    """Whether the larger or the smaller is chosen, which is no `max` where one may be nan."""
    test, *choices = node.args
    if node.op != "where" or test.op not in _ORDERS:
        return False
    compared, chosen = (
        [x.id if x.value is None else float(x.value) for x in pair] for pair in (test.args, choices)
    )
    return compared in (chosen, chosen[::-1])


def _formed(node: Expr, args: list[Text]) -> Text:
    form, level = FORMS[node.op]
    if _chooses_compared(node):  # linters would have the other order be a `max`
        form = "{2} if not {0} else {1}"
    if node.op in _BESIDE_NUMBER and any(a.op == "constant" for a in node.args):
        form, level = _BESIDE_NUMBER[node.op], text.ATOM  # the first operand may be nan
        args = args if node.args[1].op == "constant" else args[::-1]
    least = text.UNARY if node.op in _ATOMS else level + 1
    texts = [a.text if level == text.ATOM else a.at(least) for a in args]
    params = {k: text.value(v) for k, v in node.params.items()}
    return Text(form.format(*texts, **params), level)
