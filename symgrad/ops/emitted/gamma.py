"""The gamma function, its logarithm, and the derivatives of that.

The coefficients are expansions in Chebyshev polynomials, computed at 40 digits.
"""

import numpy as np


def gammaln(x):
    """Logarithm of the absolute value of the gamma function, accurate near its zeros."""
    x = np.maximum(x, -1e30)
    y = np.where(x < 1, 1 + np.abs(x), x)
    z = np.minimum(np.where(x < 1, np.abs(x) - 1, x - 2), 0.75)  # y - 2, up to 2.75
    t = (60 / (z + 3) - 23) / 7
    near = np.zeros_like(t)
    for c in (
        2.8947712620501476e-12,
        -1.0277228042101514e-11,
        2.584025019826092e-11,
        -9.368029930918975e-11,
        4.029578268759675e-10,
        -1.4010600539578398e-09,
        6.177250983326468e-09,
        -1.9704736318409964e-08,
        1.0525836780622163e-07,
        -2.7249770062934734e-07,
        2.083280430632663e-06,
        -3.279122431691228e-06,
        5.094663195235208e-05,
        -1.2142274448256862e-05,
        0.0016765280600740534,
        0.0016886763771542946,
        0.1058440037862598,
        0.4679690300026846,
    ):
        near *= t
        near += c
    far = np.maximum(y, 2.75)
    square = np.square(2.75 / far)
    rest = np.zeros_like(square)
    for c in (
        1.037428690883384e-10,
        -7.840226890462493e-10,
        2.7979031727248966e-09,
        -6.471740544129545e-09,
        1.1569208932693043e-08,
        -1.8876776066909888e-08,
        3.369094391106938e-08,
        -7.740365188487733e-08,
        2.573331187319502e-07,
        -1.3762399307406884e-06,
        1.3877098721129349e-05,
        -0.000367309458217619,
        0.08333333333333333,
    ):
        rest *= square
        rest += c
    stirling = (far - 0.5) * (np.log(far) - 1) + 0.4189385332046728 + rest / far
    value = np.where(y < 2.75, z * (z + 1) * near, stirling)
    # gamma(x) = gamma(1 + x) / x, and below 0 the reflection with sin(pi * x).
    low = np.minimum(x, 0)
    turn = np.where(x < 0, low - np.rint(low), 0.5)
    factor = np.where(x < 0, np.abs(np.sin(np.pi * turn)) / np.pi, np.minimum(x, 1))
    return np.where(x < 0, -value, value) - np.log(factor)


def digamma(x):
    """Derivative of gammaln, accurate near its positive zero; nan at the negative poles."""
    y = np.where(x < 1, 1 + np.abs(x), x)
    z = np.minimum(y, 2.75)
    t = (60 / (z + 1) - 23) / 7
    near = np.zeros_like(t)
    for c in (
        3.670446614769996e-12,
        -7.310264523750954e-12,
        4.223219028355121e-11,
        -1.8784994772624138e-11,
        8.517584056103816e-10,
        7.625626317694514e-10,
        1.8408127625621343e-08,
        4.1189036454419e-08,
        4.4090884980217747e-07,
        1.4244760634896172e-06,
        1.1301439843414776e-05,
        4.351432229784957e-05,
        0.0003028407529980757,
        0.0012535758714375604,
        0.00842722145859197,
        0.03402394249023064,
        0.29864265008703833,
        0.9076731644647618,
    ):
        near *= t
        near += c
    distance = z - 1.4616321325302124 - 1.2438149938918909e-08 - 4.341643069426249e-25
    near = near * distance  # from the zero, which is given in three parts
    far = np.maximum(y, 2.75)
    square = np.square(2.75 / far)
    rest = np.zeros_like(square)
    for c in (
        -1.325096445153077e-09,
        1.0424875341035193e-08,
        -3.829977780876932e-08,
        8.89190662019569e-08,
        -1.514636911217159e-07,
        2.144819665815782e-07,
        -2.9057468672983063e-07,
        4.400155338218773e-07,
        -8.517901226584003e-07,
        2.3160324726684902e-06,
        -9.633681032841128e-06,
        6.938549360678109e-05,
        -0.0011019283746516657,
        0.08333333333333333,
    ):
        rest *= square
        rest += c
    value = np.where(y < 2.75, near, np.log(far) - (0.5 + rest / far) / far)
    # digamma(x) = digamma(1 + x) - 1 / x, and below 0 the reflection with tan(pi * x).
    low = np.minimum(x, 0)
    turn = np.where(x < 0, low - np.rint(low), 0.25)
    tangent = np.tan(np.pi * np.where(turn == 0, np.nan, turn)) / np.pi
    return value - 1 / np.where(x < 0, tangent, np.where(x < 1, x, np.inf))


