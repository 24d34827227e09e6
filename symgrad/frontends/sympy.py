"""The SymPy door: a SymPy expression, scalar or of matrices, as nodes of a graph.

The expression is walked by identity with a stack of our own, so that a shared part is read once
and depth costs nothing. Nothing in it is simplified, compared or evaluated by SymPy, and no name
is looked up anywhere but among the specs and the names of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import GraphError, ShapeError
from ..graph.dims import Dim, names_of
from ..graph.graph import Expr, Graph, operations
from ..graph.signs import SIGNS
from ..graph.types import FLOAT64, Shape, Type, as_type, read_spec, show_shape
from ..lang.sympy import to_sympy
from ..ops.operands import lift
from ..rooms import Room
from .sympy_matrices import size
from .sympy_rules import PARTS, RULES
from .sympy_terms import Builder, Term, refusal

if TYPE_CHECKING:
    import sympy
else:
    sympy = Room("sympy")

__all__ = ["from_sympy", "to_sympy"]


def from_sympy(
    expr: object, specs: Mapping[Any, object] | None = None, graph: Graph | None = None
) -> Expr:
    """Build a SymPy expression, scalar or of matrices, in a graph.

    Parameters
    ----------
    expr : sympy.Basic or sympy.MatrixBase
        Numbers, symbols, arithmetic, the functions that symgrad has, Piecewise, Min, Max,
        comparisons and logic; MatrixSymbol, sums, products, transposes, matrices of numbers.
    specs : mapping, optional
        For symbols, by name, the specs of their inputs, or expressions of the graph to stand for
        them. By default a Symbol is a scalar, and a MatrixSymbol has its own shape, in which
        symbols are named dims; for it a spec such as ``"float32"`` sets the dtype alone.
        A Symbol with the spec of an array stands for every element.
    graph : Graph, optional
        Where to build, and whose names are known; a new graph by default.

    Returns
    -------
    Expr
        Its inputs are declared in the order of the specs, the others by name.

    Raises
    ------
    GraphError
        If there is no operation for a part of it, or a name is no identifier.
    ShapeError, DTypeError
        If the specs do not fit, or a number fits no dtype.

    Example
    -------
    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> z = from_sympy(sympy.tanh(x) / y, {"x": "[n]"})
    >>> z.op, z.shape, list(z.graph.inputs)
    ('divide', ('n',), ['x', 'y'])
    """
    _check(expr, specs)
    graph = Graph() if graph is None else graph
    with graph.transaction():
        return _Reader(graph, specs or {}).read(expr)


def _check(expr: object, specs: object) -> None:
    if not isinstance(expr, sympy.Basic | sympy.MatrixBase):
        how = "Use sg.parse for text." if isinstance(expr, str) else "See sympy.sympify."
        raise GraphError(f"from_sympy takes a SymPy expression, not {type(expr).__name__}", how=how)
    if not isinstance(specs, Mapping | None):
        how = 'Name the symbols: {"x": "[n]"}.'
        raise GraphError(f"specs are a mapping, not {type(specs).__name__}", how=how)


class _Step(NamedTuple):
    """A part of an expression, the name of its rule, and the parts to be built before it."""

    node: Any
    kind: str
    parts: Sequence[Any]


def _plan(expr: Any) -> list[_Step]:
    """Every part once, by identity, each after those it is made of."""
    steps: list[_Step] = []
    seen: set[int] = set()
    stack: list[tuple[Any, _Step | None]] = [(expr, None)]
    while stack:
        node, step = stack.pop()
        if step is not None:
            steps.append(step)
        elif id(node) not in seen:
            seen.add(id(node))
            step = _step(node)
            stack.append((node, step))
            stack.extend((part, None) for part in reversed(step.parts))
    return steps


def _step(node: Any) -> _Step:
    kind = _kind(node.__class__)
    if kind is None:
        raise refusal(node)
    return _Step(node, kind, PARTS[kind](node) if kind in PARTS else node.args)


_FUNCTIONS = ("sympy.functions.", "sympy.codegen.cfunctions")


@lru_cache(maxsize=1024)
def _kind(cls: type) -> str | None:
    """The name of the class, or of its ancestor in SymPy, that a rule or an operation is for."""
    for base in cls.__mro__:
        module = base.__module__ or ""  # an undefined function, whatever its name, has none
        if module.startswith("sympy.") and base.__name__ in RULES:
            return base.__name__
        if module.startswith(_FUNCTIONS) and base.__name__ in operations:
            return base.__name__
    return None


def _symbols(steps: Iterable[_Step]) -> Iterator[Any]:
    """The symbols that are to become inputs."""
    for node, kind, _ in steps:
        if kind in ("Symbol", "MatrixSymbol"):
            yield node
        elif kind == "ElementwiseApplyFunction":
            own = node.function.variables
            yield from (s for s in _symbols(_plan(node.function.expr)) if s not in own)


def _by_name(symbols: Iterable[Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for symbol in symbols:
        if table.setdefault(symbol.name, symbol) != symbol:
            raise GraphError(
                f"two different symbols are called {symbol.name}",
                how="Symbols of one name but other assumptions are not the same: rename one.",
            )
    return table


class _Reader(Builder):
    """Builds the steps of a plan in a graph."""

    def __init__(self, graph: Graph, specs: Mapping[Any, object]) -> None:
        super().__init__(graph)
        self.specs = {getattr(key, "name", key): spec for key, spec in specs.items()}
        self.symbols: dict[Any, Expr] = {}

    def read(self, expr: Any) -> Expr:
        """The expression, with inputs for its symbols."""
        steps = _plan(expr)
        self.declare(_by_name(_symbols(steps)))
        return self.whole(self.run(steps, {}))

    def declare(self, symbols: Mapping[str, Any]) -> None:
        """An expression for every symbol: an input, a known name, or the size of a named dim."""
        names = [*self.specs, *sorted(symbols.keys() - self.specs.keys())]
        specs = {name: self.spec(name, symbols.get(name)) for name in names}
        dims = {*self.graph.dims, *names_of(d for spec in specs.values() for d in spec.shape)}
        for name, spec in specs.items():
            if name in dims and name not in self.specs and not spec.shape:
                value = lift(self.graph, Dim(name))
            else:
                sign = self.sign(name, symbols.get(name))
                value = spec if isinstance(spec, Expr) else self.graph.input(name, spec, sign=sign)
            if name in symbols:
                self.symbols[symbols[name]] = value

    def spec(self, name: str, symbol: Any) -> Expr | Type:
        """What stands for a name: what the user gave, what the graph knows, or what SymPy says."""
        is_matrix = getattr(symbol, "is_Matrix", False)
        shape = tuple(size(d) for d in symbol.args[1:]) if is_matrix else None
        given = self.specs.get(name, self.graph.named.get(name))
        if given is None:
            return Type(FLOAT64, shape or ())
        spec = self.graph.own(given) if isinstance(given, Expr) else as_type(given)
        if shape is None:
            return spec
        if isinstance(spec, Type) and not spec.shape:
            return spec.with_shape(shape)
        _check_matrix(name, shape, spec.shape)
        return spec

    def sign(self, name: str, symbol: Any) -> str:
        """The sign that the spec declares, else the one that is among SymPy's assumptions."""
        given = self.specs.get(name)
        if given is not None and not isinstance(given, Expr):
            return read_spec(given)[1]
        return next((s for s in SIGNS if getattr(symbol, f"is_{s}", None)), "")

    def run(self, steps: Iterable[_Step], bound: Mapping[Any, Expr]) -> Term:
        """The value of the last step; `bound` has the variables of a function that is applied."""
        values: dict[int, Term] = {}
        value = Term()
        for node, kind, parts in steps:
            if kind in ("Symbol", "MatrixSymbol"):
                value = Term(over=bound[node] if node in bound else self.symbols[node])
            else:
                value = self.term(kind, node, [values[id(part)] for part in parts])
            values[id(node)] = value
        return value

    def term(self, kind: str, node: Any, terms: list[Term]) -> Term:
        """The value of one part, of the values of its parts."""
        rule = RULES.get(kind)
        return rule(self, node, terms) if rule else Term(over=self.call(kind, *terms))

    def applied(self, function: Any, x: Expr) -> Term:
        """A SymPy function of one variable, at x."""
        return self.run(_plan(function.expr), {function.variables[0]: x})


def _check_matrix(name: str, shape: Shape, given: Shape) -> None:
    if len(given) == 2 and all(
        a == b or not (isinstance(a, int) and isinstance(b, int))
        for a, b in zip(shape, given, strict=True)
    ):
        return
    raise ShapeError(
        f"{name} is a MatrixSymbol {show_shape(shape)}, and is given as {show_shape(given)}",
        how="Give it the two sizes it has in SymPy; a vector is a matrix of one column there.",
    )
