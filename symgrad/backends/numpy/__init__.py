"""The NumPy target: expressions to standalone, readable source, and to functions."""

from .function import Function, compile_as_written, compile_function
from .module import Signature, write_source

__all__ = ["Function", "Signature", "compile_as_written", "compile_function", "write_source"]
