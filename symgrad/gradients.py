"""Gradients of plain NumPy functions, as plain NumPy functions.

A call traces the function for the types of its arguments, differentiates and compiles it; later
calls with arguments of the same types run the compiled code.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from operator import index
from typing import Any

import numpy as np

import symgrad as sg

from .errors import DifferentiationError, DTypeError, GraphError
from .graph.constants import is_masked
from .graph.copies import append_copies
from .graph.walk import ancestors

Array = np.ndarray[Any, Any]
_FIXED = bool | int | str | slice | None  # keep their values in the trace, unless differentiated


def grad_of(
    fn: Callable[..., Any], argnums: int | Sequence[int] = 0, *, value: bool = False
) -> GradientFunction:
    """The gradient of a NumPy function, as a NumPy function.

    Parameters
    ----------
    fn : function
        Of arrays and numbers; returns a floating scalar. It is run on symbols, so Python's ``if``
        and ``while`` can not depend on values, and what it reads besides its arguments is taken as
        it is at the first call.
    argnums : int or sequence of int
        Positions of the arguments to differentiate with respect to.
    value : bool
        Return ``(value, gradient)``, not the gradient alone.

    Returns
    -------
    function
        Of the same arguments. For an int it returns one gradient, for a sequence a tuple; each has
        the shape and dtype of its argument, and of a Python number it is a float. It is compiled
        once for each combination of shapes and dtypes, and of other arguments: keywords, and
        Python ints, bools and strings that are not differentiated with respect to, keep their
        values while fn is traced. Of expressions it makes expressions, so that
        ``grad_of(grad_of(fn))`` is the second derivative.

    Raises
    ------
    GraphError, DTypeError, DifferentiationError
        When it is called: if fn does not return a floating scalar, an argument is no array of
        numbers, or one to differentiate with respect to is missing or not floating.

    Example
    -------
    >>> slope = grad_of(lambda w, X, y: np.mean((X @ w - y) ** 2))
    >>> slope(np.zeros(2), np.eye(2), np.ones(2))
    array([-1., -1.])
    >>> grad_of(lambda x, n: x**n, value=True)(2.0, 3)
    (np.float64(8.0), 12.0)
    """
    if not callable(fn):
        raise GraphError(
            f"grad_of takes a function, not {type(fn).__name__}",
            how="Of an expression, sg.grad makes the gradient.",
        )
    return GradientFunction(fn, argnums, value)


class GradientFunction:
    """The gradient of a NumPy function; made by `grad_of`.

    Attributes
    ----------
    compiled : dict
        For the types of the arguments seen so far, the `Function` of value and gradients; its
        ``source`` is the emitted code.
    """

    def __init__(self, fn: Callable[..., Any], argnums: int | Sequence[int], value: bool) -> None:
        update_wrapper(self, fn)
        self._fn = fn
        self._single = not isinstance(argnums, tuple | list)
        self._argnums = _positions(argnums)
        self._with_value = value
        self.compiled: dict[Hashable, sg.Function] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The gradients at these arguments."""
        places = [self._place(i, len(args)) for i in self._argnums]
        graph = next((a.graph for a in args if isinstance(a, sg.Expr)), None)
        if graph is not None:
            return self._of_expressions(graph, places, args, kwargs)
        short = _is_short(args)
        arrays = {
            i: _array(i, a, short)
            for i, a in enumerate(args)
            if i in places or not isinstance(a, _FIXED)
        }
        self._check(places, arrays)
        f = self._compiled(places, args, arrays, kwargs)
        y, *gradients = f(*arrays.values())
        found = tuple(_like(args[i], g) for i, g in zip(places, gradients, strict=True))
        return self._answer(y[()], found)

    def _of_expressions(
        self, graph: sg.Graph, places: Sequence[int], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """The gradients as expressions, in a function that is traced itself."""
        nodes = {
            i: a if isinstance(a, sg.Expr) else graph.constant(a)
            for i, a in enumerate(args)
            if isinstance(a, sg.Expr) or i in places
        }
        alone = {i: graph.variable(x.type) for i, x in nodes.items()}  # one may be part of another
        y = self._fn(*(alone.get(i, a) for i, a in enumerate(args)), **kwargs)
        y = y if isinstance(y, sg.Expr) else graph.constant(y)
        made = [y, *sg.grad(y, [alone[i] for i in places])]
        new = {alone[i].id: x for i, x in nodes.items()}
        append_copies(graph, new, ancestors(made))
        return self._answer(new[y.id], tuple(new[g.id] for g in made[1:]))

    def _answer(self, value: Any, gradients: tuple[Any, ...]) -> Any:
        gradient = gradients[0] if self._single else gradients
        return (value, gradient) if self._with_value else gradient

    def _place(self, i: int, count: int) -> int:
        if not -count <= i < count:
            raise GraphError(
                f"{self._name} was called with {count} argument{'s' * (count != 1)}, and argnums "
                f"names argument {i}",
                how="Arguments are counted from 0, and passed by position.",
            )
        return i % count

    def _check(self, places: Sequence[int], arrays: dict[int, Array]) -> None:
        if len(set(places)) < len(places):
            raise GraphError(f"argnums {self._argnums} names an argument twice")
        for i in places:
            if arrays[i].dtype.kind != "f":
                raise DifferentiationError(
                    f"cannot differentiate {self._name} with respect to argument {i}: "
                    f"{arrays[i].dtype.name} values do not vary continuously",
                    how="Convert it with .astype(float).",
                )

    def _compiled(
        self,
        places: Sequence[int],
        args: Sequence[Any],
        arrays: dict[int, Array],
        kwargs: dict[str, Any],
    ) -> sg.Function:
        """The function for these types and fixed values: the one there is, or a new one."""
        fixed = {i: a for i, a in enumerate(args) if i not in arrays}
        types = tuple((i, a.dtype.name, a.shape) for i, a in arrays.items())
        values = [(k, type(v), v) for k, v in [*fixed.items(), *kwargs.items()]]
        key = (tuple(places), types, tuple(values))
        try:
            known = self.compiled.get(key)
        except TypeError:
            raise GraphError(
                f"{self._name}: keyword arguments are fixed values, and one of them has no hash",
                how="Pass arrays by position.",
            ) from None
        if known is None:
            known = self.compiled[key] = self._compile(places, fixed, arrays, kwargs)
        return known

    def _compile(
        self,
        places: Sequence[int],
        fixed: dict[int, Any],
        arrays: dict[int, Array],
        kwargs: dict[str, Any],
    ) -> sg.Function:
        fn = partial(self._fn, **kwargs) if kwargs else self._fn
        graph = sg.Graph()
        y = sg.trace(_filled(fn, fixed) if fixed else fn, *arrays.values(), graph=graph)
        if not isinstance(y, sg.Expr):
            raise GraphError(
                f"{self._name} returns {type(y).__name__}, and a gradient is of one scalar",
                how="Return a number.",
            )
        inputs = list(graph.inputs.values())
        order = list(arrays)
        gradients = sg.grad(y, [inputs[order.index(i)] for i in places])
        return sg.function(inputs, [y, *gradients], name="value_and_grad")

    @property
    def _name(self) -> str:
        return getattr(self._fn, "__name__", type(self._fn).__name__)


def _positions(argnums: Any) -> tuple[int, ...]:
    given = argnums if isinstance(argnums, tuple | list) else (argnums,)
    try:
        found = tuple(index(i) for i in given)
    except TypeError:
        raise GraphError(
            f"argnums is an int or a tuple of ints, not {argnums!r:.40}",
            how="Arguments are counted from 0.",
        ) from None
    if not found:
        raise GraphError("argnums is empty", how="Name the arguments, counted from 0.")
    return found


def _is_short(args: Sequence[Any]) -> bool:
    """Whether Python's floats join float32 arrays alone, and so are float32 themselves."""
    dtypes = {a.dtype.name for a in args if isinstance(a, np.ndarray | np.generic)}
    return "float32" in dtypes and "float64" not in dtypes


def _array(i: int, argument: Any, short: bool) -> Array:
    """An argument as an array; Python numbers are floats."""
    if is_masked(argument):
        raise DTypeError(f"argument {i} is masked", how="Fill it first: a.filled(0).")
    if isinstance(argument, np.ndarray | np.generic):
        return np.asarray(argument)
    try:
        array = np.asarray(argument)
    except ValueError as error:
        raise DTypeError(f"argument {i} is no array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise DTypeError(
            f"argument {i} is {type(argument).__name__}, and no array of real numbers",
            how="Pass arrays and numbers; bind anything else with functools.partial.",
        )
    return array.astype(np.float32 if short else np.float64)


def _filled(fn: Callable[..., Any], fixed: dict[int, Any]) -> Callable[..., Any]:
    """The function of the other arguments alone."""

    def of_arrays(*arrays: Any) -> Any:
        rest = iter(arrays)
        count = len(arrays) + len(fixed)
        return fn(*(fixed[i] if i in fixed else next(rest) for i in range(count)))

    return of_arrays


def _like(argument: Any, gradient: Any) -> Any:
    """A gradient as its argument was given: a float, a NumPy scalar, or an array."""
    if isinstance(argument, bool | int | float) and not isinstance(argument, np.generic):
        return float(gradient)
    return gradient[()] if isinstance(argument, np.generic) else np.asarray(gradient)
