"""What nodes are known by: those of equal keys are one node."""

from __future__ import annotations

from typing import Any

import numpy as np

from .expression import Expr
from .types import Type


def key_of(node: Expr) -> object:
    """What a node is known by."""
    if not node.params:
        return node.args
    if node.value is not None:
        return bits_of(node.value, node.type)
    return (node.args, *node.params.items())


def bits_of(array: np.ndarray[Any, Any], type_: Type) -> object:
    """What a constant is known by: 0.0 and -0.0 differ, and nan equals itself."""
    return type_, array.tobytes()
