import numpy as np


def _checked(function, sizes, given):
    """Return the arguments as arrays of the declared dtypes, then the named sizes."""
    arrays, found = [], {}
    for name, (value, dtype, shape) in given.items():
        wanted = f"{dtype}[{', '.join(map(str, shape))}]"
        where = f"{function}: argument {name}"
        if hasattr(value, "filled"):
            raise TypeError(f"{where} is masked; fill it first: {name}.filled(0)")
        try:
            array = np.asarray(value)
        except ValueError as error:
            raise TypeError(f"{where} is no array of {dtype}: {error}") from None
        if not _fits(value, array, np.dtype(dtype)):
            how = f"; convert it with np.asarray({name}, dtype=np.{dtype})"
            how = how if array.dtype.kind in "biuf" else ""
            raise TypeError(
                f"{where} is {array.dtype.name}, and {wanted} is wanted{how}"
            )
        if array.ndim != len(shape):
            raise ValueError(f"{where} has shape {array.shape}, {wanted} is wanted")
        for size, wish in zip(array.shape, shape, strict=True):
            if isinstance(wish, str) and wish.isidentifier():
                wish = found.setdefault(wish, size)
            if isinstance(wish, int) and size != wish:
                known = ", ".join(f"{n} = {s}" for n, s in found.items())
                raise ValueError(
                    f"{where} has shape {array.shape}, {wanted} is wanted"
                    + (f" with {known}" if known else "")
                )
        arrays.append(array.astype(np.dtype(dtype), copy=False))
    return (*arrays, *(found[n] for n in sizes))


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
