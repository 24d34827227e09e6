"""Derivatives: of each function its argument checks, and the stable form that it starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from .. import checks
from ..autodiff import reverse
from ..errors import DifferentiationError
from ..graph.graph import Expr
from ..graph.separation import rewriting
from ..ops.operands import lift
from ..rooms import Room

if TYPE_CHECKING:
    from .. import passes
    from ..autodiff import forward, jacobians
else:
    passes = Room("symgrad.passes")
    forward = Room("symgrad.autodiff.forward")
    jacobians = Room("symgrad.autodiff.jacobians")


@overload
def grad(y: Expr, wrt: Expr | str, *, stabilize: bool = True) -> Expr: ...
@overload
def grad(y: Expr, wrt: list[Any] | tuple[Any, ...], *, stabilize: bool = True) -> list[Expr]: ...
def grad(y: Expr, wrt: Any, *, stabilize: bool = True) -> Expr | list[Expr]:
    """The gradient of a scalar, appended to its graph. Deep Learning, section 6.5.5.

    Parameters
    ----------
    y : Expr
        A floating scalar.
    wrt : Expr, name, or a sequence of them
        What to differentiate with respect to: inputs, or expressions on the way.
    stabilize : bool
        Differentiate the numerically stable form of ``y``; False: ``y`` as written.

    Returns
    -------
    Expr or list of Expr
        Shaped and typed like ``wrt``; zeros where ``y`` does not depend on it.

    Raises
    ------
    DifferentiationError
        If ``y`` is no floating scalar, ``wrt`` is not floating, or an operation has no derivative.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> x = g.input("x", "[3]")
    >>> print(sg.simplify(sg.grad((x**2).sum(), x)))
    x: float64[3]
    2.0 * x
    """
    listed = checks.wanted(y, wrt)
    with _stable(y, listed, stabilize) as stable:
        found = reverse.grad(stable, listed, of=y)
    return found if checks.are_many(wrt) else found[0]


def vjp(
    y: Expr, wrt: Expr | str | Sequence[Expr | str], ct: object, *, stabilize: bool = True
) -> Expr | list[Expr]:
    """The product of a cotangent with the Jacobian: (∂y/∂x)ᵀ ct for each x of ``wrt``.

    Parameters
    ----------
    ct : Expr, array or number
        Shaped like ``y``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if ``ct`` is not shaped like ``y``.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> A, x, v = g.input("A", "[2, 3]"), g.input("x", "[3]"), g.input("v", "[2]")
    >>> sg.vjp(A @ x, x, v).shape
    (3,)
    """
    listed = checks.wanted(y, wrt)
    cotangent = lift(y.graph, ct)
    if cotangent.shape != y.shape:
        raise DifferentiationError(
            f"the cotangent is {cotangent.label}, and y is {y.label}",
            how="A cotangent has the shape of what is differentiated.",
        )
    with _stable(y, listed, stabilize) as stable:
        found = reverse.vjp(stable, listed, cotangent, of=y)
    return found if checks.are_many(wrt) else found[0]


def value_and_grad(
    y: Expr, wrt: Expr | str | Sequence[Expr | str], *, stabilize: bool = True
) -> tuple[Expr, Any]:
    """The scalar, and its `grad`.

    Example
    -------
    >>> import symgrad as sg
    >>> x = sg.Graph().input("x")
    >>> value, slope = sg.value_and_grad(x**2, x)
    """
    gradients: Any = grad(y, wrt, stabilize=stabilize)  # type: ignore[arg-type]
    return y, gradients


def jvp(y: Expr, wrt: Any, tangents: Any, *, stabilize: bool = True) -> Expr:
    """The product of the Jacobian with tangents, Σ (∂y/∂x) t: the directional derivative.

    Parameters
    ----------
    wrt : Expr, name, or a sequence of them
    tangents : one for each of ``wrt``, shaped like it

    Returns
    -------
    Expr
        Shaped like ``y``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if a tangent is not shaped like its x.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> A, x, t = g.input("A", "[2, 3]"), g.input("x", "[3]"), g.input("t", "[3]")
    >>> sg.jvp(A @ x, x, t).shape
    (2,)
    """
    listed = checks.wanted(y, wrt)
    given = tangents if checks.are_many(tangents) and checks.are_many(wrt) else [tangents]
    directions = [lift(y.graph, t) for t in given]
    if len(listed) != len(directions):
        raise DifferentiationError(
            f"{len(listed)} inputs, but {len(directions)} tangents", how="Give one for each."
        )
    for x, t in zip(listed, directions, strict=True):
        if t.shape != x.shape:
            raise DifferentiationError(
                f"the tangent {t.label} is not shaped like {x.label}",
                how="A tangent has the shape of what moves along it.",
            )
    with _stable(y, listed, stabilize) as stable:
        return forward.jvp(stable, listed, directions, of=y)


def jacobian(y: Expr, x: Expr | str, *, stabilize: bool = True) -> Expr:
    """All partial derivatives ∂yᵢ/∂xⱼ as one array, computed without a loop.

    Shapes: ``y.shape + x.shape`` (numerator layout).

    Raises
    ------
    DifferentiationError
        As `grad`.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> A, x = g.input("A", "[2, 3]"), g.input("x", "[3]")
    >>> sg.simplify(sg.jacobian(A @ x, x)) is A
    True
    """
    (wrt,) = checks.wanted(y, [x])
    with _stable(y, [wrt], stabilize) as stable:
        return jacobians.jacobian(stable, wrt, of=y)


def hessian(y: Expr, x: Expr | str, *, stabilize: bool = True) -> Expr:
    """All second derivatives of a scalar: the Jacobian of its gradient.

    Shapes: ``x.shape + x.shape``.

    Raises
    ------
    DifferentiationError
        As `grad`.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> A, x = g.input("A", "[3, 3]"), g.input("x", "[3]")
    >>> print(sg.simplify(sg.hessian(x @ A @ x, x)))
    A: float64[3, 3]
    A + A.T
    """
    (wrt,) = checks.wanted(y, [x])
    return jacobian(grad(y, [wrt], stabilize=stabilize)[0], wrt, stabilize=stabilize)


def hvp(y: Expr, x: Expr | str, v: object, *, stabilize: bool = True) -> Expr:
    """The product of the Hessian of a scalar with ``v``, without building the Hessian.

    Shapes: ``v`` and the result are shaped like ``x``.

    Raises
    ------
    DifferentiationError
        As `grad`; also if ``v`` is not shaped like ``x``.

    Example
    -------
    >>> import symgrad as sg
    >>> g = sg.Graph()
    >>> x, v = g.input("x", "[3]"), g.input("v", "[3]")
    >>> sg.hvp((x**3).sum(), x, v).shape
    (3,)
    """
    (wrt,) = checks.wanted(y, [x])
    direction = lift(y.graph, v)
    if direction.shape != wrt.shape:
        raise DifferentiationError(
            f"v is {direction.label}, and x is {wrt.label}", how="v has the shape of x."
        )
    slope = grad(y, [wrt], stabilize=stabilize)[0]
    return grad((slope * direction).sum(), [wrt], stabilize=stabilize)[0]


@contextmanager
def _stable(y: Expr, wrt: Sequence[Expr], stabilize: bool) -> Iterator[Expr]:
    """The stable form of y, as long as it still reads what is differentiated by.

    Slopes that are made inside have that form too.
    """
    before, y.graph.stable = y.graph.stable, stabilize
    try:
        with rewriting(y.graph):
            stable = passes.stabilize([y], keep=wrt)[0] if stabilize else y
        yield stable
    finally:
        y.graph.stable = before
