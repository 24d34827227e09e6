"""The NumPy target: expressions to standalone, readable source, and to functions."""

from .function import Function, compile_function
from .module import Signature, write_source

__all__ = ["Function", "Signature", "compile_function", "write_source"]
