import numpy as np


def _checked(function, sizes, given):
    """Return the arguments as arrays of the declared dtypes, then the named sizes."""
    arrays, found = [], {}
    for name, (value, dtype, shape) in given.items():
        if value.__class__ is not np.ndarray or value.dtype != dtype:
            value = _converted(function, name, value, dtype, shape)
        if value.ndim != len(shape):
            raise ValueError(_misfit(function, name, value, shape, {}))
        for size, wish in zip(value.shape, shape, strict=True):
            if wish.__class__ is str and wish.isidentifier():
                wish = found.setdefault(wish, size)
            if size != wish and isinstance(wish, int):
                raise ValueError(_misfit(function, name, value, shape, found))
        arrays.append(value)
    return (*arrays, *(found[n] for n in sizes))


def _misfit(function, name, array, shape, found):
    """Return what is wrong with the shape of an argument, beside the sizes found."""
    wanted = f"{array.dtype.name}[{', '.join(map(str, shape))}]"
    known = ", ".join(f"{n} = {s}" for n, s in found.items())
    what = f"{function}: argument {name} has shape {array.shape}, {wanted} is wanted"
    return f"{what} with {known}" if known else what


def _converted(function, name, value, dtype, shape):
    """Return an argument as an array of the declared dtype."""
    where = f"{function}: argument {name}"
    if hasattr(value, "filled"):
        raise TypeError(f"{where} is masked; fill it first: {name}.filled(0)")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{where} is no array of {dtype}: {error}") from None
    if not _fits(value, array, np.dtype(dtype)):
        wanted = f"{dtype}[{', '.join(map(str, shape))}]"
        how = f"; convert it with np.asarray({name}, dtype=np.{dtype})"
        how = how if array.dtype.kind in "biuf" else ""
        raise TypeError(f"{where} is {array.dtype.name}, and {wanted} is wanted{how}")
    return array.astype(np.dtype(dtype), copy=False)


def _fits(value, array, dtype):
    """Whether an argument converts to a dtype without losing anything but digits."""
    if array.dtype.kind not in "biuf":
        return False
    if not isinstance(value, (np.ndarray, np.generic)):
        with np.errstate(all="ignore"):
            cast = array.astype(dtype)
        kept = np.isfinite(array) == np.isfinite(cast)
        same = np.all(kept if dtype.kind == "f" else array == cast)
        return array.size == 0 or (
            same and np.can_cast(array.dtype, dtype, "same_kind")
        )
    if array.dtype.kind in "biu" and dtype.kind == "f":
        return True
    return np.can_cast(array.dtype, dtype, "safe")