def polygamma(x, n):
    """Derivative of order n >= 1 of digamma: sums of 1 / (x + k)**(n + 1).

    Ten terms, and the Euler-Maclaurin formula for the rest (DLMF 25.11.28 and 25.11.12).
    """
    y = np.where(x < 0, 1 - x, x)
    total = 0.0
    with np.errstate(over="ignore"):
        for k in range(10):
            total = total + np.power(y + k, -1.0 - n)
    w = y + 10
    term = np.power(w, -float(n))
    total = total + term / n + term / w / 2
    term = term * (n + 1) / w / w
    for k, c in enumerate(
        (
            0.08333333333333333,
            -0.001388888888888889,
            3.306878306878307e-05,
            -8.267195767195768e-07,
            2.08767569878681e-08,
            -5.284190138687493e-10,
            1.3382536530684679e-11,
            -3.3896802963225827e-13,
            8.586062056277845e-15,
            -2.174868698558062e-16,
            5.5090028283602295e-18,
            -1.3954464685812522e-19,
        )
    ):
        total = total + c * term
        term = term * ((n + 2 * k + 2) * (n + 2 * k + 3)) / w / w
    # Below 0 the reflection: derivatives of pi / tan(pi * x), polynomials of the cotangent.
    low = np.minimum(x, 0)
    turn = np.where(x < 0, low - np.rint(low), 0.25)
    with np.errstate(divide="ignore"):
        cotangent = 1 / np.tan(np.pi * turn)
    factorial, powers = 1.0, [np.pi ** (n + 1), 0.0]
    for k in range(n):
        factorial *= k + 1
        powers = np.polymul(np.polyder(powers), [-1.0, 0.0, -1.0]).tolist()
    reflected = powers[0]
    for c in powers[1:]:
        reflected = reflected * cotangent + c
    total = factorial * total
    return np.where(x < 0, -total - reflected, total if n % 2 else -total)


def gamma(x):
    """Gamma function: a polynomial on [1, 2] with products up to 10, else Stirling's series."""
    x = np.maximum(x, -1e30)
    a = np.abs(x)
    y = np.where(a < 1, 1 + a, a)
    steps = np.floor(np.minimum(y, 10) - 1)
    start = np.minimum(y, 10) - steps
    t = 2 * start - 3
    near = np.zeros_like(t)
    for c in (
        4.265918684193356e-11,
        -1.2431754529047764e-10,
        1.2766019342198785e-10,
        -4.0310018263820055e-10,
        1.8224856202885499e-09,
        -5.41944370647892e-09,
        1.5383437137601306e-08,
        -4.620923388173185e-08,
        1.393836052045693e-07,
        -4.17965252905206e-07,
        1.2528146115226586e-06,
        -3.75493051598019e-06,
        1.1252464319176403e-05,
        -3.363759801199556e-05,
        0.00010092814881772948,
        -0.0002968901194302888,
        0.0009157859972898092,
        -0.0024225953845462196,
        0.009040334940280947,
        -0.01341185057058972,
        0.10370336342207546,
        0.01616919872444243,
        0.886226925452758,
    ):
        near *= t
        near += c
    for k in range(9):
        near *= np.where(k < steps, start + k, 1)
    far = np.clip(y, 10, 200)
    square = np.square(1 / far)
    rest = np.zeros_like(square)
    for c in (
        -0.0019175269175269176,
        0.0008417508417508417,
        -0.0005952380952380953,
        0.0007936507936507937,
        -0.002777777777777778,
        0.08333333333333333,
    ):
        rest *= square
        rest += c
    with np.errstate(over="ignore"):
        root = np.power(far, far / 2 - 0.25) * np.exp(-far / 2)
        far = 2.5066282746310002 * np.exp(rest / far) * root * root
    value = np.where(y < 10, near, far)
    # gamma(x) = gamma(1 + x) / x, and below 0 the reflection with sin(pi * x).
    whole = np.rint(np.where(x < 0, x, 0))
    turn = np.where(x == whole, np.nan, x - whole)
    sine = (1 - 2 * (whole % 2)) * np.sin(np.pi * np.where(x < 0, turn, 0.5))
    reflected = np.pi / sine / value / np.maximum(a, 1)
    return np.where(x < 0, reflected, value / np.where(a < 1, x, 1))
