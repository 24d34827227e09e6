"""Functions of expressions: batched, and with derivatives of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..graph.graph import Expr
from ..rooms import Room

if TYPE_CHECKING:
    from ..autodiff import batching, custom
else:
    batching = Room("symgrad.autodiff.batching")
    custom = Room("symgrad.autodiff.custom")


def vmap(fn: Callable[..., Any], in_axes: Any = 0) -> Callable[..., Any]:
    """A batched version of a function of expressions: per-example gradients without a loop.

    Parameters
    ----------
    fn : function
        Takes expressions of one example, returns an expression or a tuple or list of them.
    in_axes : int, None, or one for each argument
        The axis of each argument that runs over the examples; None: the same for all.

    Returns
    -------
    function
        Of batched expressions; results have the batch as their first axis.

    Raises
    ------
    ShapeError
        If an argument has no such axis, or the batches differ in size.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> X, w = g.input("X", "[n, 3]"), g.input("w", "[3]")
    >>> per_example = sg.vmap(lambda x, w: sg.grad((x @ w) ** 2, w), in_axes=(0, None))
    >>> per_example(X, w).shape
    ('n', 3)
    """
    return batching.vmap(fn, in_axes)


def custom_vjp(rule: Callable[..., Any]) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Give a function of expressions a derivative rule of its own: a decorator.

    Differentiation uses the rule and does not look inside the function; jvp, vmap and higher
    derivatives follow from the rule. Use it for a cheaper or more stable formula, an implicit
    function, a straight-through estimate, or to scale or clip a gradient on its way.

    Parameters
    ----------
    rule : function
        ``rule(g, y, *args)``: from the cotangent g of the value y, a cotangent for each argument:
        one, or a tuple, with None for zero. It reads nothing but its arguments.

    Raises
    ------
    DifferentiationError
        When it is applied, if the rule returns too few or too many, or another shape.

    Example
    -------
    >>> import symgrad as sg
    >>> @sg.custom_vjp(lambda g, y, x: g)
    ... def straight_through(x):
    ...     return sg.sign(x)
    >>> x = sg.Graph().input("x", "[3]")
    >>> sg.function([x], sg.grad(straight_through(x).sum(), x))([-2, 0, 5])
    array([1., 1., 1.])

    Reference
    ---------
    Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic
    neurons", 2013, for the straight-through estimator.
    """
    return custom.custom_vjp(rule)
