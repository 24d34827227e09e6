"""The checks: gradients against slopes of the value, second derivatives against the gradient's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import symgrad as sg

from ..errors import GradientError, GraphError
from .comparison import Comparison
from .judge import Judge
from .points import unknown
from .problem import pose


def check_grad(
    y: sg.Expr,
    wrt: sg.Expr | str | Sequence[sg.Expr | str],
    values: Mapping[str, object] | None = None,
    *,
    order: int = 1,
    seed: int = 0,
    tolerance: float | None = None,
    sizes: Mapping[str, int] | None = None,
) -> float:
    """Compare the derivatives of an expression with numerical differentiation.

    Slopes are measured by the complex step, which is exact to rounding, where the emitted code is
    analytic in an input, and else by central differences. An array ``y`` is projected on a random
    direction first: its vector-Jacobian product is checked.

    Parameters
    ----------
    y : Expr
        Floating, of any shape.
    wrt : Expr, name, or a sequence of them
        Floating inputs.
    values : mapping of name or input to array, optional
        Where to compare; inputs that are missing here get random values.
    order : int
        2: the second derivatives too, pure and mixed ones: the whole Hessian of few entries, else
        along random directions.
    seed : int
        Of the random values, projections and directions.
    tolerance : float, optional
        Largest relative error; by default 1e-9 for float64 by the complex step, 1e-6 by
        differences, 1e-3 for float32, and ten times as much for second derivatives.
    sizes : mapping of name to int, optional
        Named dims; by default those of ``values``, else 3, 4, 5, ...

    Returns
    -------
    float
        The worst relative error of all entries of all inputs.

    Raises
    ------
    GradientError
        If an error is above the tolerance; names the input, the entry and both derivatives.
    GraphError
        If a value, size or input is unknown, or the value of ``y`` is not finite.

    Example
    -------
    >>> g = sg.Graph()
    >>> X, w = g.input("X", "[n, 3]"), g.input("w", "[3]")
    >>> check_grad(sg.tanh(X @ w).sum(), [X, w], order=2) < 1e-12
    True

    Reference
    ---------
    Deep Learning, section 11.6.
    """
    found = compare(y, wrt, values, order=order, seed=seed, tolerance=tolerance, sizes=sizes)
    worst = max(found, key=lambda c: c.error / c.tolerance if c.tolerance else c.error)
    if not worst.agrees:
        raise GradientError(
            str(worst), how=f"Tolerated is {worst.tolerance:.1e}. At a kink no derivative exists."
        )
    return max(c.error for c in found)


def compare(
    y: sg.Expr,
    wrt: sg.Expr | str | Sequence[sg.Expr | str],
    values: Mapping[str, object] | None = None,
    *,
    order: int = 1,
    seed: int = 0,
    tolerance: float | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Comparison]:
    """As `check_grad`, but the `Comparison` of every input of ``wrt``, good or bad.

    Those of second derivatives follow: one for every pair of inputs.
    """
    if order not in (1, 2):
        raise GraphError(f"derivatives of order {order} are not checked", how="Give order 1 or 2.")
    if not isinstance(y, sg.Expr):
        raise GraphError(
            f"check_grad takes an expression, not {type(y).__name__}",
            how="Of a NumPy function, sg.trace makes one.",
        )
    problem = pose(y, _inputs(y, [wrt] if isinstance(wrt, sg.Expr | str) else wrt))
    point = problem.find_point(_by_name(values or {}), sizes or {}, seed)
    judge = Judge(problem, point, seed, tolerance)
    return [*judge.firsts(), *(judge.seconds() if order == 2 else ())]


def _by_name(values: object) -> dict[str, object]:
    """The values by the names of the inputs, which stand for themselves too."""
    if not isinstance(values, Mapping):
        raise GraphError(
            f"values are given by name, not as {type(values).__name__}",
            how="Write for example {'x': np.ones(3)}.",
        )
    return {x.name or x.label if isinstance(x, sg.Expr) else x: v for x, v in values.items()}


def _inputs(y: sg.Expr, wrt: Sequence[sg.Expr | str]) -> list[sg.Expr]:
    """The inputs to differentiate with respect to."""
    inputs = y.graph.inputs
    for x in wrt:
        name = x if isinstance(x, str) else y.graph.own(x).name
        if name not in inputs or inputs[name] is not (inputs[name] if isinstance(x, str) else x):
            raise unknown(f"{name or 'this expression'} is no input", str(name), inputs)
    if not wrt:
        raise GraphError("there is nothing to differentiate with respect to", how="Name an input.")
    return [inputs[x] if isinstance(x, str) else x for x in wrt]
