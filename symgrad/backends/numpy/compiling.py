"""Python's compiler, on emitted source of any length."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

LONGEST = 100  # lines that are compiled at once, 4 KiB of syntax tree each; functions are whole
_FUNCTION = "\n\n\ndef "  # as black puts them at module level


def compile_blocks(source: str, file: str, longest: int = LONGEST) -> list[CodeType]:
    """The code of a module, to be executed one after the other.

    A long module is compiled a few functions at a time, so that memory does not grow with it, nor
    the time for a line.

    Example
    -------
    >>> scope = {}
    >>> blocks = compile_blocks("a = 1\\n\\n\\ndef f():\\n    return a\\n", "<f>", longest=2)
    >>> for code in blocks:
    ...     exec(code, scope)
    >>> len(blocks), scope["f"](), scope["f"].__code__.co_firstlineno
    (2, 1, 4)
    """
    return [_moved(compile(text, file, "exec"), above) for above, text in _blocks(source, longest)]


def _blocks(source: str, longest: int) -> Iterator[tuple[int, str]]:
    """Functions in groups, and how many lines are above each group."""
    above, count, group = 0, 0, list[str]()
    first, *rest = source.split(_FUNCTION)
    for text in [first, *(_FUNCTION + text for text in rest)]:
        lines = text.count("\n")
        if group and count + lines > longest:
            yield above, "".join(group)
            above, count, group = above + count, 0, []
        group.append(text)
        count += lines
    yield above, "".join(group)


def _moved(code: CodeType, lines: int) -> CodeType:
    """The same code, further down in its file."""
    if not lines:
        return code
    inner = tuple(_moved(c, lines) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=inner)
