"""Python's operators: which operation each one is, and how tightly it binds."""

from __future__ import annotations

BINARY = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "@": "matmul",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
}
UNARY = {"-": "negative", "~": "invert"}

COMPARISON, UNION, INTERSECTION, SUM, TERM, FACTOR, POWER, PRIMARY = range(8)
"""Levels of the grammar, from loose to tight."""

LEVEL = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARISON),
    "|": UNION,
    "&": INTERSECTION,
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys(("*", "/", "//", "%", "@"), TERM),
    "**": POWER,
}
