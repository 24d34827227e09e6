import numpy as np


def _prove(function, arguments, sizes, value, gradients):
    """Compare each gradient with central differences; return 0 if all are shown right."""
    title = function.__name__
    drawn, results = _drawn(function, arguments(*range(11, 11 + sizes)), value)
    if results is None:
        print(f"{title}: not checked, no finite value at random arguments")
        return 1

    def value_at(moved):
        with np.errstate(all="ignore"):
            return np.float64(function(**{**drawn, **moved})[value])

    most = max(1, min(40, 400 // len(gradients)))  # entries of each, enough to tell
    noise = _rounding(value_at, drawn)
    found = {}
    for name, place in gradients.items():
        gradient = np.asarray(results[place])
        found[name] = _compared(value_at, name, drawn[name], gradient, noise, most)
    least = max(1e-3 * max(size for *_, size in found.values()), 1e-300)
    status = "ok"
    for name, (error, wrong, hidden, size) in found.items():
        size = max(size, least)
        allowed = size * (1e-6 if drawn[name].dtype == np.float64 else 2e-3)
        excused = ", explained by rounding" if wrong <= allowed < error else ""
        print(
            f"{title}: gradient to {name}: relative error {error / size:.1e}{excused}"
        )
        if not wrong <= allowed:
            status = "WRONG"
        elif hidden > 0.1 * size:
            print(f"  not resolvable: rounding changes {title} as much as {name} does")
            status = "not resolvable" if status == "ok" else status
    print(f"{title}: {status}")
    return 0 if status == "ok" else 1


def _drawn(function, given, value):
    """Random arguments at which the value is finite, and the results there, or None."""
    rng = np.random.default_rng(0)
    ranges = (-1, 0.9), (0.1, 0.9), (1.1, 2), (-0.9, -0.1), (2, 9), (9, 90)
    for low, high in ranges:  # logarithms and roots are picky
        drawn = {}
        for name, (dtype, shape, top, *sign) in given.items():
            if dtype in ("float32", "float64"):
                x = rng.uniform(low, high, shape)
            else:
                x = rng.integers(top, size=shape)
            x = np.asarray(x, dtype=dtype)
            if sign:  # that is promised of the argument
                x = np.asarray(sign[0] * (np.abs(x) + (x == 0)), dtype=dtype)
            drawn[name] = x
        with np.errstate(all="ignore"):
            results = function(**drawn)
        if np.all(np.isfinite(results[value])):
            return drawn, results
    return drawn, None


def _rounding(value_at, drawn):
    """Size of the value's rounding errors, as its differences of fourth order show."""
    floats = {name: x for name, x in drawn.items() if x.dtype.kind == "f"}
    eps = max(np.finfo(x.dtype).eps for x in floats.values())
    rng = np.random.default_rng(2)
    along = {name: rng.uniform(-1, 1, x.shape) for name, x in floats.items()}
    values = []
    for t in 0.1 * eps**0.25 * np.arange(13):
        moved = {name: x + t * along[name] for name, x in floats.items()}
        values.append(
            value_at({name: x.astype(drawn[name].dtype) for name, x in moved.items()})
        )
    # The median, for a kink spoils some.
    return max(2 * eps * abs(values[0]), np.median(np.abs(np.diff(values, 4))) / 4)


def _compared(value_at, name, x, gradient, noise, most):
    """Of a gradient's entries: the largest error, what of it is no rounding of the value,
    what rounding hides of most entries, and the size of the largest.
    """
    places = np.random.default_rng(1).permutation(x.size)[:most]
    found = [_entry(value_at, name, x, i, gradient.flat[i], noise) for i in places]
    if not found:
        return 0.0, 0.0, 0.0, 0.0
    error, wrong, _, size = np.max(found, axis=0)
    errors, _, hidden, sizes = np.median(found, axis=0)
    if len(found) > 7:  # what most entries have in common is not made by kinks
        wrong = max(wrong, (errors - hidden) / max(sizes, 1e-300) * size)
    return error, wrong, hidden, size


def _entry(value_at, name, x, i, exact, noise):
    """The same of one entry, by difference quotients.

    Of many the best: rounding and kinks spoil some, but a kink is on one side.
    """
    wide = x.dtype == np.float64
    steps = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7) if wide else (0.1, 0.03, 0.01, 0.003, 1e-3)
    moves = [(step, step) for step in steps]
    moves += [move for step in steps[3:] for move in ((step, 0), (0, step))]
    tried = []
    for up, down in moves:
        high, low = x.copy(), x.copy()
        high.flat[i] += up
        low.flat[i] -= down
        width = np.float64(high.flat[i]) - np.float64(low.flat[i])
        slope = (value_at({name: high}) - value_at({name: low})) / width
        hidden = 2 * noise / width if slope or exact else 0.0
        if np.isfinite(slope):
            tried.append((abs(slope - exact), hidden, abs(slope)))
    if not tried:
        return np.inf, np.inf, np.inf, abs(exact)
    error, hidden, slope = min(tried, key=lambda t: t[0] + t[1])
    wrong = min(error - hidden for error, hidden, _ in tried)
    return error, wrong, hidden, max(abs(exact), slope - hidden)
