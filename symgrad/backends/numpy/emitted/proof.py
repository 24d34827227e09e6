import numpy as np


def _prove(function, arguments, sizes, value, gradients):
    """Compare each gradient with central differences; print the worst error of each."""
    rng = np.random.default_rng(0)
    ranges = (-1, 0.9), (0.1, 0.9), (1.1, 2), (-0.9, -0.1), (2, 9), (9, 90)
    for low, high in ranges:  # logarithms and roots are picky
        drawn = {}
        for name, (dtype, shape, top) in arguments(*range(11, 11 + sizes)).items():
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
    status = "ok"
    most = max(1, min(40, 400 // len(gradients)))  # entries of each, enough to tell
    for name, place in gradients.items():
        error, surely = _worst_error(function, drawn, name, value, results, place, most)
        tolerance = 1e-6 if drawn[name].dtype == np.float64 else 2e-2
        print(f"{function.__name__}: gradient to {name}: relative error {error:.1e}")
        if not surely <= tolerance:
            status = "WRONG"
    print(f"{function.__name__}: {status}")
    return 0 if status == "ok" else 1


def _worst_error(function, drawn, name, value, results, place, most):
    """Largest deviation from central differences, and its part that rounding can not explain.

    Both are relative to the gradient's size.
    """
    x, gradient = drawn[name], np.asarray(results[place])
    wide = x.dtype == np.float64
    steps = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7) if wide else (1e-1, 1e-2, 1e-3)
    rounding = 8 * np.finfo(x.dtype).eps * abs(np.float64(results[value]))
    worst, surely, size = 0.0, 0.0, 0.0
    for i in np.random.default_rng(1).permutation(x.size)[:most]:
        exact, best = np.float64(gradient.flat[i]), (np.inf, 0.0, 0.0)
        for step in steps:  # the best of several: kinks and rounding spoil some
            ends = []
            for sign in (1, -1):
                moved = x.copy()
                moved.flat[i] += sign * step
                with np.errstate(all="ignore"):
                    result = function(**{**drawn, name: moved})[value]
                ends.append((np.float64(result), np.float64(moved.flat[i])))
            slope = (ends[0][0] - ends[1][0]) / (ends[0][1] - ends[1][1])
            if np.isfinite(slope) and abs(slope - exact) < best[0]:
                best = abs(slope - exact), abs(slope), rounding / step
        worst, surely = max(worst, best[0]), max(surely, best[0] - best[2])
        size = max(size, abs(exact), best[1])
    size = max(size, np.finfo(float).tiny)
    return worst / size, surely / size
