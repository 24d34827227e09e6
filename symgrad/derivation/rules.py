"""The rules of differentiation in words: a sentence for every operation."""

from __future__ import annotations

from ..ops.batching import elementwise
from ..ops.op import registry

_RULES = {
    "add": "a sum passes its cotangent on to every term",
    "subtract": "a difference passes its cotangent on, with a minus to what is subtracted",
    "negative": "the sign changes",
    "multiply": "each factor gets the cotangent times the other factor",
    "divide": "of a / b, a gets G / b and b gets −G (a / b) / b",
    "power": "the exponent comes down, and the power falls by one",
    "square": "twice the operand",
    "matmul": "of a product A B, A gets G Bᵀ and B gets Aᵀ G",
    "outer": "of a bᵀ, a gets G b and b gets Gᵀ a",
    "sum": "every term gets the cotangent of the sum",
    "mean": "every term gets an equal share of the cotangent of the mean",
    "max": "the largest element gets the cotangent",
    "min": "the smallest element gets the cotangent",
    "relu": "the cotangent passes where the operand is positive, and nothing passes elsewhere",
    "sigmoid": "the slope is h (1 - h), from the value h itself",
    "tanh": "the slope is 1 - h², from the value h itself",
    "softplus": "the slope is the logistic sigmoid",
    "softmax": "p ⊙ (G - the sum of G ⊙ p), for every distribution p",
    "log_softmax": "the cotangent less its sum, shared out by softmax",
    "logsumexp": "the cotangent is shared out by softmax",
    "exp": "the slope is the value itself",
    "log": "the slope is one over the operand",
    "sqrt": "the slope is one over twice the value",
    "sin": "the slope is the cosine",
    "cos": "the slope is minus the sine",
    "absolute": "the slope is the sign",
    "where": "each branch gets the cotangent where it is taken",
    "maximum": "the larger operand gets the cotangent",
    "minimum": "the smaller operand gets the cotangent",
    "transpose": "the cotangent is transposed back",
    "reshape": "the cotangent is reshaped back",
    "getitem": "the chosen elements get the cotangent, the others 0",
    "concatenate": "each part gets its part of the cotangent",
    "stack": "each entry gets its entry of the cotangent",
    "broadcasting": "what is repeated along an axis gets the sum along it",
    "custom": "a rule of the user's own",
}


def rule_of(name: str) -> str:
    """The rule in a sentence without a period.

    Example
    -------
    >>> rule_of("exp"), rule_of("arctan")
    ('the slope is the value itself', 'the cotangent times the slope of: Inverse tangent')
    """
    if name in _RULES:
        return _RULES[name]
    row = registry[name]
    sentence = row.doc.strip().splitlines()[0].removesuffix(".")
    what = "slope of" if row.batch is elementwise else "transposed Jacobian of"
    return f"the cotangent times the {what}: {sentence}"
