"""What users give the public functions, checked, and as the rooms behind them want it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .autodiff import reverse
from .errors import CodegenError, GraphError
from .graph.graph import Expr
from .graph.names import check_name
from .rooms import Room

if TYPE_CHECKING:
    from .backends import numpy as numpy_backend
    from .backends.numpy import Signature
else:
    numpy_backend = Room("symgrad.backends.numpy")


def expressions(outputs: Sequence[object]) -> list[Expr]:
    """The outputs, if they are expressions of one graph."""
    first = next((o for o in outputs if isinstance(o, Expr)), None)
    if first is None:
        got = type(outputs[0]).__name__ if outputs else "an empty list"
        how = "See sg.parse and sg.Graph."
        if outputs and isinstance(outputs[0], list | tuple):
            how = "Give one."
        elif outputs and callable(outputs[0]):
            how = "Of a NumPy function, sg.grad_of makes the gradient and sg.trace an expression."
        raise GraphError(f"an expression is wanted here, not {got}", how=how)
    return [first.graph.own(o) for o in outputs]


def are_many(wrt: object) -> bool:
    """Whether several things to differentiate with respect to are given, or one."""
    return isinstance(wrt, Iterable) and not isinstance(wrt, Expr | str)


def wanted(y: Expr, wrt: Any) -> list[Expr]:
    """What to differentiate with respect to, given one by one or as a sequence, or by name."""
    expressions([y])
    found = [reverse.find(y, x) for x in (wrt if are_many(wrt) else [wrt])]
    reverse.check(y, found)
    return found


def signature(
    name: str,
    inputs: Sequence[Expr] | None,
    outputs: Any,
    updates: Mapping[Any, Expr] | None = None,
) -> Signature:
    """What is to be compiled: a function of inputs, its outputs, and what it overwrites."""
    name, single = check_name(name, "function"), not isinstance(outputs, list | tuple)
    new = _updates(updates or {})
    listed = expressions([*([outputs] if single else outputs), *new.values()])
    if isinstance(inputs, Expr | str):
        raise CodegenError(
            f"the inputs are a list, not {getattr(inputs, 'label', inputs)}",
            how="Write [X, w], or None for all that the outputs need.",
        )
    if inputs is not None:
        inputs = [reverse.find(listed[0], x) for x in inputs]
    updated = [reverse.find(listed[0], x) for x in new]
    for x, value in zip(updated, new.values(), strict=True):
        _check_update(x, value)
    if len({*updated}) < len(updated):
        raise CodegenError(
            "an input is given two new values", how="Name it once, by itself or by its name."
        )
    return numpy_backend.Signature(name, inputs, listed, single, listed, updated=tuple(updated))


def _updates(updates: object) -> dict[Expr | str, Expr]:
    if not isinstance(updates, Mapping) or not all(isinstance(v, Expr) for v in updates.values()):
        raise CodegenError(
            "updates are a mapping from inputs to their new values",
            how="Write updates={W: W - 0.1 * d_W}.",
        )
    return dict(updates)


def _check_update(x: Expr, value: Expr) -> None:
    if x.op != "input":
        raise CodegenError(
            f"{x.label} is computed, and can not be overwritten", how="Update inputs of the graph."
        )
    if (x.shape, x.dtype) != (value.shape, value.dtype):
        raise CodegenError(
            f"the new value of {x.label} is {value.type}",
            how=f"It has to be {x.type}, as what it overwrites; see astype.",
        )


def signature_of(name: str, spec: Any) -> Signature:
    """The signature of a pair of inputs and outputs, or of these and updates."""
    if not isinstance(spec, tuple | list) or len(spec) not in (2, 3):
        raise CodegenError(
            f"{name} is to be a pair of inputs and outputs, not {type(spec).__name__}",
            how=f"What is no option is a function to write: {name}=([X, W], [y]), or with updates "
            f"{name}=([X, W], [y], {{W: new_W}}).",
        )
    return signature(name, *spec)


def check_style(style: str) -> None:
    """Refuse a style that there is not."""
    if style not in ("readable", "fast"):
        raise CodegenError(f"there is no style {style!r}", how='The styles: "readable" and "fast".')


def saving(memory_limit: object, checkpoints: object) -> dict[str, Any]:
    """What a signature says of memory that is to be saved."""
    if memory_limit is None:
        return {"checkpoints": checkpoints}
    if checkpoints is not None:
        raise CodegenError(
            "memory_limit and checkpoints are two ways to say how much is computed again",
            how="Give one of them.",
        )
    given = {**memory_limit} if isinstance(memory_limit, Mapping) else {"bytes": memory_limit}
    number = given.pop("bytes", None)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise CodegenError(
            f"memory_limit is a number of bytes, not {number!r:.40}",
            how='For example memory_limit={"bytes": 2**28, "n": 256}.',
        )
    return {"limit": numpy_backend.Limit(number, tuple(given.items()))}
