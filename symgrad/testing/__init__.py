"""Check derivatives against numerical differentiation, in float64.

A gradient that a compiler derives and a slope that is measured share nothing but the function, so
their agreement is evidence. (Deep Learning, section 11.6: compare back-propagated derivatives to
numerical derivatives.)
"""

from .checks import check_grad, compare
from .comparison import CENTRAL, COMPLEX, TOLERANCES, Comparison

__all__ = ["CENTRAL", "COMPLEX", "TOLERANCES", "Comparison", "check_grad", "compare"]
