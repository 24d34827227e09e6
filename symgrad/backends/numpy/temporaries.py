"""The arrays that NumPy makes within one operation: in helpers of rows, and in its own code.

They are gone when the operation has its result. Counted are those of the size of operands and
results, as `tracemalloc` finds them where most of them are there at a time; what LAPACK works in is
not NumPy's, and is of the size of one matrix of a batch.
"""

from __future__ import annotations

from ...graph.graph import Expr
from ..account import ELIDED, Sizes, bytes_of, elements_of

_BY_RESULT = {
    (0, 1): "one_hot root_over",
    (1, 0): "parity arccot log_share cos_angle gaussian lorentzian norm_pdf reciprocal_step "
    "gudermannian polynomial softsign versin xlog1py xlogy softmax log_softmax logabsdet "
    "slogdet_sign cofactor solve_triangular var coshm1 square_step bose_einstein csch sech "
    "portion arctan_step pole_sum root_plus",
    (1, 1): "leaky_relu log1p_square log_power dispersion",
    (1, 2): "log_compound reciprocal_difference",
    (2, 0): "sigmoid_slope contrast square_difference cross logdet reciprocal_square_step leg",
    (2, 1): "sqrt_product arcsinc arcsinhc arctanc arctanhc entr exprel log1p_reciprocal log1prel "
    "log1prel_inverse log_product saturation share sinhc spherical_j0 spherical_j0_inverse tanhc "
    "tanc_inverse tanhc_inverse sigmoid_cross_entropy scaled_ratio log1mexp",
    (3, 0): "log_ratio logcosh power_difference over_expm1 sigmoid sinc sqrt_gap_slope",
    (3, 1): "powm1 bernoulli_function dispersion_slope logit parallel sqrt1pm1 sqrt_gap root_less "
    "pole_difference rel_entr",
    (3, 2): "log_cloglog",
    (4, 0): "log_cos_angle cos_difference sin_difference binary_entropy",
    (4, 1): "sigmoid_minus hypot_less root_less_slope sqrt_difference expm1_less "
    "sin_less tan_difference log_powers power_gap",
    (4, 2): "box_cox",
    (5, 1): "compound log1p_difference sin_rest cot_less coth_less exp_difference "
    "exp_step exp_sum versin_angle versin_less over_sinh sinh_less leg_less",
    (6, 0): "sin_sum cos_sum",
    (6, 1): "log1p_less arctan_difference sec_difference softplus_difference",
    (6, 2): "sinhc_inverse sigmoid_difference tan_less tanh_less log_square_difference",
    (7, 0): "erfcx",
    (7, 1): "log_hypot exp_shares sigmoid_sum erfc exp_share",
    (7, 2): "compoundm1 log_sinhc log_less",
    (8, 0): "i0e i1e ive sin_step cos_step tan_step",
    (8, 1): "sigmoid_slope_sum ndtri log_ratio_less",
    (8, 2): "spherical_j0_less",
    (9, 1): "erfcinv polygamma",
    (9, 2): "leg_less_slope",
    (10, 0): "i0 i1 iv",
    (10, 1): "erfinv",
    (10, 2): "divergence",
    (11, 0): "ndtr",
    (11, 1): "erf",
    (12, 2): "erfrel",
    (13, 1): "digamma",
    (14, 1): "log_ndtr",
    (15, 0): "gammaln",
    (17, 1): "gamma",
}
_BY_OPERAND = {
    1: "var std vector_norm solve_triangular reciprocal_sum",
    2: "logsumexp",
    3: "weighted_logsumexp",
}

_REUSING = (  # of which NumPy needs one array less if they are large
    "polynomial square_difference leg contrast sinc sigmoid power_difference "
    "exp_difference tan_difference reciprocal_difference sqrt_difference sinh_less rel_entr "
    "exp_step square_step sin_sum cos_sum sin_step cos_step tan_step "
    "arctan_difference log_cos_angle log_ratio erfcx divergence ndtr log_ndtr gammaln"
)
_SPARING = frozenset(_REUSING.split())

LIKE_RESULT = {op: count for count, ops in _BY_RESULT.items() for op in ops.split()}
"""Arrays like the result, and masks of its elements, a byte each."""

LIKE_OPERAND = {op: count for count, ops in _BY_OPERAND.items() for op in ops.split()}
"""Arrays like the first operand."""


def bytes_within(node: Expr, sizes: Sizes, block: int = 2**62) -> int:
    """Of the arrays that are made within an operation, besides its result.

    Where it is carried out for so many elements at a time, of those of one block.
    """
    arrays, masks = LIKE_RESULT.get(node.op, (0, 0))
    operands = LIKE_OPERAND.get(node.op, 0)
    if not (arrays or masks or operands):
        return 0
    elements = min(block, elements_of(node, sizes))
    result = elements * node.dtype.itemsize
    arrays -= node.op in _SPARING and result >= ELIDED
    arrays += bool(node.params.get("reverse"))  # a scan backward
    inside = arrays * result + masks * elements
    return inside + (operands * bytes_of(node.args[0], sizes) if operands else 0)
