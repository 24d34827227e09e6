"""The text door: the steps of a program, run on a stack of values; every error has its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import ParseError, Span, SymgradError
from ..graph.dims import Dim, names_of
from ..graph.graph import Expr, Graph, operations
from ..graph.signs import check_sign, split_words
from ..graph.types import DTYPES, as_dtype
from ..lang import literals, values
from ..lang.lexer import Token
from ..lang.parser import parse_program
from ..lang.steps import Call, Located, Statement, Step
from ..ops.operands import lift
from ..rooms import Room

if TYPE_CHECKING:
    from ..lang import unknown
else:
    unknown = Room("symgrad.lang.unknown")

_MISUSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
_WIDE = 60  # an operation longer than this is underlined from its operator on


def parse(text: str, specs: Mapping[str, object] | None = None, graph: Graph | None = None) -> Expr:
    """The expression that a text stands for, as nodes of a graph.

    Parameters
    ----------
    text : str
        A program of the text language; its last line is the value.
    specs : mapping, optional
        Specs of the inputs that the text does not declare itself.
    graph : Graph, optional
        Where to build; unchanged if the text is refused. A new graph by default.

    Raises
    ------
    ParseError, ShapeError, DTypeError, GraphError
        With the offending text underlined.

    Example
    -------
    >>> loss = parse("h = relu(X @ W)\\nmean(h**2)", {"X": "[n, 3]", "W": "[3, 4]"})
    >>> loss.op, loss.graph.named["h"].shape
    ('mean', ('n', 4))
    """
    program = parse_program(text)
    graph = Graph() if graph is None else graph
    with graph.transaction():
        for name, spec in (specs or {}).items():
            graph.input(name, spec)
        return _Machine(text, program, graph).run()


class _Machine:
    """A stack of values, and the names that the text has given so far."""

    def __init__(self, text: str, program: list[Statement], graph: Graph) -> None:
        self.text = text
        self.program = program
        self.graph = graph
        self.stack: list[Any] = []
        self.values: dict[str, Any] = {}
        self.lines: dict[str, Token] = {}
        self.dims = set(graph.dims)
        self.position = 0

    def run(self) -> Expr:
        """Run all statements; the value of the last."""
        value = None
        for position, statement in enumerate(self.program):
            self.position = position
            value = _STATEMENTS[statement.kind](self, statement)
        if statement.name is not None and statement.kind == "input":
            how = f"Write the value on a last line, for example {statement.name.value}."
            raise self._error("the last line is a declaration", statement.name, how)
        return self._expression(value, statement)

    def _result(self, statement: Statement) -> Any:
        self._run(statement.steps)
        return self.stack.pop()

    def _definition(self, statement: Statement) -> Any:
        token = statement.name
        assert token is not None
        name = str(token.value)
        self._check_new(name, token)
        value = self._result(statement)
        expr = self._expression(value, statement)
        with self._at(token):
            self.graph.name(name, expr)
        self.values[name] = value
        self.lines[name] = token
        return value

    def _check_new(self, name: str, token: Token) -> None:
        how = "Give the new value a name of its own."
        if name in self.lines:
            line = self._span(self.lines[name]).line
            raise self._error(f"{name} is already defined on line {line}", token, how)
        if name in self.graph.inputs:
            raise self._error(f"{name} is already an input", token, how)
        if name in self.dims:
            raise self._error(f"{name} is a named dim", token, "Rename one of them.")

    def _expression(self, value: Any, statement: Statement) -> Expr:
        """The value of a line as a node."""
        if isinstance(value, Expr):
            return value
        if isinstance(value, int | float | Dim):
            return lift(self.graph, value)
        what = f"the value of a line is an expression or a number, not {values.described(value)}"
        raise self._error(what, statement.steps[-1], "Write it where it is used.")

    def _input(self, statement: Statement) -> None:
        token, words = statement.name, statement.words
        assert token is not None
        self._run(statement.steps)
        dims = self._pop(statement.takes)
        sign = dtype = ""
        if words:
            with self._at(words[0]):
                sign, dtype = split_words(" ".join(str(w.value) for w in words), DTYPES)
            with self._at(words[-1]):
                check_sign(sign, as_dtype(dtype or "float64"))
        with self._at(token):
            made = self.graph.input(str(token.value), dims, dtype or None, sign=sign)
        self.lines.setdefault(str(token.value), token)
        self.dims.update(names_of(made.shape))

    def _run(self, steps: list[Step]) -> None:
        """Run steps; the nodes that they make, and the errors that they raise, get their place."""
        nodes, spans = self.graph.nodes, self.graph.spans
        for step in steps:
            count = len(nodes)
            try:
                self.stack.append(_STEPS[step.kind](self, step))
            except SymgradError as error:
                error.span = error.span or self._span(self._cause(step, steps))
                raise
            except _MISUSE as error:
                raise self._misused(error, step) from error
            if len(nodes) > count:
                span = self._span(step)
                spans.update((i, span) for i in range(count, len(nodes)))

    def _pop(self, count: int) -> list[Any]:
        first = len(self.stack) - count
        popped = self.stack[first:]
        del self.stack[first:]
        return popped

    def _name(self, step: Step) -> Any:
        name = str(step.value)
        if self.program[self.position].kind == "input":
            return self._size(name, step)
        for known in (self.values, self.graph.named):
            if name in known:
                return known[name]
        if name in self.dims:
            return Dim(name)
        if name in literals.NAMES:
            return literals.NAMES[name]
        raise self._unknown(name, step)

    def _size(self, name: str, step: Step) -> Any:
        """A name in a declaration: a size defined before, else a named dim."""
        value = self.values.get(name)
        if isinstance(value, Expr):
            raise self._error(f"{name} is an expression, and no dim", step, "Rename one of them.")
        return Dim(name) if value is None else value

    def _unknown(self, name: str, step: Step) -> ParseError:
        known = {*self.values, *self.graph.named, *self.dims}
        functions = {*operations, *literals.FUNCTIONS}
        what, how = unknown.name_error(name, self.program[self.position :], known, functions)
        return self._error(what, step, how)

    def _binary(self, step: Step) -> Any:
        right = self.stack.pop()
        return values.binary(self.graph, str(step.value), self.stack.pop(), right)

    def _slice(self, step: Step) -> slice:
        given = iter(self._pop(step.takes))
        which: tuple[bool, ...] = step.value  # type: ignore[assignment]
        return values.bounds(next(given) if is_given else None for is_given in which)

    def _attribute(self, step: Step) -> Any:
        token: Token = step.value  # type: ignore[assignment]
        with self._at(token):
            return values.attribute(self.graph, self.stack.pop(), str(token.value))

    def _call(self, step: Step) -> Any:
        call, args, params = self._arguments(step)
        name = str(call.name.value)
        if not values.is_function(name):
            raise self._no_function(call.name)
        return values.call(self.graph, name, args, params)

    def _method(self, step: Step) -> Any:
        call, (owner, *args), params = self._arguments(step)
        return values.method(self.graph, str(call.name.value), owner, args, params)

    def _arguments(self, step: Step) -> tuple[Call, list[Any], dict[str, Any]]:
        call: Call = step.value  # type: ignore[assignment]
        args = self._pop(step.takes)
        first = len(args) - len(call.keywords)
        names = (str(token.value) for token in call.keywords)
        return call, args[:first], dict(zip(names, args[first:], strict=True))

    def _no_function(self, token: Token) -> ParseError:
        name = str(token.value)
        if name in self.values or name in self.graph.named or name in self.dims:
            return self._error(f"{name} is a value, and no function", token, f"Write {name}*(...).")
        what, how = values.unknown_function(name)
        return self._error(what, token, how)

    @contextmanager
    def _at(self, place: Located) -> Iterator[None]:
        """Errors inside are about this place."""
        try:
            yield
        except SymgradError as error:
            error.span = error.span or self._span(place)
            raise

    def _span(self, place: Located) -> Span:
        return Span(self.text, place.start, place.end)

    def _error(self, what: str, place: Located, how: str) -> ParseError:
        return ParseError(what, self._span(place), how)

    def _cause(self, step: Step, steps: list[Step]) -> Located:
        """The step, or, of a long chain of operators, the last operator and what follows it."""
        if step.kind != "binary" or step.end - step.start <= _WIDE:
            return step
        right = steps[steps.index(step) - 1]
        symbol = str(step.value)
        return step._replace(start=self.text.rfind(symbol, 0, right.start))

    def _misused(self, error: Exception, step: Step) -> ParseError:
        """An error of Python or NumPy about values that fit nowhere."""
        if isinstance(step.value, Call):
            name = str(step.value.name.value)
            how = f"Call it as {values.signature(name)}."
            return self._error(f"{name} can not be called like this: {error}", step, how)
        how = "Use numbers and expressions here."
        return self._error(f"this has no meaning: {error}", step, how)


_STATEMENTS: dict[str, Callable[[_Machine, Statement], Any]] = {
    "result": _Machine._result,
    "definition": _Machine._definition,
    "input": _Machine._input,
}
_STEPS: dict[str, Callable[[_Machine, Step], Any]] = {
    "literal": lambda machine, step: step.value,
    "name": _Machine._name,
    "unary": lambda m, step: values.unary(m.graph, str(step.value), m.stack.pop()),
    "binary": _Machine._binary,
    "tuple": lambda machine, step: values.sequence(machine._pop(step.takes), tuple),
    "list": lambda machine, step: values.sequence(machine._pop(step.takes), list),
    "slice": _Machine._slice,
    "index": lambda machine, step: values.index(machine.graph, *machine._pop(2)),
    "attribute": _Machine._attribute,
    "call": _Machine._call,
    "method": _Machine._method,
}
