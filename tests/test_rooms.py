"""Modules that are imported when they are first used."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from symgrad.rooms import Room

if TYPE_CHECKING:
    from types import ModuleType

THREADS = """
import threading
import symgrad as sg
barrier, failed = threading.Barrier(8), []
threading.excepthook = lambda what: failed.append(what.exc_value)

def first_gradient():
    x = sg.Graph().input("x")
    y = sg.tanh(x) * x
    barrier.wait()
    assert abs(sg.function([x], sg.grad(y, x))(0.0)) == 0

threads = [threading.Thread(target=first_gradient) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
import gc
print(len(failed), *failed[:1], gc.isenabled())
"""


def test_a_room_is_the_module() -> None:
    room: ModuleType = Room("symgrad.lang.latex")  # type: ignore[assignment]
    from symgrad.lang import latex

    assert room.to_latex is latex.to_latex
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = room.nothing


def test_the_collector_is_as_before() -> None:
    assert gc.isenabled()
    Room("stringprep").in_table_a1
    assert gc.isenabled()
    gc.disable()
    try:
        Room("colorsys").rgb_to_hsv
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_threads_that_are_the_first() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True)
    assert done.stdout.strip() == "0 True", done.stdout + done.stderr
