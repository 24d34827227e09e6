"""Joining the dtypes of a call's operands: casts where NumPy alone would join them otherwise."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError
from ..graph.graph import Expr, operations
from ..graph.types import FLOAT64, Type, promote
from .literals import python_number

REST = range(1, sys.maxsize)
"""All operands but the first, as many as there are."""


def join(nodes: list[Expr], apart: Container[int], floating: bool, arithmetic: bool) -> list[Type]:
    """The operands' types; operands whose dtype NumPy would join otherwise are cast, in place.

    Parameters
    ----------
    nodes : list of Expr
        The operands; those that are cast are replaced.
    apart, floating, arithmetic
        The row's columns of these names, see `symgrad.ops.op.op`.
    """
    types = [n.type for n in nodes]
    joined = [t for i, t in enumerate(types) if i not in apart] if apart else types
    if not joined or _is_one(joined, floating):
        return types
    dtype, weak = promote(*((t.dtype, t.weak) for t in joined))
    if floating and dtype.kind != "f":
        dtype = FLOAT64
    for i, t in enumerate(types):
        if i not in apart and _needs_cast(t, dtype, weak, floating, arithmetic):
            nodes[i] = _cast(nodes[i], dtype, weak)
            types[i] = nodes[i].type
    return types


def _is_one(types: Sequence[Type], floating: bool) -> bool:
    """Whether all have one dtype, which is floating where that is wanted."""
    dtype = types[0].dtype
    for t in types:
        if t.dtype is not dtype:
            return False
    return not floating or dtype.kind == "f"


def _needs_cast(
    t: Type, dtype: np.dtype[Any], weak: bool, floating: bool, arithmetic: bool
) -> bool:
    """Whether NumPy, left alone, would join this operand to another dtype than ours."""
    if t.dtype == dtype:
        return False
    if floating and not arithmetic:
        return True
    if t.python:
        return False
    if t.dtype.kind == "b":
        return floating
    if t.weak and not weak:
        return True
    return t.dtype.kind == "i" and dtype.itemsize == 4


def _cast(node: Expr, dtype: np.dtype[Any], weak: bool) -> Expr:
    """The node in another dtype; what is made of Python numbers alone stays so."""
    if not weak:
        return operations["astype"](node, dtype)
    if node.value is not None:
        return node.graph.constant(float(node.value))
    return node if node.type.python else operations["multiply"](node, 1.0)


def check_range(nodes: Sequence[Expr]) -> None:
    """Refuse Python integers beyond int32 beside int32, as NumPy does when the code runs.

    Raises
    ------
    DTypeError
        If there is one.
    """
    for n in nodes:
        if (value := python_number(n)) is not None and not -(2**31) <= value < 2**31:
            raise DTypeError(
                f"{value} does not fit into int32", how="Convert the other: .astype('int64')."
            )
