"""Symbol-to-symbol differentiation: expressions in, plain NumPy code for value and gradient out.

Every operation of the registry is a function of this package: ``symgrad.relu(x)``,
``symgrad.softmax(z, axis=-1)``; names and keywords are NumPy's where NumPy has the operation.
"""

from importlib import import_module
from typing import Any

from .graph.collection import importing

with importing():
    from . import ops
    from .api.compilation import function, write_module
    from .api.differentiation import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from .api.inspection import explain, render, simplify, to_latex, to_sympy
    from .api.reading import from_sympy, parse, trace
    from .api.transformations import custom_vjp, vmap
    from .errors import (
        CodegenError,
        DifferentiationError,
        DTypeError,
        GradientError,
        GraphError,
        LinAlgError,
        ParseError,
        RenderError,
        ShapeError,
        SymgradError,
    )
    from .graph import Dim, Expr, Graph
    from .graph.graph import operations as _operations
    from .version import __version__

__all__ = [
    "CodegenError",
    "DTypeError",
    "Derivation",
    "DifferentiationError",
    "Dim",
    "Expr",
    "Function",
    "GradientError",
    "Graph",
    "GraphError",
    "LinAlgError",
    "ParseError",
    "RenderError",
    "ShapeError",
    "SymgradError",
    "__version__",
    "check_grad",
    "custom_vjp",
    "derive",
    "explain",
    "from_sympy",
    "function",
    "grad",
    "grad_of",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "nn",
    "ops",
    "parse",
    "render",
    "same",
    "simplify",
    "to_latex",
    "to_sympy",
    "trace",
    "value_and_grad",
    "vjp",
    "vmap",
    "write_module",
]

_HOMES = {  # of what is imported when it is asked for
    "Derivation": ".derivation",
    "Function": ".backends.numpy",
    "check_grad": ".testing",
    "derive": ".derivation",
    "grad_of": ".gradients",
    "same": ".sameness",
}


def __getattr__(name: str) -> Any:
    if name in _operations:
        return globals().setdefault(name, _operations[name])  # found at once from now on
    if name == "nn":
        return import_module(".nn", __name__)
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module 'symgrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_operations})
