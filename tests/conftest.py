"""Random examples are the same in every run, so that a failure means a change, not bad luck.

To hunt with fresh ones: HYPOTHESIS_PROFILE=explore make test
"""

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
