"""Expressions to functions of NumPy arrays, and to modules that stand alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from .. import checks, files
from ..errors import CodegenError
from ..graph.graph import Expr
from ..graph.separation import apart, rewriting
from ..rooms import Room

if TYPE_CHECKING:
    from pathlib import Path

    from .. import passes
    from ..backends import numpy as numpy_backend
    from ..backends.numpy import Function, Signature, accounting
    from ..backends.numpy.about import Note
else:
    passes = Room("symgrad.passes")
    numpy_backend = Room("symgrad.backends.numpy")
    accounting = Room("symgrad.backends.numpy.accounting")

_Found = TypeVar("_Found")


def function(
    inputs: Sequence[Expr] | None,
    outputs: Expr | Sequence[Expr],
    *,
    target: str = "numpy",
    style: str = "fast",
    name: str | None = None,
    stabilize: bool = True,
    reuse_outputs: bool = False,
    trust_inputs: bool = False,
    updates: Mapping[Any, Expr] | None = None,
    memory_limit: int | Mapping[str, int] | None = None,
    checkpoints: int | str | None = None,
) -> Function:
    """Compile expressions into a function of NumPy arrays.

    It tests dtypes and shapes of its arguments, and no values: declared signs are promises. Results
    of one call may be parts of one array; nothing overwrites them while anybody refers to them.

    Parameters
    ----------
    inputs : sequence of Expr or names, or None
        The arguments; None: all that the outputs need, in the order of declaration.
    outputs : Expr, or a sequence
        One Expr gives a function that returns one array, a sequence one that returns a list.
    target : str
        "numpy", or "scipy": special functions are then calls of `scipy.special`, not helpers.
    style : str
        "fast": the code computes in arrays that it keeps from call to call, and is safe under
        threads; "readable": it is written to be read.
    name : str, optional
        What the emitted function is called.
    stabilize : bool
        False: the nodes exactly as they are, with no rule applied, and as fragile as they are;
        a derivative as written also needs ``grad(..., stabilize=False)``.
    reuse_outputs : bool
        True: the arrays that a call returns are overwritten by the call after the next in the same
        thread, which saves making them; for loops that use a result once, and style "fast" alone.
    trust_inputs : bool
        True: arguments are not checked, which saves a call up to a microsecond. They must be arrays
        of exactly the declared dtypes and shapes: of others the results may be wrong.
    updates : mapping of inputs to Expr
        Arguments that a call overwrites with new values, once it has read them: a whole training
        step with ``{W: W - rate * d_W}``. They have to be writable arrays of their dtype, and no
        two of them, and no two elements of one, may share memory.
    memory_limit : int or mapping, optional
        Bytes that a call may take beside its arguments, ``{"bytes": 2**28, "n": 256}`` with the
        sizes of named dims: to fit, forward values are computed again in the backward pass, matrix
        products only if it has to be. Results differ by rounding at most; `Function.cost` tells
        the price.
    checkpoints : int or "sqrt", optional
        At how many places of the forward pass values are kept, all others being computed again:
        "sqrt" is for deep networks, the root of the number of values that would be kept.

    Returns
    -------
    Function
        Call it with positional or keyword arguments; ``.source`` is the emitted code.

    Raises
    ------
    CodegenError, GraphError
        If the inputs do not suffice.

    Example
    -------
    >>> import symgrad as sg
    >>> x = sg.Graph().input("x", "[n]")
    >>> float(sg.function([x], (x * x).sum())([1, 2, 3]))
    14.0
    """
    checks.check_style(style)
    asked = checks.signature(name or "f", inputs, outputs, updates)
    saving = checks.saving(memory_limit, checkpoints)
    asked = replace(asked, reuse=bool(reuse_outputs), trusted=bool(trust_inputs), **saving)
    if reuse_outputs and style != "fast":
        raise CodegenError(
            "only code of style fast keeps arrays to reuse", how='Leave out style="readable".'
        )
    with apart(asked.outputs):
        return numpy_backend.compile_function(_lean([asked], target, style, stabilize)[0])


def write_module(
    path: str | os.PathLike[str],
    /,
    *,
    title: str | None = None,
    target: str = "numpy",
    style: str = "readable",
    certify: bool = True,
    stabilize: bool = True,
    memory_limit: int | Mapping[str, int] | None = None,
    checkpoints: int | str | None = None,
    **functions: Any,
) -> Path:
    """Write a standalone module, which imports NumPy alone.

    Before it is written, it is run at random points and compared with the formula as written; its
    docstring says how well they agree, and what was rewritten for floating point. Run as a
    program, the file compares its gradients with central differences.

    Parameters
    ----------
    path : path
        The file; written whole or not at all.
    title : str, optional
        First words of the file's docstring, one line.
    target : str
        "numpy", or "scipy": special functions are then calls of `scipy.special`, not helpers.
    style : str
        "readable", or "fast": the code computes in arrays that it keeps from call to call. Fast
        files may import modules of Python's standard library too, such as ``math``.
    certify : bool
        False: write it unchecked.
    stabilize : bool
        False: write the nodes exactly as they are, with no rule applied; see `function`.
    memory_limit, checkpoints
        How memory is saved in each of the functions; see `function`.
    **functions : (inputs, outputs)
        What each emitted function takes and returns: ``forward=([X, W], [y])``; a third entry says
        what it overwrites: ``step=([X, W], [loss], {W: W - 0.1 * d_W})``.

    Raises
    ------
    CodegenError
        If there is nothing to write, the inputs do not suffice, the place can not be written, or
        the code does not compute what was asked for, and where they part.

    Example
    -------
    >>> import symgrad as sg
    >>> import tempfile, os
    >>> x = sg.Graph().input("x", "[n]")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = sg.write_module(os.path.join(folder, "norm.py"), norm2=([x], (x * x).sum()))
    """
    checks.check_style(style)
    if not functions:
        raise CodegenError(
            "there is no function to write",
            how="Give at least one: write_module(path, forward=([X, W], [y])).",
        )
    signatures = [checks.signature_of(n, spec) for n, spec in functions.items()]
    saving = checks.saving(memory_limit, checkpoints)
    noted = [_remembered(_noted, s.outputs) for s in (signatures if stabilize else ())]
    notes = [note for told in noted for note in told]
    with apart([o for s in signatures for o in s.outputs]):
        lean = _lean([replace(s, **saving) for s in signatures], target, style, stabilize)
        lean = [accounting.economize(s) for s in lean]
        source = numpy_backend.write_source(lean, title, notes, certify)
    return files.write_whole(path, source)


def _lean(
    signatures: Sequence[Signature], target: str, style: str, stabilize: bool
) -> list[Signature]:
    """The same functions of simplified outputs, unless they are wanted as they are."""
    if target not in ("numpy", "scipy"):
        raise CodegenError(
            f"there is no target {target!r}", how='The targets are: "numpy" and "scipy".'
        )
    wanted = [replace(s, scipy=target == "scipy", fast=style == "fast") for s in signatures]
    if not stabilize:
        return wanted
    best = passes.planned if style == "fast" else passes.final
    together = tuple([tuple(s.outputs) for s in wanted])
    lean = [replace(s, outputs=_remembered(best, s.outputs, together)) for s in wanted]
    if style != "fast" or not any(s.frugal for s in wanted):
        return lean
    spare = [_remembered(passes.sparing, s.outputs, together) for s in wanted]
    return [replace(s, outputs=o, whole=s.outputs) for s, o in zip(lean, spare, strict=True)]


def _noted(outputs: Sequence[Expr]) -> list[Note]:
    """What the outputs are noted to compute otherwise than it is written, and as what."""
    told = passes.notes(outputs, numpy_backend.compile_as_written)
    return [(n.before, n.after, n.slope) for n in told]


def _remembered(
    best: Callable[[Sequence[Expr]], list[_Found]], outputs: Sequence[Expr], among: object = None
) -> list[_Found]:
    """The outputs rewritten, among others; once, or the graph would grow in each call."""
    known, key = outputs[0].graph.compiled, (best, tuple(outputs), among)
    if key not in known:
        with rewriting(outputs[0].graph):
            known[key] = best(outputs)
    found: list[_Found] = known[key]
    return found
