"""Compiled functions: emitted source, executed in this process, with symgrad's own errors."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from ...errors import (
    CodegenError,
    DTypeError,
    GraphError,
    LinAlgError,
    ShapeError,
    SymgradError,
    suggest,
)
from ...graph.graph import Expr, hooks
from ...graph.walk import ancestors
from ..schedule import schedule
from .emitted import checked
from .module import Signature, write_source

Arrays = Any  # an array, or a list of arrays
_REFUSED = {
    "Singular": (
        ("solve", "solve_triangular", "inv"),
        "A singular matrix has no inverse; add a small multiple of the identity, for example.",
    ),
    "definite": (("cholesky",), "Only a symmetric matrix of positive eigenvalues has a factor."),
}


class Function:
    """A compiled function of NumPy arrays.

    Attributes
    ----------
    source : str
        The emitted code, complete and standalone.
    inputs, outputs : list of Expr
        What it computes from what.
    """

    def __init__(self, signature: Signature, inputs: Sequence[Expr]) -> None:
        self.name = signature.name
        self.inputs = list(inputs)
        self.outputs = list(signature.outputs)
        self.source = write_source([signature])
        self._single = signature.single
        self._names = [str(x.name) for x in inputs]
        self._call = _load(self.source, self.name)

    def __call__(self, *args: object, **kwargs: object) -> Arrays:
        """Compute the outputs.

        Raises
        ------
        ShapeError, DTypeError, GraphError
            If an argument has another shape or dtype than declared, is missing, or unknown.
        """
        try:
            result = self._call(*(self._bound(args, kwargs) if kwargs else self._counted(args)))
        except np.linalg.LinAlgError as error:
            raise self._no_solution(error) from None
        except (IndexError, ValueError, ZeroDivisionError) as error:
            if isinstance(error, SymgradError):
                raise
            raise ShapeError(
                f"{self.name}: NumPy can not compute this for the given sizes: {error}",
                how="Named dims may be too small, for an index or a maximum of nothing.",
            ) from None
        return result if self._single else list(result)

    def _no_solution(self, error: Exception) -> LinAlgError:
        """What the values of a matrix do not allow, and where matrices are inverted or factored."""
        problem = str(error).rstrip(".")
        ops, how = next((v for k, v in _REFUSED.items() if k in problem), ((), None))
        nodes = [n for n in ancestors(self.outputs) if n.op in ops]
        shown = list(dict.fromkeys(str(hooks["summary"](n, 40)) for n in nodes))[:3] or ["this"]
        what = f"{self.name}: NumPy can not compute {' or '.join(shown)} for the given values"
        return LinAlgError(f"{what}: {problem}", how=how)

    def _counted(self, args: tuple[object, ...]) -> tuple[object, ...]:
        if len(args) != len(self._names):
            return self._bound(args, {})
        return args

    def _bound(self, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[object, ...]:
        if len(args) > len(self._names):
            raise self._misused(f"{len(args)} arguments are too many")
        given = dict(zip(self._names, args, strict=False))
        for name, value in kwargs.items():
            if name not in self._names:
                near = suggest(name, self._names)
                raise self._misused(
                    f"unknown argument {name}" + (f", did you mean {near}?" if near else "")
                )
            if name in given:
                raise self._misused(f"argument {name} is given twice")
            given[name] = value
        missing = [n for n in self._names if n not in given]
        if missing:
            raise self._misused(f"argument{'s' * (len(missing) > 1)} {', '.join(missing)} missing")
        return tuple(given[n] for n in self._names)

    def _misused(self, problem: str) -> GraphError:
        shown = ", ".join(f"{x.name}: {x.type}" for x in self.inputs)
        return GraphError(f"{self.name}: {problem}", how=f"It takes ({shown}).")

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.name}: {x.type}" for x in self.inputs)
        outputs = ", ".join(str(o.type) for o in self.outputs)
        return f"<symgrad.Function {self.name}({inputs}) -> {outputs}>"


def _checked(*args: Any) -> Any:
    try:
        return checked._checked(*args)  # type: ignore[no-untyped-call]
    except TypeError as error:
        raise DTypeError(str(error)) from None
    except ValueError as error:
        raise ShapeError(str(error)) from None


def _load(source: str, name: str) -> Callable[..., Any]:
    """Execute emitted source; its argument check raises symgrad's errors here."""
    scope: dict[str, Any] = {"__name__": f"emitted.{name}"}
    try:
        exec(_compiled(source), scope)
    except ModuleNotFoundError as error:
        raise CodegenError(
            f'target "scipy" needs a module that is not installed: {error.name}',
            how='Install it, pip install "symgrad[scipy]", or use target="numpy".',
        ) from None
    scope["_checked"] = _checked
    function: Callable[..., Any] = scope[name]
    return function


@lru_cache(maxsize=256)
def _compiled(source: str) -> CodeType:
    file = f"<symgrad {abs(hash(source)):x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return compile(source, file, "exec")


def compile_function(signature: Signature) -> Function:
    """The function of a signature; the one there is, if its graph has compiled the same before."""
    graph = signature.outputs[0].graph
    inputs = None if signature.inputs is None else tuple(signature.inputs)
    asked = tuple(signature.asked or signature.outputs)
    key = (
        signature.name,
        inputs,
        asked,
        signature.single,
        signature.scipy,
        signature.fast,
        len(graph.named),
    )
    if key not in graph.compiled:
        plan = schedule(signature.inputs, signature.outputs)
        graph.compiled[key] = Function(signature, plan.inputs)
    found: Function = graph.compiled[key]
    return found


def compile_as_written(inputs: Sequence[Expr], outputs: Sequence[Expr]) -> Callable[..., Any]:
    """A function of the inputs that computes the outputs with no rule applied."""
    return compile_function(Signature("f", inputs, outputs))
