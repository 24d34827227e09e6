"""The garbage collector while modules are imported."""

from __future__ import annotations

import gc

import pytest

from symgrad.graph.collection import importing, resting


@pytest.fixture(autouse=True)
def thawed():
    """The tests themselves run with all that is imported frozen."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    yield
    if frozen:
        gc.freeze()


def is_old(wanted):
    return any(found is wanted for found in gc.get_objects(generation=2))


@pytest.mark.parametrize(("block", "old"), [(importing, True), (resting, False)])
def test_what_is_imported_is_old_at_once(block, old):
    with block():
        made = [[] for _ in range(10)]
    assert is_old(made) == old
    assert gc.isenabled() and gc.get_freeze_count() == 0


def test_objects_that_somebody_froze_stay_so():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with importing():
            made = [[]]
        assert gc.get_freeze_count() == frozen > 0
        assert not is_old(made)
    finally:
        gc.unfreeze()
