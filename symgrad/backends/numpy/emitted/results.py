import sys as _sys

import numpy as np


def _results(sets):
    """Return arrays for results: an earlier call's, if nobody has those any more."""
    for kept in sets:
        if max(map(_references, kept)) <= _NOBODY:
            break
    else:
        kept = [*map(np.empty_like, sets[0])]
        sets[:] = [kept, sets[0]]
    return map(np.ndarray.view, kept)


# References are not counted everywhere; where they are not, no result is ever free.
_references = getattr(_sys, "getrefcount", id)
_NOBODY = max(map(_references, [object()])) if _references is not id else 0
