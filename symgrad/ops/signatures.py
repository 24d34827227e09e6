"""How an operation is called: a row's signature, read, and the arguments of a call bound to it."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any, NamedTuple

from ..errors import GraphError, suggest

_UNSET: Any = object()


class Signature(NamedTuple):
    """Operands, and behind the semicolon parameters.

    Attributes
    ----------
    required : int
        How many of the operands have to be given.
    variadic : bool
        Whether the last operand is a list.
    defaults : dict
        The parameters, in order; those without a default have a value of their own for that.
    complete : bool
        Whether every parameter has a default.
    plain : int
        How many operands make a complete call; -1 where there are parameters, or a list.
    free : bool
        Whether the row takes its arguments itself, as they come.

    Example
    -------
    >>> read_signature("clip(x, low=None; steps=2)").bind((1, 2), {"steps": 3})
    ((1, 2), {'steps': 3})
    """

    text: str
    name: str
    operands: tuple[str, ...]
    required: int
    variadic: bool
    defaults: dict[str, Any]
    complete: bool
    plain: int
    free: bool

    def bind(
        self, args: tuple[Any, ...], params: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Operands and complete parameters of a call written as a Python call.

        Raises
        ------
        GraphError
            If the arguments do not fit.
        """
        count = len(self.operands)
        known = not params or params.keys() <= self.defaults.keys()
        if known and len(args) == count and self.complete:
            return args, {**self.defaults, **params}
        rest = args[count:]
        if rest and not params and self.complete and len(rest) <= len(self.defaults):
            return args[:count], {**self.defaults, **dict(zip(self.defaults, rest, strict=False))}
        operands = self._given_operands(args[:count], params)
        if len(operands) < self.required or len(rest) > len(self.defaults):
            got = len(args) + len(params)
            raise self.misused(f"{got} argument{'s' * (got != 1)} given")
        if not params and not rest:
            given = dict(self.defaults)
        else:
            given = self._given_parameters(rest, params)
        for name, value in given.items():
            if value is _UNSET:
                raise self.misused(f"the parameter {name} is missing")
        return tuple(operands), given

    def _given_operands(self, args: tuple[Any, ...], params: dict[str, Any]) -> list[Any]:
        """The operands, those given by name taken out of the parameters."""
        operands = list(args)
        for name in self.operands[len(operands) :]:
            operands.append(params.pop(name, _UNSET))
        while operands and operands[-1] is _UNSET:
            operands.pop()
        if any(x is _UNSET for x in operands[: self.required]):
            raise self.misused("an operand is missing")
        return [None if x is _UNSET else x for x in operands]

    def _given_parameters(self, rest: tuple[Any, ...], params: dict[str, Any]) -> dict[str, Any]:
        given = dict(self.defaults)
        given.update(zip(self.defaults, rest, strict=False))
        for name, value in params.items():
            if name not in self.defaults:
                raise self._unknown(name)
            if name in list(self.defaults)[: len(rest)]:
                raise self.misused(f"{name} is given twice")
            given[name] = value
        return given

    def _unknown(self, name: str) -> GraphError:
        if name == "out":
            return GraphError(
                f"{self.name} takes no out=: symbolic values are never overwritten",
                how="Use the returned expression.",
            )
        near = suggest(name, [*self.operands, *self.defaults])
        return self.misused(
            f"unknown argument {name}" + (f"; did you mean {near}?" if near else "")
        )

    def misused(self, problem: str) -> GraphError:
        """The error of a call that does not fit the signature."""
        return GraphError(f"{self.name}: {problem}", how=f"Call it as {self.text}.")


@cache
def read_signature(text: str) -> Signature:
    """Read ``"name(operands; parameters)"``.

    Example
    -------
    >>> s = read_signature("concatenate([arrays]; axis=0)")
    >>> s.name, s.operands, s.variadic, s.defaults
    ('concatenate', ('arrays',), True, {'axis': 0})
    """
    name, _, inside = text.removesuffix(")").partition("(")
    left, _, right = inside.partition(";")
    entries = _entries(left)
    variadic = "[" in left
    operands = tuple([e.strip("[]").partition("=")[0] for e in entries])
    required = len(entries) - left.count("=")
    defaults: dict[str, Any] = {}
    for entry in _entries(right):
        key, _, value = entry.partition("=")
        defaults[key] = _value(value) if value else _UNSET
    complete = _UNSET not in defaults.values()
    plain = -1 if defaults or variadic else len(operands)
    free = "*" in text or not operands
    return Signature(text, name, operands, required, variadic, defaults, complete, plain, free)


def _entries(text: str) -> list[str]:
    return re.split(r",\s*(?![^(]*\))", text.strip()) if text.strip() else []


@cache
def _value(text: str) -> Any:
    """A default. Few are written, again and again, and Python takes its time to read each."""
    return ast.literal_eval(text)
