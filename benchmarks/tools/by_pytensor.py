"""PyTensor, compiled with Numba, its default."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
from workloads import RATE, Call, Workload

PACKAGE = "pytensor"


class Dialect:
    """What the formulas use, where it is not spelled like PyTensor's."""

    softplus = staticmethod(pt.softplus)

    def __getattr__(self, name: str) -> Any:
        return getattr(pt, name)

    def relu(self, x: Any) -> Any:
        """Positive part."""
        return pt.maximum(x, 0)

    def cross_entropy(self, z: Any, y: Any) -> Any:
        """Mean, of integer labels."""
        return -pt.mean(pt.special.log_softmax(z, axis=1)[pt.arange(y.shape[0]), y])

    def logsumexp(self, x: Any, axis: int) -> Any:
        """Along an axis."""
        return pt.logsumexp(x, axis=axis)

    def take_columns(self, x: Any, places: Any) -> Any:
        """Of every row, as arrays shaped like the places."""
        return x[:, places]

    def join(self, *parts: Any) -> Any:
        """Side by side."""
        return pt.concatenate(parts, axis=1)


def variables(workload: Workload) -> list[Any]:
    """Inputs of the sizes of the arguments; the parameters of a training step are shared."""
    found: list[Any] = []
    for name, value in zip(workload.arguments, workload.values, strict=True):
        array = np.asarray(value)
        if workload.kind == "step" and name in workload.wrt:
            found.append(pytensor.shared(array, name=name))
        else:
            found.append(pt.tensor(name, dtype=array.dtype, shape=array.shape))
    return found


def bind(workload: Workload) -> Call:
    """The compiled function, which trusts its arguments."""
    inputs = variables(workload)
    wrt = [inputs[i] for i in workload.places]
    value = workload.formula(Dialect(), *inputs)
    slopes = pytensor.grad(value.sum(), wrt)
    if workload.kind == "step":
        return step(workload, inputs, wrt, value, slopes)
    outputs = [value, *slopes]
    if workload.kind == "hessian":
        outputs = [pytensor.gradient.jacobian(slopes[0], wrt[0], vectorize=True)]
    f = pytensor.function(inputs, outputs)
    f.trust_input = True
    arguments = [np.asarray(v) for v in workload.values]
    return lambda: f(*arguments)


def step(workload: Workload, inputs: list[Any], wrt: list[Any], value: Any, slopes: Any) -> Call:
    """Shared parameters, updated by the compiled function."""
    rate = np.array(RATE, workload.dtype)
    new = [(x, x - rate * g) for x, g in zip(wrt, slopes, strict=True)]
    given = [i for i, v in enumerate(inputs) if v not in wrt]
    f = pytensor.function([inputs[i] for i in given], value, updates=new)
    f.trust_input = True
    arguments = [workload.values[i] for i in given]
    return lambda: [f(*arguments), *(x.get_value(borrow=True) for x in wrt)]


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays."""
    return [np.asarray(r) for r in results]


WAYS = {"PyTensor": bind}
