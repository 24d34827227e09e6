"""Sets of node numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from symgrad.graph.marks import Marks

NUMBERS = st.lists(st.integers(0, 60))


@given(st.lists(st.one_of(NUMBERS, st.integers(0, 60))))
def test_marks_are_a_set(steps):
    marks, wanted = Marks(), set[int]()
    for step in steps:
        if isinstance(step, int):
            marks.bytes(step + 1)[step] = 1
            wanted.add(step)
        else:
            marks.update(step)
            wanted.update(step)
        assert [i for i in range(70) if marks.bytes(70)[i]] == sorted(wanted)
        assert bool(marks) == bool(wanted)
