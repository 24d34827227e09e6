"""Emitted source, executed in this process, with symgrad's own errors."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from types import CodeType
from typing import Any

from ...errors import CodegenError, DTypeError, GraphError, ShapeError, SymgradError
from .compiling import compile_blocks
from .emitted import checked, in_place

_CHECKS = "\n\n\ndef _checked("  # behind it only what `load` replaces, and the proof of the file


def load(source: str, name: str) -> Callable[..., Any]:
    """Execute emitted source: a function whose argument checks raise symgrad's errors."""
    scope: dict[str, Any] = {"__name__": f"emitted.{name}"}
    try:
        for code in _compiled(source):
            exec(code, scope)
    except ModuleNotFoundError as error:
        raise CodegenError(
            f'target "scipy" needs a module that is not installed: {error.name}',
            how='Install it, pip install "symgrad[scipy]", or use target="numpy".',
        ) from None
    scope.update(_CHECKED)
    function: Callable[..., Any] = scope[name]
    return function


def _told(check: Callable[..., Any], mismatch: type[SymgradError]) -> Callable[..., Any]:
    """A check of emitted code that raises symgrad's errors."""

    def told(*args: Any) -> Any:
        try:
            return check(*args)
        except TypeError as error:
            raise DTypeError(str(error)) from None
        except ValueError as error:
            raise mismatch(str(error)) from None

    return told


_CHECKED = {
    "_checked": _told(checked._checked, ShapeError),
    "_in_place": _told(in_place._in_place, GraphError),
    "_apart": _told(in_place._apart, GraphError),
}


class _Lines(Sequence[str]):
    """The lines of a source, which are told apart when a traceback asks for one."""

    def __init__(self, source: str) -> None:
        self.source = source

    @cached_property
    def listed(self) -> list[str]:
        """The lines, split when the first of them is asked for."""
        return self.source.splitlines(keepends=True)

    def __len__(self) -> int:
        return len(self.listed)

    def __getitem__(self, place: Any) -> Any:
        return self.listed[place]


@lru_cache(maxsize=256)
def _compiled(source: str) -> Sequence[CodeType]:
    file = f"<symgrad {abs(hash(source)):x}>"
    lines: Any = _Lines(source)
    linecache.cache[file] = (len(source), None, lines, file)
    own, _, _ = source.partition(_CHECKS)
    return compile_blocks(own, file)
