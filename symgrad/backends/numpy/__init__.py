"""The NumPy target: expressions to standalone, readable source, and to functions."""

from .emission import Limit
from .function import Function, compile_as_written, compile_function
from .module import Signature, write_source

__all__ = [
    "Function",
    "Limit",
    "Signature",
    "compile_as_written",
    "compile_function",
    "write_source",
]
