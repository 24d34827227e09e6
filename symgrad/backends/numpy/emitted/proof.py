import numpy as np


def _prove(function, arguments, sizes, value, gradients):
    """Compare each gradient with central differences; return 0 if all are shown right."""
    title = function.__name__
    rng = np.random.default_rng(0)
    ranges = (-1, 0.9), (0.1, 0.9), (1.1, 2), (-0.9, -0.1), (2, 9), (9, 90)
    for low, high in ranges:  # logarithms and roots are picky
        drawn = {}
        given = arguments(*range(11, 11 + sizes)).items()
        for name, (dtype, shape, top, *sign) in given:
            if dtype in ("float32", "float64"):
                drawn[name] = np.asarray(rng.uniform(low, high, shape), dtype=dtype)
            else:
                drawn[name] = np.asarray(rng.integers(0, top, shape), dtype=dtype)
            if sign:  # that is promised of the argument
                size = np.abs(drawn[name]) + (drawn[name] == 0)
                drawn[name] = np.asarray(sign[0] * size, dtype=dtype)
        with np.errstate(all="ignore"):
            results = function(**drawn)
        if np.all(np.isfinite(results[value])):
            break
    else:
        print(f"{title}: not checked, no finite value at random arguments")
        return 1

    def moved(**arguments):
        with np.errstate(all="ignore"):
            return np.float64(function(**{**drawn, **arguments})[value])

    most = max(1, min(40, 400 // len(gradients)))  # entries of each, enough to tell
    noise = _rounding(moved, drawn)
    found = {
        name: _worst_error(moved, name, drawn[name], results[place], noise, most)
        for name, place in gradients.items()
    }
    least = max(1e-3 * max(size for *_, size in found.values()), 1e-300)
    status = "ok"
    for name, (error, surely, hidden, size) in found.items():
        size = max(size, least)
        tolerance = 1e-6 if drawn[name].dtype == np.float64 else 2e-3
        excused = ", by rounding" if surely <= tolerance * size < error else ""
        print(
            f"{title}: gradient to {name}: relative error {error / size:.1e}{excused}"
        )
        if not surely <= tolerance * size:
            status = "WRONG"
        elif hidden > 0.1 * size:
            print(f"  not resolvable: rounding changes {title} as much as {name} does")
            status = "not resolvable" if status == "ok" else status
    print(f"{title}: {status}")
    return 0 if status == "ok" else 1


def _rounding(moved, drawn):
    """Size of the value's rounding errors, as its differences of fourth order show."""
    floats = {name: x for name, x in drawn.items() if x.dtype.kind == "f"}
    eps = max(np.finfo(x.dtype).eps for x in floats.values())
    rng = np.random.default_rng(2)
    along = {name: rng.uniform(-1, 1, x.shape) for name, x in floats.items()}
    path = 0.1 * eps**0.25 * np.arange(13)
    values = [
        moved(
            **{
                name: (x + t * along[name]).astype(x.dtype)
                for name, x in floats.items()
            }
        )
        for t in path
    ]
    # The median, for a kink spoils some.
    return max(2 * eps * abs(values[0]), np.median(np.abs(np.diff(values, 4))) / 4)


def _worst_error(moved, name, x, gradient, noise, most):
    """The largest deviation from slopes, and its part that rounding can not explain.

    Then what rounding may hide of most entries, and the size of the largest.
    """
    gradient = np.asarray(gradient)
    wide = x.dtype == np.float64
    steps = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7) if wide else (0.1, 0.03, 0.01, 0.003, 1e-3)
    # The best of several: kinks and rounding spoil some, but a kink is on one side.
    moves = [(step, 1, 1) for step in steps]
    moves += [(step, *sides) for step in steps[3:] for sides in ((1, 0), (0, 1))]
    found = [(0.0, 0.0, 0.0, 0.0)]
    for i in np.random.default_rng(1).permutation(x.size)[:most]:
        exact, tried = np.float64(gradient.flat[i]), [(np.inf, np.inf, 0.0)]
        for step, up, down in moves:
            high, low = x.copy(), x.copy()
            high.flat[i] += up * step
            low.flat[i] -= down * step
            width = np.float64(high.flat[i]) - np.float64(low.flat[i])
            rise = moved(**{name: high}) - moved(**{name: low})
            hidden = 2 * noise / width if rise or exact else 0.0
            if np.isfinite(rise):
                tried.append((abs(rise / width - exact), hidden, abs(rise / width)))
        error, hidden, slope = min(tried, key=lambda t: t[0] + t[1])
        surely = min((t[0] - t[1] for t in tried[1:]), default=np.inf)
        found.append((error, surely, hidden, max(abs(exact), slope - hidden)))
    error, surely, _, size = np.max(found, axis=0)
    if len(found) > 8:  # what most entries have in common is not made by kinks
        errors, _, hides, sizes = np.median(found, axis=0)
        surely = max(surely, (errors - hides) / max(sizes, 1e-300) * size)
    return error, surely, np.median([entry[2] for entry in found[1:] or found]), size
