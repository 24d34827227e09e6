"""Random examples are the same in every run, so that a failure means a change, not bad luck.

To hunt with fresh ones: HYPOTHESIS_PROFILE=explore make test
"""

import gc
import os

from hypothesis import settings

# gmpy2 is for mpmath, the oracle: SymPy computes as for users, most of whom do not have it.
os.environ.setdefault("SYMPY_GROUND_TYPES", "python")

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_collection_finish() -> None:
    """Keep the garbage collector from visiting the thousands of tests again and again.

    What has been collected stays to the end; what tests leave behind is looked for less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
