"""What random programs are made of: one line per move, run by symgrad, autograd and JAX alike.

A move is a function of a dialect, two earlier values and a small number. Moves that call an
operation which the registry does not have are left out, so a new family is one more line.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

import symgrad as sg
from symgrad.graph.graph import operations

NAMES = """
    exp expm1 log1p exp2 log2 log10 sqrt sin cos tan tanh sinh cosh arcsin arccos arctan arctanh
    arcsinh arccosh arctan2 hypot logaddexp logaddexp2 sinc cbrt deg2rad rad2deg square reciprocal
    abs floor ceil sign power maximum minimum fmax fmin clip equal not_equal sum mean max min prod
    var std matmul outer inner tensordot einsum transpose reshape ravel expand_dims squeeze swapaxes
    moveaxis concatenate stack cumsum diff sort roll flip tile repeat trace diagonal tril triu kron
    solve inv det slogdet cholesky norm erf erfc gammaln digamma logit take
"""
LINALG = {"solve", "inv", "det", "slogdet", "cholesky", "norm"}
SPECIAL = {"erf", "erfc", "gammaln", "digamma", "logit"}


def dialect(numpy: Any, linalg: Any, special: Any, **own: Any) -> SimpleNamespace:
    """A library's functions under symgrad's names, and compositions for what it has not."""
    found = {n: getattr(_home(n, numpy, linalg, special), n, None) for n in NAMES.split()}

    def softmax(x, axis=-1):
        e = numpy.exp(x - numpy.max(x, axis=axis, keepdims=True))
        return e / numpy.sum(e, axis=axis, keepdims=True)

    def logsumexp(x, axis=None, keepdims=False):
        return numpy.log(numpy.sum(numpy.exp(x), axis=axis, keepdims=keepdims))

    def kron(a, b):  # autograd's is wrong for operands of different ranks
        if a.ndim != 2 or b.ndim != 2:
            raise sg.ShapeError("no matrices")
        products = a[:, None, :, None] * b[None, :, None, :]
        return numpy.reshape(products, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))

    composed = dict(
        kron=kron,
        relu=lambda x: own["where"](x > 0, x, 0.0),
        leaky_relu=lambda x, slope: own["where"](x > 0, x, slope * x),
        sigmoid=lambda x: 1 / (1 + numpy.exp(-x)),
        softplus=lambda x: numpy.logaddexp(0.0, x),
        softmax=softmax,
        log_softmax=lambda x, axis=-1: numpy.log(softmax(x, axis)),
        logsumexp=logsumexp,
        broadcast_to=lambda x, shape: x + numpy.zeros(shape),
        cbrt=lambda x: numpy.sign(x) * numpy.abs(x) ** (1 / 3),
        take=lambda x, index, axis=0: x[(slice(None),) * axis + (np.asarray(index),)],
        tile=lambda x, count: numpy.concatenate([x] * count, axis=-1),  # autograd's is wrong
        flip=lambda x, axis: x[(slice(None),) * axis + (slice(None, None, -1),)],
    )
    return SimpleNamespace(**{**found, **composed, **own})


def _home(name: str, numpy: Any, linalg: Any, special: Any) -> Any:
    return linalg if name in LINALG else special if name in SPECIAL else numpy


def positive_definite(xp: Any, a: Any) -> Any:
    """A well-conditioned matrix or stack of them: a aᵀ + 3 I, for sizes that are numbers."""
    if len(a.shape) < 2 or not isinstance(a.shape[-2], int):
        raise sg.ShapeError("no stack of matrices of known size")
    axes = tuple(range(len(a.shape) - 2))
    swapped = xp.transpose(a, (*axes, len(axes) + 1, len(axes)))
    return xp.matmul(a, swapped) / 4 + 3 * np.eye(a.shape[-2], dtype=a.dtype)


def matrix(a: Any) -> Any:
    """A matrix itself; autograd's solve does not broadcast stacks of them."""
    if len(a.shape) != 2:
        raise sg.ShapeError("no matrix")
    return a


