"""Compiled functions: emitted source, executed in this process, with symgrad's own errors."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from ..cost import Cost
from ..memory import Memory
from ..schedule import schedule
from .accounting import economize, memory_of
from .compiling import compile_blocks
from .emitted import checked, in_place
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
        self._computed = list(signature.outputs)
        self._updated = list(signature.updated)
        self.outputs = self._computed[: len(self._computed) - len(self._updated)]
        as_list = signature.fast and not signature.single
        self.source = write_source([replace(signature, as_list=as_list)])
        self._signature = replace(signature, inputs=self.inputs)
        self._names = [str(x.name) for x in inputs]
        call = _load(self.source, self.name)
        self._call = call if signature.single or as_list else _listing(call)

    def __call__(self, /, *args: object, **kwargs: object) -> Arrays:
        """Compute the outputs.

        Raises
        ------
        ShapeError, DTypeError, GraphError
            If an argument has another shape or dtype than declared, is missing, or unknown.
        LinAlgError
            If a matrix has no inverse or factor.
        """
        try:  # costs nothing where nothing is raised
            if kwargs:
                args = self._bound(args, kwargs)
            return self._call(*args)
        except SymgradError:
            raise
        except np.linalg.LinAlgError as error:
            raise self._no_solution(error) from None
        except (IndexError, ValueError, ZeroDivisionError) as error:
            raise self._no_value(error) from None
        except TypeError:
            if len(args) == len(self._names):
                raise
        return self._bound(args, {})  # which says what is missing, or too many

    def _no_value(self, error: Exception) -> ShapeError:
        """What sizes, or labels, do not allow."""
        problem = str(error)
        if isinstance(error, IndexError) and "out of bounds" in problem:
            problem = self._bad_label() or problem  # NumPy's indexing refused it
        if problem.startswith("a label"):
            how = "Number the classes from 0: classes, y = np.unique(y, return_inverse=True)."
            return ShapeError(f"{self.name}: {problem}", how=how)
        return ShapeError(
            f"{self.name}: NumPy can not compute this for the given sizes: {problem}",
            how="Named dims may be too small, for an index or a maximum of nothing.",
        )

    def _bad_label(self) -> str | None:
        """What there is to say of labels, if some name one of so many classes."""
        for node in ancestors(self._computed):
            if node.op == "one_hot" and isinstance(node.params["depth"], int):
                return f"a label is not one of 0 to {node.params['depth'] - 1}"
        return None

    def _no_solution(self, error: Exception) -> LinAlgError:
        """What the values of a matrix do not allow, and where matrices are inverted or factored."""
        problem = str(error).rstrip(".")
        ops, how = next((v for k, v in _REFUSED.items() if k in problem), ((), None))
        nodes = [n for n in ancestors(self.outputs) if n.op in ops]
        shown = list(dict.fromkeys(str(hooks["summary"](n, 40)) for n in nodes))[:3] or ["this"]
        what = f"{self.name}: NumPy can not compute {' or '.join(shown)} for the given values"
        return LinAlgError(f"{what}: {problem}", how=how)

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

    def cost(self, /, **sizes: int) -> Cost:
        """Operations and bytes of one call, as formulas in the named dims, and as numbers.

        Parameters
        ----------
        **sizes : int
            The named dims; without them there are formulas alone.

        Raises
        ------
        GraphError, ShapeError
            If a size is unknown, missing or no size.

        Example
        -------
        >>> import symgrad as sg
        >>> f = sg.function(None, sg.parse("X @ w", X="[n, 20]", w="[20]"))
        >>> f.cost().flops, f.cost(n=64).flops
        (40*n, 2560)
        """
        return Cost(self.name, schedule(self.inputs, self._computed, self._updated), sizes)

    def memory(self, /, **sizes: int) -> Memory:
        """What memory a call takes beside its arguments: arrays kept and arrays made, in bytes.

        Parameters
        ----------
        **sizes : int
            The named dims; without them there are formulas of what has one.

        Raises
        ------
        GraphError, ShapeError
            If a size is unknown, missing or no size.

        Example
        -------
        >>> import symgrad as sg
        >>> f = sg.function(None, sg.parse("tanh(X @ w)", X="[n, 20]", w="[20]"))
        >>> f.memory().results, f.memory(n=64).peak
        (8*n, 1024)
        """
        return memory_of(self._signature, sizes)

    def _misused(self, problem: str) -> GraphError:
        shown = ", ".join(f"{x.name}: {x.declaration}" for x in self.inputs)
        return GraphError(f"{self.name}: {problem}", how=f"It takes ({shown}).")

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.name}: {x.declaration}" for x in self.inputs)
        outputs = ", ".join(str(o.type) for o in self.outputs)
        return f"<symgrad.Function {self.name}({inputs}) -> {outputs}>"


def _listing(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its results in a list."""
    return lambda *args: list(call(*args))


def _checked(*args: Any) -> Any:
    try:
        return checked._checked(*args)  # type: ignore[no-untyped-call]
    except TypeError as error:
        raise DTypeError(str(error)) from None
    except ValueError as error:
        raise ShapeError(str(error)) from None


def _in_place(*args: Any) -> None:
    try:
        in_place._in_place(*args)  # type: ignore[no-untyped-call]
    except TypeError as error:
        raise DTypeError(str(error)) from None


def _load(source: str, name: str) -> Callable[..., Any]:
    """Execute emitted source; its argument check raises symgrad's errors here."""
    scope: dict[str, Any] = {"__name__": f"emitted.{name}"}
    try:
        for code in _compiled(source):
            exec(code, scope)
    except ModuleNotFoundError as error:
        raise CodegenError(
            f'target "scipy" needs a module that is not installed: {error.name}',
            how='Install it, pip install "symgrad[scipy]", or use target="numpy".',
        ) from None
    scope["_checked"], scope["_in_place"] = _checked, _in_place
    function: Callable[..., Any] = scope[name]
    return function


@lru_cache(maxsize=256)
def _compiled(source: str) -> Sequence[CodeType]:
    file = f"<symgrad {abs(hash(source)):x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return compile_blocks(source, file)


def compile_function(signature: Signature) -> Function:
    """The function of a signature; the one there is, if its graph has compiled the same before."""
    graph = signature.outputs[0].graph
    inputs = None if signature.inputs is None else tuple(signature.inputs)
    asked = tuple(signature.asked or signature.outputs)
    key = (
        signature.name,
        inputs,
        asked,
        asked == tuple(signature.outputs),  # no rule applied, or none needed
        signature.single,
        signature.scipy,
        signature.fast,
        signature.reuse,
        tuple(signature.updated),
        len(graph.named),
        signature.checkpoints,
        signature.limit,
    )
    if key not in graph.compiled:
        plan = schedule(signature.inputs, signature.outputs, signature.updated)
        graph.compiled[key] = Function(economize(signature), plan.inputs)
    found: Function = graph.compiled[key]
    return found


def compile_as_written(inputs: Sequence[Expr], outputs: Sequence[Expr]) -> Callable[..., Any]:
    """A function of the inputs that computes the outputs with no rule applied."""
    return compile_function(Signature("f", inputs, outputs))
