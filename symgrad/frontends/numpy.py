"""The NumPy door: a function of arrays, run once on symbols.

NumPy's own protocols hand every call inside it to the registry; see `Expr.__array_ufunc__`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

import numpy as np

from ..errors import GraphError
from ..graph.dims import Dim, names_of
from ..graph.graph import Expr, Graph
from ..graph.types import as_type, read_spec


def trace(fn: Callable[..., Any], *specs: object, graph: Graph | None = None) -> Any:
    """Build what a plain NumPy function computes: it is run once, on symbols.

    Parameters
    ----------
    fn : function
        Of arrays. Python's own ``if`` and ``while`` can not depend on symbolic values.
    *specs : str, tuple, array, Expr, or mapping of them
        One for each argument. An expression of the graph is handed on as it is; a mapping becomes a
        dict of inputs.
    graph : Graph, optional
        Where to build; by default that of the expressions among the specs, or a new one.

    Returns
    -------
    Expr, or what fn returns
        Tuples, lists and dicts of expressions; numbers and arrays in them become constants.
        The inputs have the names of fn's parameters.

    Raises
    ------
    GraphError
        If the number of specs is wrong, fn calls what symgrad has no operation for, needs the value
        of a symbol, or returns something else.

    Example
    -------
    >>> import numpy as np
    >>> y = trace(lambda X, w: np.tanh(X @ w).mean(), "[n, 3]", "[3]")
    >>> y.op, list(y.graph.inputs)
    ('mean', ['X', 'w'])
    """
    names = _parameters(fn, len(specs))
    if graph is None:
        graph = next((s.graph for s in _leaves(specs) if isinstance(s, Expr)), Graph())
    with graph.transaction():
        taken = {*graph.named, *graph.dims, *names_of(_dims(specs))}
        pairs = zip(names, specs, strict=True)
        arguments = [_declare(graph, name, spec, taken) for name, spec in pairs]
        graph.tracing = True
        try:
            out = fn(*arguments)
        except TypeError as error:
            _explain_sizes(fn, error)
            raise
        finally:
            graph.tracing = False
        return _lifted(graph, out, fn)


def _parameters(fn: Callable[..., Any], given: int) -> list[str]:
    """A name for each argument; where fn has no names for them, x0, x1, ..."""
    try:
        signature = inspect.signature(fn)
    except ValueError:  # builtin
        return _unnamed(given)
    except TypeError:
        raise GraphError(f"trace takes a function, not {type(fn).__name__}") from None
    try:
        signature.bind(*range(given))
    except TypeError as error:
        names = ", ".join(signature.parameters)
        how = f"Give one spec for each of ({names}); bind what is no array with functools.partial."
        what = f"{_called(fn)} does not take {given} argument{'s' * (given != 1)}: {error}"
        raise GraphError(what, how=how) from None
    named = [p.name for p in signature.parameters.values() if p.kind in _POSITIONAL]
    return (named + _unnamed(given)[len(named) :])[:given]


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _unnamed(given: int) -> list[str]:
    return [f"x{i}" for i in range(given)]


_SIZE_AS_NUMBER = ("'Dim' object", "StrDType", "'str' object cannot be interpreted as an integer")


def _explain_sizes(fn: Callable[..., Any], error: TypeError) -> None:
    """Say so where NumPy or Python took a named size, which is a string, for a number."""
    if any(said in str(error) for said in _SIZE_AS_NUMBER):
        how = "For a size n of x, sg.arange(n, like=x), sg.zeros((n,), like=x); or give its number."
        what = f"{_called(fn)}: a named size has no number yet ({error})"
        raise GraphError(what, how=how) from error


def _called(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__name__", type(fn).__name__)


def _leaves(specs: Iterable[object]) -> Iterator[object]:
    """The specs themselves, out of mappings."""
    for spec in specs:
        if isinstance(spec, Mapping):
            yield from _leaves(spec.values())
        else:
            yield spec


def _dims(specs: Iterable[object]) -> Iterator[int | Dim]:
    for spec in _leaves(specs):
        yield from spec.shape if isinstance(spec, Expr) else as_type(spec).shape


def _declare(graph: Graph, name: str, spec: object, taken: set[str]) -> Any:
    """An input of a name that is free, or what the spec already is."""
    if isinstance(spec, Expr):
        return graph.own(spec)
    if isinstance(spec, Mapping):
        return {k: _declare(graph, f"{name}_{k}", s, taken) for k, s in spec.items()}
    free = next(n for n in chain([name], (f"{name}_{i}" for i in count(2))) if n not in taken)
    taken.add(free)
    type_, sign = read_spec(spec)
    return graph.input(free, type_, sign=sign)


def _lifted(graph: Graph, value: Any, fn: Callable[..., Any]) -> Any:
    """The result with every expression, number and array in it as an expression of the graph."""
    if isinstance(value, Expr):
        return graph.own(value)
    if isinstance(value, Mapping):
        return {key: _lifted(graph, v, fn) for key, v in value.items()}
    if isinstance(value, tuple | list):
        items = [_lifted(graph, v, fn) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, bool | int | float | np.ndarray | np.generic):
        return graph.constant(value)
    raise GraphError(
        f"{_called(fn)} returns {type(value).__name__}, which is no expression",
        how="Return expressions, numbers, arrays, or a tuple, list or dict of them.",
    )