def square_part(a: Any) -> Any:
    """The leading square block of a matrix of known size."""
    if len(a.shape) < 2 or not all(isinstance(d, int) for d in a.shape[-2:]):
        raise sg.ShapeError("no matrix of known size")
    size = min(a.shape[-2:])
    return a[..., :size, :size]


def fitting(terms: str, *arrays: Any) -> tuple[Any, ...]:
    """Operands of an einsum whose indices have one size each; NumPy lets sizes of 1 pass."""
    sizes: dict[str, Any] = {}
    for term, x in zip(terms.replace("...", "").split(","), arrays, strict=True):
        for index, size in zip(term[::-1], x.shape[::-1], strict=False):
            if sizes.setdefault(index, size) != size:
                raise sg.ShapeError("no contraction of these")
    return arrays


def places(a: Any, k: int) -> Any:
    """Indices along the first axis, some of them twice, some negative."""
    if not isinstance(a.shape[0], int):
        raise sg.ShapeError("no axis of known size")
    return (np.arange(4) * (k + 1) + k) % a.shape[0] - (k % 2) * a.shape[0]


Move = Callable[[Any, Any, Any, int], Any]
UNARY: list[Move] = [
    lambda xp, a, b, k: xp.tanh(a),
    lambda xp, a, b, k: xp.sin(a) * (k + 1),
    lambda xp, a, b, k: xp.cos(a),
    lambda xp, a, b, k: xp.exp(xp.tanh(a)),
    lambda xp, a, b, k: xp.expm1(-xp.square(a)),
    lambda xp, a, b, k: xp.log1p(a * a),
    lambda xp, a, b, k: xp.sqrt(1.0 + a**2),
    lambda xp, a, b, k: xp.arctan(a),
    lambda xp, a, b, k: xp.relu(a),
    lambda xp, a, b, k: xp.leaky_relu(a, 0.1 * (k + 1)),
    lambda xp, a, b, k: xp.sigmoid(a),
    lambda xp, a, b, k: xp.softplus(a),
    lambda xp, a, b, k: xp.abs(a),
    lambda xp, a, b, k: xp.clip(a, -0.71, 0.93),
    lambda xp, a, b, k: a ** (k % 4),
    lambda xp, a, b, k: (1.5 + xp.sin(a)) ** [0.5, -1, 2.5, -2][k % 4],
    lambda xp, a, b, k: -a,
    lambda xp, a, b, k: 1 - a / 2,
    lambda xp, a, b, k: 3 / (2 + a * a),
    lambda xp, a, b, k: xp.stop_gradient(a) + a,
    lambda xp, a, b, k: xp.arcsin(0.9 * xp.sin(a)) - xp.arccos(0.8 * xp.cos(a)),
    lambda xp, a, b, k: xp.sinh(xp.tanh(a)) + xp.cosh(xp.sin(a)),
    lambda xp, a, b, k: xp.tan(a / 30),
    lambda xp, a, b, k: a % 1.3,
    lambda xp, a, b, k: (xp.floor(a) + xp.sign(a)) * a,
    lambda xp, a, b, k: xp.reciprocal(1.0 + xp.square(a)),
    lambda xp, a, b, k: a * a.shape[0] / (a.shape[0] + 3),
    lambda xp, a, b, k: xp.exp2(xp.sin(a)) + xp.log2(1.5 + xp.cos(a)),
    lambda xp, a, b, k: xp.log10(2.0 + xp.tanh(a)),
    lambda xp, a, b, k: xp.arcsinh(a) - xp.arctanh(0.7 * xp.sin(a)),
    lambda xp, a, b, k: xp.arccosh(1.5 + a * a),
    lambda xp, a, b, k: xp.sinc(a + 0.3),
    lambda xp, a, b, k: xp.deg2rad(a * 20) - xp.rad2deg(a / 60),
    lambda xp, a, b, k: xp.erf(a) * xp.erfc(a / 2),
    lambda xp, a, b, k: xp.gammaln(1.0 + xp.square(a)),
    lambda xp, a, b, k: xp.digamma(1.5 + xp.sin(a)),
    lambda xp, a, b, k: xp.logit(0.5 + 0.4 * xp.sin(a)),
]
BINARY: list[Move] = [
    lambda xp, a, b, k: a + b,
    lambda xp, a, b, k: a - b,
    lambda xp, a, b, k: a * b,
    lambda xp, a, b, k: a / (1.0 + b * b),
    lambda xp, a, b, k: xp.maximum(a, b),
    lambda xp, a, b, k: xp.minimum(a, b * 2),
    lambda xp, a, b, k: xp.where(a > b, a * b, a),
    lambda xp, a, b, k: xp.where(a <= b, 1.0, b),
    lambda xp, a, b, k: a * (b > 0.1),
    lambda xp, a, b, k: xp.power(1.5 + xp.cos(a), xp.sin(b)),
    lambda xp, a, b, k: a * xp.sum(b > 0.3) / 4,
    lambda xp, a, b, k: xp.where((a > 0) & ~(b > a), a, -b),
    lambda xp, a, b, k: xp.maximum(a, 0.0) * xp.equal(b, b) - xp.not_equal(a, b) * b,
    lambda xp, a, b, k: xp.arctan2(a, 1.2 + xp.sin(b)),
    lambda xp, a, b, k: xp.logaddexp(a, b) - xp.logaddexp2(b, a),
    lambda xp, a, b, k: xp.hypot(a, 1.5 + b * b),
    lambda xp, a, b, k: xp.fmax(a, b) - xp.fmin(b, 0.4),
]
PRODUCTS: list[Move] = [
    lambda xp, a, b, k: xp.matmul(a, b),
    lambda xp, a, b, k: xp.matmul(b, a),
    lambda xp, a, b, k: xp.matmul(a, xp.transpose(b)),
    lambda xp, a, b, k: xp.matmul(xp.transpose(a), b),
    lambda xp, a, b, k: xp.outer(xp.reshape(a, (-1,)), xp.reshape(b, (-1,))),
    lambda xp, a, b, k: xp.einsum("ij,jk->ik", *fitting("ij,jk", a, b)),
    lambda xp, a, b, k: xp.einsum("ij,ij->j", *fitting("ij,ij", a, a * b)),
    lambda xp, a, b, k: xp.einsum("ij,kj->ik", *fitting("ij,kj", a, b)),
    lambda xp, a, b, k: xp.einsum("...i,i->...", *fitting("...i,i", a, b)),
    lambda xp, a, b, k: xp.einsum("ij->ji", *fitting("ij", a)) * 2,
    lambda xp, a, b, k: xp.einsum("bij,jk->bki", *fitting("bij,jk", a, b)),
    lambda xp, a, b, k: xp.einsum("i,j->ij", *fitting("i,j", a, b)),
    lambda xp, a, b, k: xp.tensordot(a, b, axes=1),
    lambda xp, a, b, k: xp.inner(a, b),
]
REDUCING: list[Move] = [
    lambda xp, a, b, k: xp.sum(a),
    lambda xp, a, b, k: xp.sum(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.sum(a, axis=-1 - k % a.ndim, keepdims=True),
    lambda xp, a, b, k: xp.sum(a, axis=(0, a.ndim - 1)),
    lambda xp, a, b, k: xp.mean(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.mean(a, axis=k % a.ndim, keepdims=True) * 2,
    lambda xp, a, b, k: xp.mean(a),
    lambda xp, a, b, k: xp.max(a, axis=k % a.ndim, keepdims=True),
    lambda xp, a, b, k: xp.min(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.max(a),
    lambda xp, a, b, k: xp.logsumexp(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.softmax(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.log_softmax(a, axis=-1 - k % a.ndim),
    lambda xp, a, b, k: xp.prod(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.prod(1.2 + xp.sin(a)),
    lambda xp, a, b, k: xp.var(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.var(a),
    lambda xp, a, b, k: xp.std(a, axis=k % a.ndim, keepdims=True),
    lambda xp, a, b, k: xp.norm(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.norm(a),
    lambda xp, a, b, k: xp.cumsum(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.diff(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.sort(xp.reshape(a, (-1,))),
]
MOVING: list[Move] = [
    lambda xp, a, b, k: xp.transpose(a),
    lambda xp, a, b, k: xp.reshape(a, (-1,)),
    lambda xp, a, b, k: xp.reshape(a, (1, *a.shape)),
    lambda xp, a, b, k: xp.reshape(a, (a.shape[0], -1)),
    lambda xp, a, b, k: xp.expand_dims(a, k % (a.ndim + 1)),
    lambda xp, a, b, k: xp.squeeze(a),
    lambda xp, a, b, k: a[1:],
    lambda xp, a, b, k: a[:-1],
    lambda xp, a, b, k: a[::2],
    lambda xp, a, b, k: a[::-1],
    lambda xp, a, b, k: a[1:-1],
    lambda xp, a, b, k: a[-2:],
    lambda xp, a, b, k: a[0],
    lambda xp, a, b, k: a[..., -1],
    lambda xp, a, b, k: a[:, None],
    lambda xp, a, b, k: xp.broadcast_to(a, (2, *a.shape)),
    lambda xp, a, b, k: a[1:] - a[:-1],
    lambda xp, a, b, k: xp.concatenate([a, b], axis=k % a.ndim),
    lambda xp, a, b, k: xp.concatenate([a, b, xp.sin(a)]),
    lambda xp, a, b, k: xp.stack([a, b, a], axis=k % (a.ndim + 1)),
    lambda xp, a, b, k: xp.take(a, places(a, k), axis=0),
    lambda xp, a, b, k: a[places(a, k)],
    lambda xp, a, b, k: xp.take(a, np.array([[0, -1], [1, 0]]), axis=a.ndim - 1),
    lambda xp, a, b, k: xp.swapaxes(a, 0, -1),
    lambda xp, a, b, k: xp.moveaxis(a, 0, k % a.ndim),
    lambda xp, a, b, k: xp.ravel(a) * 1.5,
    lambda xp, a, b, k: xp.roll(a, k - 4, axis=k % a.ndim),
    lambda xp, a, b, k: xp.flip(a, axis=k % a.ndim),
    lambda xp, a, b, k: xp.tile(a, 2),
    lambda xp, a, b, k: xp.repeat(a, 2, axis=k % a.ndim),
    lambda xp, a, b, k: xp.diagonal(square_part(a), 0, -1, -2),
    lambda xp, a, b, k: xp.tril(xp.outer(xp.ravel(a), xp.ravel(b))),
    lambda xp, a, b, k: xp.triu(xp.outer(xp.ravel(a), xp.ravel(b)), k - 4),
    lambda xp, a, b, k: xp.kron(a[:2], b[:2]),
]
SOLVING: list[Move] = [
    lambda xp, a, b, k: xp.solve(positive_definite(xp, a), a),
    lambda xp, a, b, k: xp.solve(positive_definite(xp, matrix(b)), matrix(a)),
    lambda xp, a, b, k: xp.inv(positive_definite(xp, a)) * 3,
    lambda xp, a, b, k: xp.det(positive_definite(xp, a) / 3),
    lambda xp, a, b, k: xp.slogdet(positive_definite(xp, a))[1],
    lambda xp, a, b, k: xp.slogdet(square_part(a) + 2.0)[1],
    lambda xp, a, b, k: xp.cholesky(positive_definite(xp, a)),
]
WRITTEN = [*UNARY, *BINARY, *BINARY, *PRODUCTS, *REDUCING, *MOVING, *SOLVING]


def missing(move: Move) -> set[str]:
    """The operations a move calls that the registry does not have."""
    return {n for n in move.__code__.co_names if n in NAMES.split() and n not in operations}


MOVES = [move for move in WRITTEN if not missing(move)]
