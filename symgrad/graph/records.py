"""Records of a compile: dataclasses that nobody compares or shows."""

from __future__ import annotations

from dataclasses import Field, field
from typing import Any, TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def record(cls: type[_T]) -> type[_T]:
    """A class that is made of its fields, as dataclasses are, without comparison and text.

    Python compiles a method or more for each dataclass: of two dozen, 10 ms of the 50 in which all
    that compiles is imported.

    Example
    -------
    >>> @record
    ... class Place:
    ...     line: int
    >>> Place(3).line
    3
    """
    names = list(cls.__annotations__)
    made: dict[str, Any] = {
        k: v.default_factory for k, v in vars(cls).items() if isinstance(v, Field)
    }

    def __init__(self: Any, *values: Any, **named: Any) -> None:
        given = dict(zip(names, values, strict=False), **named)
        vars(self).update({k: make() for k, make in made.items() if k not in given}, **given)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    cls.__init__ = __init__  # type: ignore[method-assign]
    return cls
