"""CasADi's virtual machine: SX for scalars, mapped over points, MX for matrices.

Its matrices know no vectors and do not broadcast rows; `Value` adds both.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import casadi
import numpy as np
from workloads import Call, Workload

PACKAGE = "casadi"


@dataclass(frozen=True)
class Value:
    """A matrix of CasADi, and the number of its dimensions: a vector is a column."""

    mx: Any
    ndim: int

    def binary(self, other: Any, apply: Callable[..., Any]) -> Value:
        """Elementwise; a vector beside a matrix is repeated as its rows."""
        other = other if isinstance(other, Value) else Value(casadi.MX(other), 0)
        a, b, ndim = self.mx, other.mx, max(self.ndim, other.ndim)
        if self.ndim == 2 and other.ndim == 1:
            b = casadi.repmat(b.T, a.shape[0], 1)
        return Value(apply(a, b), ndim)

    def __matmul__(self, other: Value) -> Value:
        return Value(casadi.mtimes(self.mx, other.mx), other.ndim)

    def __add__(self, other: Any) -> Value:
        return self.binary(other, operator.add)

    def __sub__(self, other: Any) -> Value:
        return self.binary(other, operator.sub)

    def __mul__(self, other: Any) -> Value:
        return self.binary(other, operator.mul)

    def __pow__(self, other: Any) -> Value:
        return self.binary(other, operator.pow)

    __rmul__ = __mul__


class Matrices:
    """What the formulas of matrices use."""

    def tanh(self, x: Value) -> Value:
        """Elementwise."""
        return Value(casadi.tanh(x.mx), x.ndim)

    def relu(self, x: Value) -> Value:
        """Positive part."""
        return Value(casadi.fmax(x.mx, 0), x.ndim)

    def softplus(self, x: Value) -> Value:
        """Smooth positive part."""
        rest = casadi.log1p(casadi.exp(-casadi.fabs(x.mx)))
        return Value(casadi.fmax(x.mx, 0) + rest, x.ndim)

    def sum(self, x: Value) -> Value:
        """Of all."""
        return Value(casadi.sum1(casadi.sum2(x.mx)), 0)

    def mean(self, x: Value) -> Value:
        """Of all."""
        return self.sum(x) * (1 / x.mx.numel())


def bind(workload: Workload) -> Call:
    """The function with its arguments."""
    scalars = workload.kind == "points" or all(np.ndim(v) == 0 for v in workload.values)
    f = of_scalars(workload) if scalars else of_matrices(workload)
    arguments = [casadi.DM(v) for v in workload.values]
    if workload.kind == "points":
        f, arguments = f.map(len(workload.values[0])), [a.T for a in arguments]
    return lambda: f.call(arguments)


def of_scalars(workload: Workload) -> Any:
    """Value and slopes of one point."""
    inputs = [casadi.SX.sym(name) for name in workload.arguments]
    value = workload.formula(casadi, *inputs)
    slopes = casadi.gradient(value, casadi.vertcat(*(inputs[i] for i in workload.places)))
    return casadi.Function("f", inputs, [value, *casadi.vertsplit(slopes)])


def of_matrices(workload: Workload) -> Any:
    """Value and gradients, or the Hessian; what is differentiated by lies in one vector."""
    shapes = [np.shape(v) for v in workload.values]
    inputs = [casadi.MX.sym(k, *s) for k, s in zip(workload.arguments, shapes, strict=True)]
    wrt = [inputs[i] for i in workload.places]
    ends = np.cumsum([0, *(x.numel() for x in wrt)]).tolist()
    theta = casadi.MX.sym("theta", ends[-1])
    values = list(inputs)
    for i, part in zip(workload.places, casadi.vertsplit(theta, ends), strict=True):
        values[i] = casadi.reshape(part, inputs[i].shape)
    given = [Value(v, len(s)) for v, s in zip(values, shapes, strict=True)]
    value = workload.formula(Matrices(), *given).mx
    if workload.kind == "hessian":
        outputs = [casadi.hessian(value, theta)[0]]
    else:
        parts = casadi.vertsplit(casadi.gradient(value, theta), ends)
        outputs = [value, *map(casadi.reshape, parts, (x.shape for x in wrt))]
    rest = [x for i, x in enumerate(inputs) if i not in set(workload.places)]
    inner = casadi.Function("inner", [theta, *rest], outputs)
    return casadi.Function("f", inputs, inner.call([casadi.veccat(*wrt), *rest]))


def numbers(results: Any) -> list[Any]:
    """As NumPy arrays: scalars, columns and rows without the axis that CasADi adds."""
    arrays = [np.asarray(r) for r in results]
    return [a.reshape(()) if a.size == 1 else a.squeeze() for a in arrays]


WAYS = {"CasADi": bind}
