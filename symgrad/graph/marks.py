"""Sets of nodes by their numbers, small enough for graphs of millions."""

from __future__ import annotations

from collections.abc import Sequence

Bytes = bytes


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

    def add(self, marks: Bytes) -> None:
        """Mark what is 1, at once."""
        both = int.from_bytes(self._bytes, "little") | int.from_bytes(marks, "little")
        self._bytes[:] = both.to_bytes(max(len(self._bytes), len(marks)), "little")

    def missing(self, marks: Bytes) -> Bytes:
        """Those of the marks that are not here."""
        rest = int.from_bytes(marks, "little") & ~int.from_bytes(self._bytes, "little")
        return rest.to_bytes(len(marks), "little")

    def bytes(self, size: int) -> bytearray:
        """A byte for each number below ``size`` at least: 1 where it is marked, to read or set."""
        self._reach(size - 1)
        return self._bytes

    def _reach(self, number: int) -> None:
        missing = number + 1 - len(self._bytes)
        if missing > 0:
            self._bytes.extend(bytes(missing))
