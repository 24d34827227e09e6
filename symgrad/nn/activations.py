"""Hidden and output units by name. Deep Learning, sections 6.2.2 and 6.3."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import symgrad as sg
from symgrad.errors import suggest

Activation = Callable[[sg.Expr], sg.Expr]

ACTIVATIONS: dict[str, Activation] = {
    "relu": sg.relu,
    "leaky_relu": sg.leaky_relu,
    "absolute": sg.absolute,
    "softplus": sg.softplus,
    "sigmoid": sg.sigmoid,
    "tanh": sg.tanh,
    "hard_tanh": lambda a: sg.clip(a, -1, 1),
    "cos": sg.cos,
    "softmax": sg.softmax,
    "linear": lambda a: a,
}
ACTIVATIONS["identity"] = ACTIVATIONS["linear"]

RECTIFIED = frozenset({"relu", "leaky_relu", "absolute", "softplus"})
"""Units that pass about half of their input, which He initialization makes up for."""


def apply(activation: str | Activation, a: sg.Expr) -> sg.Expr:
    """The units' values, shaped like what goes in.

    Raises
    ------
    SymgradError, ShapeError
        If the name is unknown, or a function returns something else than such an expression.

    Example
    -------
    >>> a = sg.Graph().input("a", "[n, 3]")
    >>> apply("tanh", a).op, apply(lambda a: a * sg.sigmoid(a), a).op
    ('tanh', 'multiply')
    """
    h = find(activation)(a)
    if not isinstance(h, sg.Expr) or h.type != a.type:
        raise sg.ShapeError(
            f"the activation {show(activation)} made {kind_of(h)} of {a.type}",
            how="An activation works elementwise on an expression: lambda a: a * sg.sigmoid(a).",
        )
    return h


def find(activation: str | Activation) -> Activation:
    """The function of a name; a function is one already."""
    if callable(activation):
        return activation
    if isinstance(activation, str) and activation in ACTIVATIONS:
        return ACTIVATIONS[activation]
    raise no_such("activation", "activations", activation, ACTIVATIONS)


def no_such(one: str, all_: str, name: object, known: Mapping[str, object]) -> sg.SymgradError:
    """The error of a name that nothing has."""
    near = suggest(str(name), known)
    return sg.SymgradError(
        f"there is no {one} {str(name)[:60]!r}",
        how=f"Did you mean {near!r}?" if near else f"The {all_}: {', '.join(known)}.",
    )


def kind_of(made: object) -> str:
    """What a user's function made, for messages."""
    return str(made.type) if isinstance(made, sg.Expr) else type(made).__name__


def show(activation: str | Activation) -> str:
    """What messages call it."""
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "given")
