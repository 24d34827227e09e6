"""The error of a part of SymPy's that no operation is for, and what helps."""

from __future__ import annotations

from typing import Any

from ..errors import GraphError

_REAL = "symgrad computes with real numbers."
_DO = "Carry it out first: expr.doit()."
_REMEDIES = {
    "ImaginaryUnit": _REAL,
    "ComplexInfinity": _REAL,
    **dict.fromkeys(
        ["re", "im", "arg", "conjugate"], f"{_REAL} Say so to SymPy: Symbol('x', real=True)."
    ),
    **dict.fromkeys(["Integral", "Sum", "Product", "Limit", "Subs"], _DO),
    "Derivative": f"{_DO} Or differentiate with sg.grad.",
    "AppliedUndef": "Define it first: expr.replace(f, lambda x: ...).",
    "Indexed": 'Use a MatrixSymbol, or a Symbol whose spec is an array: {"a": "[n]"}.',
    "Poly": "Use its expression: poly.as_expr().",
}
_REWRITE = "Rewrite it with operations that symgrad has; symgrad.ops.registry lists them."


def refusal(node: Any, how: str | None = None) -> GraphError:
    """The error of a part that there is no operation for."""
    names = [base.__name__ for base in type(node).__mro__]
    kind = "undefined function" if "AppliedUndef" in names else names[0]
    remedy = next((_REMEDIES[name] for name in names if name in _REMEDIES), _REWRITE)
    return GraphError(
        f"symgrad has no operation for SymPy's {kind}{_shown(node)}", how=how or remedy
    )


def _shown(node: Any) -> str:
    """The text of a small expression; SymPy would take a large one apart by recursion."""
    stack, count = [node], 0
    while stack and count < 30:
        stack.extend(getattr(stack.pop(), "args", ()))
        count += 1
    return "" if stack else f": {str(node)[:60]}"
