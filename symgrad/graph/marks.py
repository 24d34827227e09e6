"""Sets of nodes by their numbers, small enough for graphs of millions."""

from __future__ import annotations

from collections.abc import Sequence


class Marks:
    """A set of numbers from 0 on, a byte for each: a set of Python's takes 65 of them.

    Example
    -------
    >>> marks = Marks()
    >>> marks.update([2, 5])
    >>> list(marks.bytes(8))
    [0, 0, 1, 0, 0, 1, 0, 0]
    """

    def __init__(self) -> None:
        self._bytes = bytearray()

    def __bool__(self) -> bool:
        return 1 in self._bytes

    def update(self, numbers: Sequence[int]) -> None:
        """Mark numbers."""
        self._reach(max(numbers, default=-1))
        for number in numbers:
            self._bytes[number] = 1

    def bytes(self, size: int) -> bytearray:
        """A byte for each number below ``size`` at least: 1 where it is marked, to read or set."""
        self._reach(size - 1)
        return self._bytes

    def _reach(self, number: int) -> None:
        missing = number + 1 - len(self._bytes)
        if missing > 0:
            self._bytes.extend(bytes(missing))
