"""What a workload is: arguments, one formula for every tool, and three references in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Call = Callable[[], Any]
"""A contender with its arguments bound: what is timed."""
Kind = Literal["gradient", "hessian", "points", "step"]
RATE = 1e-4
"""The learning rate of training steps: small, so that timing trains little."""


@dataclass(frozen=True)
class Workload:
    """One thing to compute, and who may compute it.

    Attributes
    ----------
    name, title : str
        For the command line, and for tables.
    arguments : mapping
        The arrays, by name, in order.
    wrt : tuple of str
        What to differentiate with respect to: also what a training step updates.
    formula : function
        Of a tool's dialect and the arguments; gives the scalar, or the values at the points.
    textbook : function
        Of the arguments; gives the list of results: the value and the gradients (`gradient`,
        `points`), the Hessian (`hessian`), or the value and the new parameters (`step`).
    products : function, optional
        Of the arguments; binds a call that does the matrix products alone, into buffers.
    tuned : function, optional
        Of the arguments; allocates buffers and gives a function like `textbook`, whose results
        may lie in the buffers.
    specs : mapping
        symgrad's types of arguments that are not of a fixed size.
    extras : mapping
        More contenders, as `tuned`.
    """

    name: str
    title: str
    arguments: Mapping[str, Any]
    wrt: tuple[str, ...]
    formula: Callable[..., Any]
    textbook: Callable[..., list[Any]]
    products: Callable[..., Call] | None = None
    tuned: Callable[..., Callable[..., list[Any]]] | None = None
    kind: Kind = "gradient"
    specs: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Callable[..., Callable[..., list[Any]]]] = field(default_factory=dict)

    @property
    def values(self) -> list[Any]:
        """Copies of the arguments: a contender may change its own."""
        return [np.array(v) if isinstance(v, np.ndarray) else v for v in self.arguments.values()]

    @property
    def places(self) -> list[int]:
        """Where the arguments of `wrt` stand."""
        found = {name: i for i, name in enumerate(self.arguments)}
        return [found[name] for name in self.wrt]

    @property
    def dtype(self) -> str:
        """The precision."""
        return str(np.asarray(self.arguments[self.wrt[0]]).dtype)

    def references(self) -> dict[str, Call]:
        """The NumPy versions, bound; `products` computes nothing to be compared."""
        calls: dict[str, Call] = {}
        if self.products:
            calls["products"] = self.products(*self.values)
        calls["textbook"] = bind(self.textbook, self.values)
        makers = {"tuned": self.tuned} if self.tuned else {}
        for name, make in {**makers, **self.extras}.items():
            arguments = self.values
            calls[name] = bind(make(*arguments), arguments)
        return calls

    def truth(self, calls: int = 1) -> list[Array]:
        """The textbook's results in float64; of a training step, after some calls."""
        arguments = [wide(v) for v in self.values]
        for _ in range(calls):
            results = self.textbook(*arguments)
        return [np.array(r) for r in results]


def bind(function: Callable[..., Any], arguments: list[Any]) -> Call:
    """A call without arguments."""
    return lambda: function(*arguments)


def wide(value: Any) -> Any:
    """Floating-point numbers as float64."""
    floating = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype(np.float64) if floating else value


def products_of(*triples: tuple[Any, Any, Any]) -> Call:
    """A call that multiplies matrices into buffers."""
    dot = np.dot

    def call() -> None:
        for a, b, out in triples:
            dot(a, b, out)

    return call
