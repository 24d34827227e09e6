import numpy as np


def _in_place(function, given):
    """Refuse arguments that can not be overwritten: a converted copy would be lost."""
    for name, (value, dtype) in given.items():
        if not (
            type(value) is np.ndarray
            and value.dtype == np.dtype(dtype)
            and value.flags.writeable
        ):
            raise TypeError(
                f"{function}: argument {name} is overwritten, and so has to be "
                f"a writable array of {dtype}"
            )
    _apart(function, {name: value for name, (value, _) in given.items()})


def _apart(function, given):
    """Refuse arguments that share memory, where only the last new value would stay."""
    owners = {id(a if a.base is None else a.base): a.base for a in given.values()}
    known = (
        base is None or (type(base) is np.ndarray and base.base is None)
        for base in owners.values()
    )
    alone = len(owners) == len(given) and all(known)
    if alone and not any(map(_repeats, given.values())):
        return  # each lies in memory of its own
    for pair in _overlaps({name: a for name, a in given.items() if a.size}):
        first, last = sorted(pair, key=[*given].index)
        names = f"arguments {first} and {last} share"
        if first == last:
            names = f"elements of argument {first} share"
        raise ValueError(
            f"{function}: {names} memory, and are to be overwritten; give a copy"
        )


def _overlaps(given):
    """Yield names of arrays that share memory; a name twice for one that repeats its own."""
    before = []
    spans = ((*np.lib.array_utils.byte_bounds(a), name) for name, a in given.items())
    for low, high, name in sorted(spans):
        a = given[name]
        if _repeats(a):
            yield name, name
        before = [(end, other) for end, other in before if end > low]
        yield from ((b, name) for _, b in before if np.shares_memory(a, given[b]))
        before.append((high, name))


def _repeats(a):
    """Whether elements of an array share memory, as those of sliding windows do."""
    if a.flags.forc or not a.size:
        return False
    reach = a.itemsize  # bytes from the first to the end of those along the axes so far
    for step, n in sorted((abs(s), n) for s, n in zip(a.strides, a.shape, strict=True)):
        if n > 1 and step < reach:
            low, high = np.lib.array_utils.byte_bounds(a)
            return a.nbytes > high - low or _interlocks(a)
        reach += step * (n - 1)
    return False


def _interlocks(a):
    """Whether elements share memory in an array whose axes reach into one another."""
    places = np.zeros((), np.intp)
    for step, n in zip(a.strides, a.shape, strict=True):
        places = np.add.outer(places, step * np.arange(n))
    return np.diff(np.sort(places, axis=None)).min() < a.itemsize
