import numpy as np


def _prove(function, arguments, sizes, value, gradients):
    """Compare each gradient with central differences; print and return the worst error."""
    rng = np.random.default_rng(0)
    for low, high in (
        (-1, 0.9),
        (0.1, 0.9),
        (1.1, 2),
        (2, 9),
        (9, 90),
    ):  # logarithms are picky
        drawn = {}
        for name, (dtype, shape, top) in arguments(*range(3, 3 + sizes)).items():
            if dtype in ("float32", "float64"):
                drawn[name] = np.asarray(rng.uniform(low, high, shape), dtype=dtype)
            else:
                drawn[name] = np.asarray(rng.integers(0, top, shape), dtype=dtype)
        with np.errstate(all="ignore"):
            results = function(**drawn)
        if np.all(np.isfinite(results[value])):
            break
    else:
        print(f"{function.__name__}: not checked, no finite value at random arguments")
        return 0
    worst = 0.0
    for name, place in gradients.items():
        error = _worst_error(function, drawn, name, value, results, place)
        print(f"{function.__name__}: gradient to {name}: relative error {error:.1e}")
        tolerance = 1e-6 if drawn[name].dtype == np.float64 else 2e-2
        worst = max(worst, error / tolerance)
    print(f"{function.__name__}: {'ok' if worst <= 1 else 'WRONG'}")
    return 0 if worst <= 1 else 1


def _worst_error(function, drawn, name, value, results, place):
    """Largest deviation of a gradient from central differences, relative to its size."""
    x, gradient = drawn[name], np.asarray(results[place])
    steps = (1e-4, 1e-5, 1e-6) if x.dtype == np.float64 else (1e-1, 1e-2, 1e-3)
    chosen = np.random.default_rng(1).permutation(x.size)[:40]  # enough to tell
    deviations, size = [0.0], 0.0
    for i in chosen:
        found = []
        for step in steps:  # the best of several: kinks and rounding spoil some
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved.flat[i] += sign * step
                with np.errstate(all="ignore"):
                    result = function(**{**drawn, name: moved})[value]
                ends.append((np.float64(result), np.float64(moved.flat[i])))
            found.append((ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1]))
        errors = [abs(f - np.float64(gradient.flat[i])) for f in found]
        best = int(np.argmin([e if np.isfinite(e) else np.inf for e in errors]))
        deviations.append(errors[best])
        size = max(size, abs(found[best]), abs(np.float64(gradient.flat[i])))
    noise = 1e-5 if x.dtype == np.float64 else 1e-3
    scale = max(size, noise * abs(np.float64(results[value])), np.finfo(float).tiny)
    worst = np.max(deviations) / scale
    return worst if np.isfinite(worst) else np.inf
