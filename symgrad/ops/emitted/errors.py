"""Error functions and the normal distribution."""

import numpy as np


def gaussian(x):
    """exp(-x**2); it is 0 long before the square overflows."""
    return np.exp(-np.square(np.clip(x, -40, 40)))


def norm_pdf(x):
    """exp(-x**2 / 2) / sqrt(2 * pi); it is 0 long before the square overflows."""
    return np.exp(-np.square(np.clip(x, -40, 40)) / 2) / 2.5066282746310007


def erf(x):
    """Error function: an odd polynomial near 0, else 1 - erfc."""
    a = np.abs(x)
    square = np.square(np.minimum(a, 0.7))
    near = np.zeros_like(square)
    for c in (
        1.1801680871864897e-08,
        -1.602315136260448e-07,
        1.6439582732072647e-06,
        -1.4924722967478408e-05,
        0.00012055308361887965,
        -0.000854832660274704,
        0.005223977620954202,
        -0.026866170644851698,
        0.11283791670954232,
        -0.3761263890318374,
        1.1283791670955126,
    ):
        near *= square
        near += c
    far = 1 - erfc(np.maximum(a, 0.7))
    return np.where(a < 0.7, x * near, np.copysign(far, x))


def erfc(x, scaled=False):
    """1 - erf(x), or exp(x**2) times that, without cancellation.

    On the positive axis (1 + 2 * x) * exp(x**2) * erfc(x) is a polynomial of one variable
    between -1 and 1 (Shepherd and Laframboise, Mathematics of Computation 36, 1981).
    """
    a = np.abs(x)
    t = 1 - 7.5 / (a + 3.75)
    s = np.zeros_like(t)
    for c in (
        4.2514714447963895e-10,
        3.1114333809799254e-10,
        -5.1739902140113095e-09,
        -3.744210080962018e-09,
        3.8675334242222354e-08,
        2.3263508708859124e-08,
        -2.5866850716155884e-07,
        -5.7218230603224086e-08,
        1.751637648849062e-06,
        -9.73559896736775e-07,
        -1.1444146237700524e-05,
        2.238423915508223e-05,
        5.164909889268241e-05,
        -0.0002901540805408417,
        0.0002937136655913448,
        0.0017556258528952954,
        -0.009746579558029276,
        0.028362277418956406,
        -0.05869339858963677,
        0.09230432116037748,
        -0.10880393014174886,
        0.0822767384901452,
        0.0035854154854644293,
        -0.14024059858554697,
        1.2375126308378277,
    ):
        s *= t
        s += c
    s = s / (1 + 2 * a)
    # exp(-a**2) to the last digits: the square of h is exact.
    a = np.minimum(a, 30)
    h = np.trunc(16 * a) / 16
    bell = np.exp(-h * h) * np.exp((h - a) * (h + a))
    if scaled:
        return np.where(x < 0, 2 / np.where(x < 0, bell, 1) - s, s)
    return np.where(x < 0, 2 - bell * s, bell * s)


def erfcx(x):
    """Scaled complementary error function exp(x**2) * erfc(x)."""
    return erfc(x, scaled=True)


def ndtr(x):
    """Distribution function of the standard normal distribution."""
    a = np.minimum(np.abs(x), 40)
    h = np.trunc(16 * a) / 16  # its square is exact
    bell = np.exp(-h * h / 2) * np.exp((h - a) * (h + a) / 2)
    tail = bell * erfc(a * 0.7071067811865476, scaled=True) / 2
    return np.where(x < 0, tail, 1 - tail)


def log_ndtr(x):
    """Logarithm of the standard normal distribution function, in both tails."""
    low = np.minimum(x, 0)
    left = np.log(erfc(-low * 0.7071067811865476, scaled=True) / 2) - low * low / 2
    return np.where(x < 0, left, np.log1p(-ndtr(-np.maximum(x, 0))))


def ndtri(p, q=None):
    """Quantile of the standard normal distribution; q is p - 1/2, where it is known better.

    M. J. Wichura, Algorithm AS 241, Applied Statistics 37, 1988.
    """
    q = p - 0.5 if q is None else q
    tail = np.minimum(p, 1 - p)
    r = np.sqrt(-np.log(np.where(tail > 0, tail, np.nan)))

    def ratio(t, table):
        over, under = np.zeros_like(t), np.zeros_like(t)
        for a, b in table:
            over *= t
            over += a
            under *= t
            under += b
        return over / under

    middle = q * ratio(
        0.180625 - q * q,
        (
            (2509.0809287301226727, 5226.4952788528545610),
            (33430.575583588128105, 28729.085735721942674),
            (67265.770927008700853, 39307.895800092710610),
            (45921.953931549871457, 21213.794301586595867),
            (13731.693765509461125, 5394.1960214247511077),
            (1971.5909503065514427, 687.18700749205790830),
            (133.14166789178437745, 42.313330701600911252),
            (3.3871328727963666080, 1.0),
        ),
    )
    side = ratio(
        np.minimum(r, 5) - 1.6,
        (
            (7.74545014278341407640e-4, 1.05075007164441684324e-9),
            (2.27238449892691845833e-2, 5.47593808499534494600e-4),
            (2.41780725177450611770e-1, 1.51986665636164571966e-2),
            (1.27045825245236838258, 1.48103976427480074590e-1),
            (3.64784832476320460504, 6.89767334985100004550e-1),
            (5.76949722146069140550, 1.67638483018380384940),
            (4.63033784615654529590, 2.05319162663775882187),
            (1.42343711074968357734, 1.0),
        ),
    )
    far = ratio(
        np.maximum(r, 5) - 5,
        (
            (2.01033439929228813265e-7, 2.04426310338993978564e-15),
            (2.71155556874348757815e-5, 1.42151175831644588870e-7),
            (1.24266094738807843860e-3, 1.84631831751005468180e-5),
            (2.65321895265761230930e-2, 7.86869131145613259100e-4),
            (2.96560571828504891230e-1, 1.48753612908506148525e-2),
            (1.78482653991729133580, 1.36929880922735805310e-1),
            (5.46378491116411436990, 5.99832206555887937690e-1),
            (6.65790464350110377720, 1.0),
        ),
    )
    outer = np.where(tail == 0, np.inf, np.where(r <= 5, side, far))
    return np.where(np.abs(q) <= 0.425, middle, np.copysign(outer, q))


def erfinv(x):
    """Inverse of the error function, between -1 and 1."""
    a = np.abs(x)
    return np.copysign(ndtri((1 - a) / 2, a / 2) * 0.7071067811865476, x)


def erfcinv(x):
    """Inverse of the complementary error function, between 0 and 2."""
    return ndtri(x / 2) * -0.7071067811865476
