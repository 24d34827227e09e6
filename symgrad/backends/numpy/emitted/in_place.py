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
