"""The Gaussian mixture's log-likelihood of ADBench: d 10, k 25, n 1,000, float64.

Component k has weight softmax(alphas)ₖ, mean means[k], and the precision LₖᵀLₖ, where Lₖ is lower
triangular: its diagonal is exp(icf[k, :d]), the rest of icf[k] lies below it, column by column.
With a Wishart prior of γ = 1 and m = 0.

Reference
---------
Srajer, Kukelova and Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on some
problems in computer vision and machine learning", 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .workload import Array, Call, Workload, products_of

N, D, K, GAMMA, M = 1000, 10, 25, 1.0, 0
BELOW = tuple(reversed(np.triu_indices(D, 1)))
"""Rows and columns of the entries below the diagonal, column by column."""


def log_gamma(a: float, p: int) -> float:
    """The logarithm of the multivariate gamma function. DLMF 35.3.4."""
    terms = (math.lgamma(a - j / 2) for j in range(p))
    return p * (p - 1) / 4 * math.log(math.pi) + sum(terms)


def constant(n: int, k: int, d: int) -> float:
    """What of the log-likelihood and the prior depends on no parameter."""
    degrees = d + M + 1
    wishart = degrees * d * (math.log(GAMMA) - math.log(2) / 2) - log_gamma(degrees / 2, d)
    return -n * d / 2 * math.log(2 * math.pi) - k * wishart


def places() -> Array:
    """Where Lᵢⱼ stands in a row [0, exp(diagonal), the rest below]: 0 above the diagonal."""
    found = np.zeros((D, D), np.int64)
    found[np.arange(D), np.arange(D)] = 1 + np.arange(D)
    found[BELOW] = 1 + D + np.arange(len(BELOW[0]))
    return found


PLACES = places()


def formula(m: Any, x: Any, alphas: Any, means: Any, icf: Any) -> Any:
    """The log-likelihood and the prior, as the paper states them."""
    n, k = N, K
    diagonal, rest = icf[:, :D], icf[:, D:]
    scale = m.exp(diagonal)
    L = m.take_columns(m.join(icf[:, :1] * 0, scale, rest), PLACES)
    centered = x[:, None, :] - means
    squares = m.sum(m.einsum("kij,nkj->nki", L, centered) ** 2, 2)
    terms = alphas + m.sum(diagonal, 1) - 0.5 * squares
    likelihood = m.sum(m.logsumexp(terms, 1)) - n * m.logsumexp(alphas, 0)
    prior = GAMMA**2 / 2 * (m.sum(scale**2) + m.sum(rest**2)) - M * m.sum(diagonal)
    return likelihood + prior + constant(n, k, D)


def textbook(x: Array, alphas: Array, means: Array, icf: Array) -> list[Any]:
    """Forward and backward, with a product of matrices for each component."""
    n, d, k = *x.shape, len(alphas)
    scale, rest, ends = np.exp(icf[:, :d]), icf[:, d:], np.arange(d)
    L = np.zeros((k, d, d), x.dtype)
    L[:, ends, ends] = scale
    L[:, *BELOW] = rest
    centered = x - means[:, None, :]
    z = centered @ L.transpose(0, 2, 1)
    terms = alphas + icf[:, :d].sum(axis=1) - 0.5 * (z**2).sum(axis=2).T
    top = terms.max(axis=1, keepdims=True)
    e = np.exp(terms - top)
    total = e.sum(axis=1, keepdims=True)
    a = np.exp(alphas - alphas.max())
    value = (np.log(total) + top).sum() - n * (np.log(a.sum()) + alphas.max()) + constant(n, k, d)
    value += GAMMA**2 / 2 * ((scale**2).sum() + (rest**2).sum()) - M * icf[:, :d].sum()
    p = e / total
    d_alphas = p.sum(axis=0) - n * a / a.sum()
    d_z = -p.T[:, :, None] * z
    d_L = d_z.transpose(0, 2, 1) @ centered
    d_means = -(d_z @ L).sum(axis=1)
    d_icf = np.empty_like(icf)
    d_icf[:, :d] = d_L[:, ends, ends] * scale + p.sum(axis=0)[:, None] + GAMMA**2 * scale**2 - M
    d_icf[:, d:] = d_L[:, *BELOW] + GAMMA**2 * rest
    return [value, d_alphas, d_means, d_icf]


def products(x: Array, alphas: Array, means: Array, icf: Array) -> Call:
    """All Lₖ with all x, and back: two products of 250 by 10 by 1,000."""
    L = np.ones((K * D, D))
    z = L @ x.T
    return products_of((L, x.T, z), (z, x, L * 1))


class Mixture:
    """The tuned version: L(x - μ) as Lx - Lμ, which is one product with a column of ones beside x.

    What belongs to an example and a component lies examples last, so that reductions over
    components and dimensions vectorize. The square root of 1/2 is part of L. The slope by L is the
    transposed product; its last column, the sums, gives the slope by the means.
    """

    def __init__(self, n: int, k: int, d: int) -> None:
        self.n, self.k, self.d = n, k, d
        self.x1, self.ones = np.ones((n, d + 1)), np.ones(n)
        self.L1 = np.zeros((k, d, d + 1))
        self.rows, self.flat = self.L1.reshape(k * d, -1), self.L1.reshape(k, -1)
        self.L, self.bias = self.L1[:, :, :d], self.L1[:, :, -1]
        self.diagonal = np.arange(d) * (d + 2)
        self.below = BELOW[0] * (d + 1) + BELOW[1]
        self.z, self.square = np.empty((k, d, n)), np.empty((k, d, n))
        self.terms, self.row, self.weights = np.empty((k, n)), np.empty(n), np.empty(k)
        self.G = np.empty((k, d, d + 1))
        self.constant = constant(n, k, d)
        self.results = [np.empty(k), np.empty((k, d)), np.empty((k, d + d * (d - 1) // 2))]

    def __call__(self, x: Array, alphas: Array, means: Array, icf: Array) -> list[Any]:
        """Value and gradients; these lie in buffers."""
        logs, rest = icf[:, : self.d], icf[:, self.d :]
        scale = np.exp(logs)
        self.fill(x, means, scale, rest)
        value = self.likelihood((alphas + np.add.reduce(logs, 1))[:, None])
        value += self.prior(alphas, scale, rest)
        self.slopes(means, scale, rest)
        return [value, *self.results]

    def fill(self, x: Array, means: Array, scale: Array, rest: Array) -> None:
        """Sqrt 1/2 times (L, -Lμ), and (x, 1)."""
        half = math.sqrt(0.5)
        self.x1[:, :-1] = x
        self.flat[:, self.diagonal] = scale * half
        self.flat[:, self.below] = rest * half
        np.negative(np.matmul(self.L, means[:, :, None])[:, :, 0], self.bias)

    def likelihood(self, bias: Array) -> Any:
        """Its value; leaves Σ p z (x, 1)ᵀ in G, and Σ p in the weights."""
        z, square, terms, row = self.z, self.square, self.terms, self.row
        np.dot(self.rows, self.x1.T, z.reshape(len(self.rows), -1))
        np.multiply(z, z, square)
        np.add.reduce(square, 1, None, terms)
        np.subtract(bias, terms, terms)
        np.maximum.reduce(terms, 0, None, row)
        np.subtract(terms, row, terms)
        value = row.dot(self.ones)
        np.exp(terms, terms)
        np.add.reduce(terms, 0, None, row)
        np.divide(terms, row, terms)
        value += np.log(row, row).dot(self.ones)
        np.dot(terms, self.ones, self.weights)
        np.multiply(z, terms[:, None, :], z)
        np.dot(z.reshape(len(self.rows), -1), self.x1, self.G.reshape(len(self.rows), -1))
        return value

    def prior(self, alphas: Array, scale: Array, rest: Array) -> Any:
        """The prior, the normalization of the weights, and the constant; starts the slopes."""
        top = alphas.max()
        a = np.exp(alphas - top)
        total = a.sum()
        np.multiply(a, -self.n / total, self.results[0])
        self.results[0] += self.weights
        squares = np.einsum("ij,ij", scale, scale) + np.einsum("ij,ij", rest, rest)
        return self.constant + GAMMA**2 / 2 * squares - self.n * (math.log(total) + top)

    def slopes(self, means: Array, scale: Array, rest: Array) -> None:
        """With G = Σ p z (x, 1)ᵀ, the slope by L is G₁μᵀ - G, and that by μ is LᵀG₁."""
        _, d_means, d_icf = self.results
        G, root, d = self.G, math.sqrt(2.0), self.d
        sums = G[:, :, -1:]
        np.matmul(sums.transpose(0, 2, 1), self.L, d_means[:, None, :])
        d_means *= 2
        G[:, :, :-1] -= sums * means[:, None, :]
        flat = G.reshape(self.k, -1)
        own = flat[:, self.diagonal] * -root
        own += GAMMA**2 * scale
        own *= scale
        np.add(own, self.weights[:, None] - M, d_icf[:, :d])
        np.multiply(flat[:, self.below], -root, d_icf[:, d:])
        d_icf[:, d:] += GAMMA**2 * rest


def tuned(x: Array, alphas: Array, means: Array, icf: Array) -> Callable[..., list[Any]]:
    """See `Mixture`."""
    return Mixture(len(x), len(alphas), x.shape[1])


def make() -> Workload:
    """The workload."""
    rng = np.random.default_rng(0)
    return Workload(
        name="mixture",
        title=f"Gaussian mixture (ADBench), d {D}, k {K}, n {N:,}, float64",
        arguments={
            "x": rng.normal(size=(N, D)),
            "alphas": rng.normal(size=K),
            "means": rng.uniform(size=(K, D)),
            "icf": rng.normal(size=(K, D + D * (D - 1) // 2)),
        },
        wrt=("alphas", "means", "icf"),
        formula=formula,
        textbook=textbook,
        products=products,
        tuned=tuned,
    )
