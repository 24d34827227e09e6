"""Memory of calls, measured by tracemalloc, which knows NumPy's arrays."""

from __future__ import annotations

import gc
import tracemalloc


def peak(f, values):
    """Bytes at most in a call, in which nothing is collected."""
    gc.disable()
    tracemalloc.start()
    try:
        f(*values)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()
