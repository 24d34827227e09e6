"""The registry of operations, and `op`, which enters one: a row of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph.graph import Expr, operations
from ..graph.types import Type
from . import typing as t
from .batching import elementwise
from .counts import Count
from .emitted import Source
from .operation import BatchRule, Case, Op, Rule, case
from .signatures import Signature, read_signature

__all__ = ["BatchRule", "Case", "Op", "Rule", "case", "op", "rebuilt", "registry"]

registry: dict[str, Op] = {}
"""Every op by its one name, in the order of definition."""

# In these domains value and derivatives are finite here.
_SAFE = {
    **{"positive": 1.0, "nonzero": 1.0, "unit": 0.0, "above_one": 2.0},
    **{"probability": 0.5, "below_two": 1.0, "gamma": 2.0},
}


_PLAIN = "sqrt|hypot|abs|sign|floor|ceil|nint|min|max|mpf|bool|isnan|isinf|isfinite"
_CALLS = re.compile(rf"\b(?!(?:{_PLAIN})\b)[a-z]\w*\(|\*\* ?[a-z(]")
"""A function beyond arithmetic and roots, or a power that is none of a number."""


def op(
    signature: str,
    doc: str,
    *,
    type: Callable[..., Type] | None = None,
    numpy: str | Callable[..., str] | None = None,
    call: Callable[..., Expr] | None = None,
    batch: BatchRule = elementwise,
    vjp: Sequence[Rule | None] | Rule | None = None,
    prepare: Callable[..., dict[str, Any]] | None = None,
    constant_derivative: bool = False,
    lazy: bool | str | None = None,
    floating: bool | None = None,
    apart: Container[int] = (),
    arithmetic: bool = False,
    view: bool = False,
    flops: Count | None = None,
    transcendentals: Count | None = None,
    picks: bool = False,
    mirror: str | None = None,
    infix: str | None = None,
    verb: str | None = None,
    helper: str | Source | None = None,
    scipy: str | None = None,
    latex: str | Callable[..., str] | None = None,
    role: str = "t",
    safe: Sequence[float | None] | Callable[[Expr], Sequence[float | None]] | None = None,
    selects: Sequence[Callable[..., Expr] | None] = (),
    meaning: str | Callable[..., Any] | None = None,
    domain: str | Sequence[str] = "reals",
    cases: Sequence[Case] = (),
    extremes: Mapping[float, float] | None = None,
    kinks: str | None = None,
    aliases: Sequence[str] = (),
) -> Op:
    """Define an operation and enter it in the registry: one row.

    Parameters
    ----------
    signature : str
        ``"name(operands; parameters)"``. The last operand may be a list: ``[xs]``. Parameters may
        have defaults.
    doc : str
        One sentence, with a reference.
    type : function
        ``type(*operand_types, **params)``: the node's Type, or raises with a bare reason, which is
        completed with the user's names. Rows without one make no nodes of their own: their `call`
        writes them with other rows.
    numpy : str or function
        The NumPy text: ``{x}`` stands for an operand, ``{*}`` for the parameters that differ from
        their defaults; or ``numpy(node, *operand_texts)``. By default a call of the helper, or of
        NumPy's function of the row's name.
    batch : function, optional
        The node of operands with a leading batch axis; see `symgrad.ops.batching`.
    vjp : sequence of functions, or one function
        Per operand ``rule(g, y, *operands, **params)``: the cotangent of the operand, from that of
        the output; None where it is 0. One function for lists of operands: ``rule(i, g, y,
        **params)``, which finds them in ``y.args``. Rules neither broadcast nor accumulate: the
        engine fits each cotangent.
    call : function, optional
        ``call(op, *args, **params)`` takes over a call that is written unlike the signature, and
        ends in ``op.append_node(*operands, **params)``.
    prepare : function, optional
        ``prepare(*operand_types, **params)``: the parameters in canonical, hashable form.
    constant_derivative : bool
        The derivative is zero by mathematics wherever it exists (sign, floor).
    lazy : bool or "operand"
        The rules are right for a cotangent that is only broadcastable to the output's shape, and
        so are their results: to the output's shape, or to the operand's. By default those of
        elementwise rows are.
    floating : bool
        Integers and bools among the operands become floats; by default where the type rule is
        `symgrad.ops.typing.floating` or `symgrad.ops.typing.averaged`.
    apart : container of int
        Numbers of operands that take no part in joining dtypes (conditions, labels, exponents).
    arithmetic : bool
        On Python numbers it emits a Python number.
    view : bool
        NumPy may return a view of the operand.
    flops : int or function of the node
        Operations for each element of the result, or in all; see `symgrad.ops.counts`. By default
        1 of elementwise rows, 0 of views.
    transcendentals : int or function of the node
        How many of these are calls of functions beyond arithmetic and roots. By default 1 of
        elementwise rows whose meaning calls one, else 0.
    picks : bool
        Of the first operand only as many elements are read as the result has.
    mirror : str, optional
        The operation that gives the same, to the last bit, with the operands the other way around:
        it is one node with this, as it was first written.
    infix : str, optional
        Python's operator.
    verb : str, optional
        For messages: ``"add {0} and {1}"``.
    helper : str or Source, optional
        Source of a NumPy function that the text calls; emitted into the file, with the helpers of
        other rows that it calls.
    scipy : str, optional
        The function of `scipy.special` that is called instead, where the user allows SciPy.
    latex : str or function
        ``{x}`` as in ``numpy``. By default a function of the row's name; "" says that it is
        written as its meaning is.
    role : str
        Stem of temporaries' names in emitted code.
    safe : sequence, or a function of the node
        For each operand a value at which value and derivatives are finite; None if all are. By
        default what the domain says.
    selects : sequence of functions
        For each operand ``rule(*operands, **params)``: where the derivative is passed on to it.
    meaning : str or function
        The test oracle: an expression for mpmath (elementwise ops), or a NumPy function; by
        default, of rows with cases, NumPy's of the row's name.
    domain : str or sequence of str
        Where tests sample the operands: ``SAMPLERS`` in tests/oracles.py has the names.
    cases : sequence of Case
        Sample calls; elementwise ops need none.
    extremes : mapping
        Exact values at extreme points.
    kinks : str, optional
        What the derivative is, by declaration, where it does not exist.
    aliases : sequence of str
        Other names.
    """
    columns = {**locals()}
    arguments = columns["arguments"] = read_signature(signature)
    columns.update(zip(arguments._fields, arguments, strict=True))
    columns["domain"] = (domain,) if isinstance(domain, str) else tuple(domain)
    columns["cases"] = tuple(cases)
    if flops is None and (view or batch is elementwise):
        columns["flops"] = int(not view)
    if transcendentals is None:
        has_calls = type is not None and isinstance(meaning, str) and _CALLS.search(meaning)
        columns["transcendentals"] = 1 if has_calls else 0
    if type is None:
        columns.update(type=t.elementwise, numpy="")
    elif numpy is None:
        columns["numpy"] = _call_of(arguments, "" if helper else "np.")
    if lazy is None:
        columns["lazy"] = batch is elementwise
    if floating is None:
        columns["floating"] = type in (t.floating, t.averaged)
    if latex is None:
        columns["latex"] = _function_of(arguments)
    if meaning is None and cases:
        columns["meaning"] = getattr(np, arguments.name, None)
    if safe is None:
        columns["safe"] = tuple(map(_SAFE.get, columns["domain"]))
    columns["extremes"] = dict(extremes or {})
    columns["typed"] = {}
    columns["aliases"] = tuple(aliases)
    self = str.__new__(Op, arguments.name)
    self.__dict__.update(columns)
    for key in (arguments.name, *aliases):
        if key in operations:
            raise ValueError(f"two operations are called {key}")
        operations[key] = self
    registry[arguments.name] = self
    return self


def rebuilt(node: Expr, args: Iterable[Expr]) -> Expr:
    """The operation of a node, with the same parameters, of other operands."""
    return registry[node.op].build(node.graph, list(args), dict(node.params))


def _call_of(arguments: Signature, module: str) -> str:
    """The text of a call of a function of the same name, NumPy's or a helper."""
    operands = ", ".join(f"{{{x}}}" for x in arguments.operands)
    return f"{module}{arguments.name}({operands}{'{*}' if arguments.defaults else ''})"


def _function_of(arguments: Signature) -> str:
    """LaTeX of a function that has no sign of its own: its name upright, before its operands."""
    name, operands = arguments.name.replace("_", ""), (f"{{{x}}}" for x in arguments.operands)
    return rf"\operatorname{{{{{name}}}}}\left({', '.join(operands)}\right)"
