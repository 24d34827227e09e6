"""Sets of nodes by their numbers, small enough for graphs of millions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Marks:
    """A set of numbers from 0 on, a byte for each: a set of Python's takes 65 of them.

    Example
    -------
    >>> marks = Marks()
    >>> marks.update([2, 5])
    >>> [number for number in range(8) if number in marks]
    [2, 5]
    """

    def __init__(self) -> None:
        self._bytes = bytearray()

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def __contains__(self, number: Any) -> bool:
        found: bool = number < len(self._bytes) and self._bytes[number] == 1
        return found

    def add(self, number: int) -> None:
        """Mark a number."""
        self._reach(number)
        self._bytes[number] = 1

    def update(self, numbers: Sequence[int]) -> None:
        """Mark numbers."""
        self._reach(max(numbers, default=-1))
        for number in numbers:
            self._bytes[number] = 1

    def _reach(self, number: int) -> None:
        missing = number + 1 - len(self._bytes)
        if missing > 0:
            self._bytes.extend(bytes(missing))
