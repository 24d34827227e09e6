"""Functions of the package that are no rows: they return several, or make arrays of nothing."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from ..errors import GraphError
from ..graph.graph import Operation, operations


class Function(Operation):
    """A function that makes nodes of rows, and none of its own.

    Example
    -------
    >>> from symgrad.ops.splitting import split
    >>> split, split.signature
    ('split', 'split(x, indices_or_sections, axis=0)')
    """

    name: str
    signature: str
    doc: str
    build: Callable[..., Any]

    def __call__(self, *args: Any, **params: Any) -> Any:
        """What the function returns; see the package's function of this name."""
        self.check(args, params)
        return self.build(*args, **params)

    def check(self, args: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Refuse arguments that do not fit the signature."""
        try:
            self.__dict__["bind"](*args, **params)
        except TypeError as error:
            raise GraphError(f"{self}: {error}", how=f"Call it as {self.signature}.") from None


def described(
    build: Callable[..., Any], made: type[Function] = Function, skip: int = 0
) -> Function:
    """A function under its own name.

    Parameters
    ----------
    build : function
        What is called. Its docstring is the documentation.
    made : type
        The kind of function.
    skip : int
        How many of its first parameters users do not give.
    """
    name = build.__name__
    self = str.__new__(made, name)
    full = signature(build)
    given = full.replace(parameters=[*full.parameters.values()][skip:])
    shown = f"{name}({', '.join(_shown(p) for p in given.parameters.values())})"
    columns = {"name": name, "signature": shown, "doc": build.__doc__, "build": build}
    self.__dict__.update(columns, bind=given.bind)
    return self


def function(build: Callable[..., Any]) -> Function:
    """A function, entered among the operations under its own name."""
    return enter(described(build))


def enter(made: Function) -> Function:
    """The function, entered among the operations."""
    if made in operations:
        raise ValueError(f"two operations are called {made}")
    operations[made.name] = made
    return made


def _shown(p: Parameter) -> str:
    star = "*" if p.kind is Parameter.VAR_POSITIONAL else ""
    return f"{star}{p.name}" if p.default is Parameter.empty else f"{p.name}={p.default!r}"
