"""Compiled functions: emitted source as functions of Python, with symgrad's own errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import GraphError, LinAlgError, ShapeError, SymgradError, suggest
from ...graph.collection import resting
from ...graph.graph import Expr, Graph, hooks
from ...graph.walk import ancestors
from ...rooms import Room
from ..cost import Cost
from ..schedule import schedule
from .loading import load
from .module import Signature, emit_all, source_of

if TYPE_CHECKING:
    from ..memory import Memory
    from . import accounting
else:
    accounting = Room("symgrad.backends.numpy.accounting")

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

    A pickled function is its source: unpickled it computes the same, in another process too, but
    knows of its graph no more than its inputs. Copies are the function itself, which never changes.
    """

    def __init__(self, signature: Signature) -> None:
        as_list = signature.fast and not signature.single
        source, inputs = _emitted(replace(signature, as_list=as_list))
        listing = not signature.single and not as_list
        self._compile(signature.name, source, inputs, listing)
        self._computed = list(signature.outputs)
        self._updated = list(signature.updated)
        self.outputs = self._computed[: len(self._computed) - len(self._updated)]
        self._signature: Signature | None = replace(signature, inputs=inputs)
        self._types = ", ".join(str(o.type) for o in self.outputs)

    def _compile(self, name: str, source: str, inputs: Sequence[Expr], listing: bool) -> None:
        """Make the source a function that can be called; ``listing``: with results in a list."""
        self.name, self.source, self.inputs = name, source, list(inputs)
        self._names = [str(x.name) for x in inputs]
        call = load(source, name)
        update_wrapper(self, call)  # its name, and its arguments to inspect.signature and help
        self._listing = listing
        self._call = (lambda *args: list(call(*args))) if listing else call

    def __reduce__(self) -> tuple[Any, ...]:
        inputs = [(x.name, x.declaration) for x in self.inputs]
        return _unpickled, (self.name, self.source, inputs, self._types, self._listing)

    def __copy__(self) -> Function:
        return self

    def __deepcopy__(self, memo: object) -> Function:
        return self

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
        written = dict.fromkeys(str(hooks["summary"](n.graph.root(n), 40)) for n in nodes)
        shown = " or ".join(list(written)[:3]) or "this"
        what = f"{self.name}: NumPy can not compute {shown} for the given values"
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
        self._known("cost")
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
        return accounting.memory_of(self._known("memory"), sizes)

    def _known(self, what: str) -> Signature:
        if self._signature is None:
            raise GraphError(
                f"{self.name} has been unpickled, and does not know its {what}",
                how=f"Ask the function that was pickled: {self.name}.{what}().",
            )
        return self._signature

    def _misused(self, problem: str) -> GraphError:
        shown = ", ".join(f"{x.name}: {x.declaration}" for x in self.inputs)
        return GraphError(f"{self.name}: {problem}", how=f"It takes ({shown}).")

    def __repr__(self) -> str:
        inputs = ", ".join(f"{x.name}: {x.declaration}" for x in self.inputs)
        return f"<symgrad.Function {self.name}({inputs}) -> {self._types}>"


def _emitted(signature: Signature) -> tuple[str, list[Expr]]:
    """The source, and the inputs; all else that emission has found out is given up here."""
    functions = emit_all([signature])
    return source_of(functions), functions[0].plan.inputs


def _unpickled(
    name: str, source: str, inputs: Sequence[tuple[str, str]], types: str, listing: bool
) -> Function:
    """The function of emitted code, with inputs that are declared anew."""
    graph, function = Graph(), Function.__new__(Function)
    function._compile(name, source, [graph.input(*declared) for declared in inputs], listing)
    function._computed, function._updated, function.outputs = [], [], []
    function._signature, function._types = None, types
    return function


@resting()
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
        signature.trusted,
        tuple(signature.updated),
        len(graph.named),
        signature.checkpoints,
        signature.limit,
    )
    if key not in graph.compiled:
        frugal = accounting.economize(signature) if signature.frugal else signature
        graph.compiled[key] = Function(frugal)
    found: Function = graph.compiled[key]
    return found


def compile_as_written(inputs: Sequence[Expr], outputs: Sequence[Expr]) -> Callable[..., Any]:
    """A function of the inputs that computes the outputs with no rule applied."""
    return compile_function(Signature("f", inputs, outputs))
