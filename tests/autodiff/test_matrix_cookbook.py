"""Derivatives found by hand, in books, against those found here: a table of identities.

MC: Petersen and Pedersen, The Matrix Cookbook, 15 November 2012, by equation. MN: Magnus and
Neudecker, Matrix Differential Calculus, third edition. BV: Boyd and Vandenberghe, Convex
Optimization. DL: Goodfellow, Bengio and Courville, Deep Learning. RW: Rasmussen and Williams,
Gaussian Processes for Machine Learning. Giles: Collected matrix derivative results, 2008.

The closed forms are NumPy, of the values by their names: vectors a b w x y (n), c l (m), p q
(n, probabilities), a scalar t, matrices A B C X (n by n), S P (positive definite), G Y (m by n),
H (n by m), K (m by m). None of them is symmetric but S and P.
"""

from __future__ import annotations

import inspect
from functools import cache

import numpy as np
import pytest
from numpy import diag, einsum, exp, eye, log, ones, outer, tril
from numpy.linalg import det, inv, matrix_power, norm, pinv

import symgrad as sg
from symgrad.graph.walk import ancestors

n, m = 4, 3
SPECS = {
    **dict.fromkeys("abwxypq", "[n]"),
    **dict.fromkeys("cl", "[m]"),
    **dict.fromkeys("ABCXSP", "[n, n]"),
    **dict.fromkeys("GY", "[m, n]"),
    "H": "[n, m]",
    "K": "[m, m]",
    "t": "[]",
}


def make_values():
    rng = np.random.default_rng(2012)
    values = {
        k: rng.uniform(-1, 1, [{"n": n, "m": m}[d] for d in s.strip("[]").split(", ") if d])
        for k, s in SPECS.items()
    }
    for k in "ABCXK":
        values[k] += 2 * eye(len(values[k]))
    for k in "SP":
        values[k] = values[k] @ values[k].T / n + eye(n)
    for k in "pq":
        values[k] = exp(values[k]) / exp(values[k]).sum()
    return values | {"l": (values["l"] > 0) * 1.0, "t": np.array(0.7)}


VALUES = make_values()


def softmax(x):
    return exp(x) / exp(x).sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + exp(-x))


I = eye(n)

GRADIENTS = [
    # Linear and quadratic forms.
    ("a @ x", "x", lambda a: a, "MC (69)"),
    ("x @ a", "x", lambda a: a, "MC (69)"),
    ("a @ X @ b", "X", lambda a, b: outer(a, b), "MC (70)"),
    ("a @ X.T @ b", "X", lambda a, b: outer(b, a), "MC (71)"),
    ("a @ X @ a", "X", lambda a: outer(a, a), "MC (72)"),
    ("a @ X.T @ X @ b", "X", lambda a, b, X: X @ (outer(a, b) + outer(b, a)), "MC (77)"),
    (
        "(B @ x + b) @ C @ (A @ x + a)",
        "x",
        lambda A, B, C, a, b, x: B.T @ C @ (A @ x + a) + A.T @ C.T @ (B @ x + b),
        "MC (78)",
    ),
    ("x @ A @ x", "x", lambda A, x: (A + A.T) @ x, "MC (81)"),
    ("x @ S @ x", "x", lambda S, x: 2 * S @ x, "MC (81)"),
    (
        "b @ X.T @ A @ X @ a",
        "X",
        lambda A, X, a, b: A.T @ X @ outer(b, a) + A @ X @ outer(a, b),
        "MC (82)",
    ),
    (
        "(X @ b + a) @ A @ (X @ b + a)",
        "X",
        lambda A, X, a, b: outer((A + A.T) @ (X @ b + a), b),
        "MC (83)",
    ),
    (
        "(x - A @ y) @ S @ (x - A @ y)",
        "y",
        lambda A, S, x, y: -2 * A.T @ S @ (x - A @ y),
        "MC (84)",
    ),
    ("(x - y) @ S @ (x - y)", "x", lambda S, x, y: 2 * S @ (x - y), "MC (85)"),
    ("(x - y) @ S @ (x - y)", "y", lambda S, x, y: -2 * S @ (x - y), "MC (86)"),
    ("(x - A @ y) @ S @ (x - A @ y)", "x", lambda A, S, x, y: 2 * S @ (x - A @ y), "MC (87)"),
    (
        "(x - A @ y) @ S @ (x - A @ y)",
        "A",
        lambda A, S, x, y: -2 * outer(S @ (x - A @ y), y),
        "MC (88)",
    ),
    (
        "a @ matrix_power(X, 3) @ b",
        "X",
        lambda X, a, b: sum(
            matrix_power(X.T, r) @ outer(a, b) @ matrix_power(X.T, 2 - r) for r in range(3)
        ),
        "MC (91)",
    ),
    ("x @ A @ x + b @ x", "x", lambda A, x, b: (A + A.T) @ x + b, "MC (97)"),
    # Traces.
    ("trace(X)", "X", lambda: I, "MC (99)"),
    ("trace(X @ A)", "X", lambda A: A.T, "MC (100)"),
    ("trace(A @ X)", "X", lambda A: A.T, "MC (100)"),
    ("trace(A @ X @ B)", "X", lambda A, B: A.T @ B.T, "MC (101)"),
    ("trace(A @ X.T @ B)", "X", lambda A, B: B @ A, "MC (102)"),
    ("trace(X.T @ A)", "X", lambda A: A, "MC (103)"),
    ("trace(A @ X.T)", "X", lambda A: A, "MC (104)"),
    ("trace(kron(A, X))", "X", lambda A: np.trace(A) * I, "MC (105)"),
    ("trace(X @ X)", "X", lambda X: 2 * X.T, "MC (106)"),
    ("trace(X @ X @ B)", "X", lambda X, B: (X @ B + B @ X).T, "MC (107)"),
    ("trace(X.T @ B @ X)", "X", lambda X, B: B @ X + B.T @ X, "MC (108)"),
    ("trace(B @ X @ X.T)", "X", lambda X, B: B @ X + B.T @ X, "MC (109)"),
    ("trace(X @ X.T @ B)", "X", lambda X, B: B @ X + B.T @ X, "MC (110)"),
    ("trace(X @ B @ X.T)", "X", lambda X, B: X @ B.T + X @ B, "MC (111)"),
    ("trace(B @ X.T @ X)", "X", lambda X, B: X @ B.T + X @ B, "MC (112)"),
    (
        "trace(A @ X @ B @ X)",
        "X",
        lambda A, B, X: A.T @ X.T @ B.T + B.T @ X.T @ A.T,
        "MC (114)",
    ),
    ("trace(X.T @ X)", "X", lambda X: 2 * X, "MC (115)"),
    (
        "trace(B.T @ X.T @ C @ X @ B)",
        "X",
        lambda B, C, X: (C.T + C) @ X @ B @ B.T,
        "MC (116)",
    ),
    ("trace(X.T @ B @ X @ C)", "X", lambda B, C, X: B @ X @ C + B.T @ X @ C.T, "MC (117)"),
    (
        "trace(A @ X @ B @ X.T @ C)",
        "X",
        lambda A, B, C, X: A.T @ C.T @ X @ B.T + C @ A @ X @ B,
        "MC (118)",
    ),
    (
        "trace((A @ X @ B + C) @ (A @ X @ B + C).T)",
        "X",
        lambda A, B, C, X: 2 * A.T @ (A @ X @ B + C) @ B.T,
        "MC (119)",
    ),
    ("trace(kron(X, X))", "X", lambda X: 2 * np.trace(X) * I, "MC (120)"),
    ("trace(matrix_power(X, 4))", "X", lambda X: 4 * matrix_power(X, 3).T, "MC (121)"),
    (
        "trace(A @ matrix_power(X, 3))",
        "X",
        lambda A, X: sum(matrix_power(X, r) @ A @ matrix_power(X, 2 - r) for r in range(3)).T,
        "MC (122)",
    ),
    ("trace(X)**2", "X", lambda X: 2 * np.trace(X) * I, "MC (99)"),
    ("trace(H.T @ S @ H)", "H", lambda S, H: 2 * S @ H, "MC (108)"),
    # Inverses.
    ("a @ inv(X) @ b", "X", lambda a, b, X: -inv(X).T @ outer(a, b) @ inv(X).T, "MC (61)"),
    ("a @ solve(X, b)", "X", lambda a, b, X: -inv(X).T @ outer(a, b) @ inv(X).T, "MC (61)"),
    (
        "trace(A @ inv(X) @ B)",
        "X",
        lambda A, B, X: -(inv(X) @ B @ A @ inv(X)).T,
        "MC (63), (124)",
    ),
    ("trace(inv(X + A))", "X", lambda A, X: -matrix_power(inv(X + A), 2).T, "MC (64)"),
    ("sum(solve(X, B))", "B", lambda X, B: inv(X).T @ ones((n, n)), "Giles, section 2.3"),
    (
        "trace(inv(X.T @ S @ X) @ A)",
        "X",
        lambda A, S, X: -S @ X @ inv(X.T @ S @ X) @ (A + A.T) @ inv(X.T @ S @ X),
        "MC (125)",
    ),
    (
        "trace(inv(H.T @ S @ H) @ (H.T @ P @ H))",
        "H",
        lambda S, P, H: (
            -2 * S @ H @ inv(H.T @ S @ H) @ H.T @ P @ H @ inv(H.T @ S @ H)
            + 2 * P @ H @ inv(H.T @ S @ H)
        ),
        "MC (126)",
    ),
    # Determinants.
    ("det(t * A + B)", "t", lambda A, B, t: _det_slope(t * A + B, A), "MC (46)"),
    ("det(X)", "X", lambda X: det(X) * inv(X).T, "MC (49)"),
    ("det(A @ X @ B)", "X", lambda A, B, X: det(A @ X @ B) * inv(X).T, "MC (51)"),
    ("det(X.T @ A @ X)", "X", lambda A, X: 2 * det(X.T @ A @ X) * inv(X).T, "MC (52)"),
    (
        "det(H.T @ S @ H)",
        "H",
        lambda S, H: 2 * det(H.T @ S @ H) * S @ H @ inv(H.T @ S @ H),
        "MC (53)",
    ),
    (
        "det(H.T @ A @ H)",
        "H",
        lambda A, H: det(H.T @ A @ H) * (A @ H @ inv(H.T @ A @ H) + A.T @ H @ inv(H.T @ A.T @ H)),
        "MC (54)",
    ),
    ("log(det(H.T @ H))", "H", lambda H: 2 * pinv(H).T, "MC (55)"),
    ("log(abs(det(X)))", "X", lambda X: inv(X).T, "MC (57)"),
    ("logabsdet(A @ X @ B)", "X", lambda X: inv(X).T, "MC (57)"),
    ("log(det(S))", "S", lambda S: inv(S), "BV, section A.4.1"),
    ("det(matrix_power(X, 3))", "X", lambda X: 3 * det(X) ** 3 * inv(X).T, "MC (58)"),
    ("det(inv(X))", "X", lambda X: -inv(X).T / det(X), "MC (62)"),
    ("det(X)**2", "X", lambda X: 2 * det(X) ** 2 * inv(X).T, "MC (49)"),
    ("log(det(S + outer(x, x)))", "x", lambda S, x: 2 * inv(S + outer(x, x)) @ x, "MC (57)"),
    ("2 * sum(log(diagonal(cholesky(S))))", "S", lambda S: inv(S), "MC (57)"),
    # Norms and quotients.
    ("norm(x - a)", "x", lambda x, a: (x - a) / norm(x - a), "MC (129)"),
    ("norm(x)**2", "x", lambda x: 2 * x, "MC (131)"),
    ("sum(x**2)", "x", lambda x: 2 * x, "MC (131)"),
    ("norm(X)**2", "X", lambda X: 2 * X, "MC (132)"),
    ("norm(X)", "X", lambda X: X / norm(X), "MC (132)"),
    ("norm(A @ X - B)**2", "X", lambda A, B, X: 2 * A.T @ (A @ X - B), "MC (119)"),
    ("norm(X @ G.T - H)**2", "X", lambda X, G, H: 2 * (X @ G.T - H) @ G, "MC (119)"),
    (
        "x @ S @ x / (x @ x)",
        "x",
        lambda S, x: 2 * (S @ x - (x @ S @ x) / (x @ x) * x) / (x @ x),
        "MC (81), (131)",
    ),
    (
        "x @ y / (norm(x) * norm(y))",
        "x",
        lambda x, y: (y - (x @ y) / (x @ x) * x) / (norm(x) * norm(y)),
        "MC (69), (129)",
    ),
    (
        "a @ x / sqrt(x @ S @ x)",
        "x",
        lambda a, S, x: (a - (a @ x) / (x @ S @ x) * S @ x) / np.sqrt(x @ S @ x),
        "MC (69), (81)",
    ),
    # Least squares.
    ("0.5 * sum((G @ x - c)**2)", "x", lambda G, x, c: G.T @ (G @ x - c), "DL, section 4.5"),
    (
        "norm(G @ x - c)**2 + t * x @ x",
        "x",
        lambda G, x, c, t: 2 * G.T @ (G @ x - c) + 2 * t * x,
        "BV, section 6.3",
    ),
    (
        "(G @ x - c) @ K @ (G @ x - c)",
        "x",
        lambda G, K, x, c: G.T @ (K + K.T) @ (G @ x - c),
        "MC (78), (83)",
    ),
    ("sum(concatenate([A @ x, x])**2)", "x", lambda A, x: 2 * (A.T @ A @ x + x), "MC (78)"),
    # Gaussian and Wishart densities.
    (
        "-0.5 * (x - y) @ inv(S) @ (x - y) - 0.5 * log(det(S))",
        "y",
        lambda S, x, y: inv(S) @ (x - y),
        "MC, section 8.1",
    ),
    (
        "-0.5 * (x - y) @ inv(S) @ (x - y) - 0.5 * log(det(S))",
        "S",
        lambda S, x, y: 0.5 * (inv(S) @ outer(x - y, x - y) @ inv(S) - inv(S)),
        "MN, chapter 15",
    ),
    (
        "0.5 * log(det(P)) - 0.5 * (x - y) @ P @ (x - y)",
        "P",
        lambda P, x, y: 0.5 * (inv(P) - outer(x - y, x - y)),
        "BV, section 7.1.1",
    ),
    (
        "trace(inv(S) @ A) + log(det(S))",
        "S",
        lambda S, A: inv(S) - inv(S) @ A.T @ inv(S),
        "MC (57), (63)",
    ),
    ("trace(P @ A) - log(det(P))", "P", lambda P, A: A.T - inv(P), "BV, section 7.1.1"),
    (
        "-0.5 * y @ solve(P + t * S, y) - 0.5 * log(det(P + t * S))",
        "t",
        lambda P, S, t, y: 0.5 * _evidence_slope(P + t * S, S, y),
        "RW (5.9)",
    ),
    # Kronecker, vec and Hadamard products.
    (
        "X.T.reshape(-1) @ kron(A, B) @ X.T.reshape(-1)",
        "X",
        lambda A, B, X: B @ X @ A.T + B.T @ X @ A,
        "MC (108), section 10.2",
    ),
    ("sum(kron(X, A))", "X", lambda A: A.sum() * ones((n, n)), "MC (39)"),
    ("sum(A * X * X)", "X", lambda A, X: 2 * A * X, "MC (38)"),
    ("trace(A @ (X * B))", "X", lambda A, B: A.T * B, "MC (38), (100)"),
    ("a @ (X * X) @ b", "X", lambda a, b, X: 2 * outer(a, b) * X, "MC (38), (70)"),
    ("x @ (A * B) @ x", "x", lambda A, B, x: (A * B + (A * B).T) @ x, "MC (81)"),
    ('einsum("ij,jk,ki->", A, X, B)', "X", lambda A, B: A.T @ B.T, "MC (101)"),
    ('einsum("i,ij,j->", x, A, x)', "x", lambda A, x: (A + A.T) @ x, "MC (81)"),
    # Exponentials, logarithms, probabilities.
    ("a @ exp(x)", "x", lambda a, x: a * exp(x), "MN, chapter 9"),
    ("sum(exp(A @ x))", "x", lambda A, x: A.T @ exp(A @ x), "BV, section A.4.2"),
    ("logsumexp(x)", "x", lambda x: softmax(x), "BV, section A.4.2"),
    (
        "log(sum(exp(A @ x + b)))",
        "x",
        lambda A, x, b: A.T @ softmax(A @ x + b),
        "BV, section A.4.2",
    ),
    ("a @ softmax(x)", "x", lambda a, x: softmax(x) * (a - a @ softmax(x)), "DL, section 6.2.2.3"),
    ("-sum(p * log(p))", "p", lambda p: -log(p) - 1, "BV, section 3.1.5"),
    ("sum(p * log(p / q))", "p", lambda p, q: log(p / q) + 1, "BV, example 3.19"),
    ("sum(p * log(p / q))", "q", lambda p, q: -p / q, "BV, example 3.19"),
    ("exp(mean(log(p)))", "p", lambda p: exp(log(p).mean()) / (n * p), "BV, section 3.1.5"),
    ("-sum(log(9 - A @ x))", "x", lambda A, x: A.T @ (1 / (9 - A @ x)), "BV, section 9.1"),
    (
        "sum(log(1 + exp(G @ w)) - l * (G @ w))",
        "w",
        lambda G, w, l: G.T @ (sigmoid(G @ w) - l),
        "BV, section 7.1.1",
    ),
    (
        "sum(log(sum(exp(G @ X), axis=1))) - sum(Y * (G @ X))",
        "X",
        lambda G, X, Y: G.T @ (softmax(G @ X) - Y),
        "DL, section 6.2.2.3",
    ),
    # Structured matrices.
    ("a @ diag(x) @ b", "x", lambda a, b: a * b, "MC, section 2.8.3"),
    ("trace(A @ diag(x))", "x", lambda A: diag(A), "MC, section 2.8.3"),
    ("log(det(diag(p)))", "p", lambda p: 1 / p, "MC (57), section 2.8.3"),
    ("trace(A @ (X + X.T) / 2)", "X", lambda A: (A + A.T) / 2, "MC, section 2.8.2"),
    (
        "logabsdet((X + X.T) / 2)",
        "X",
        lambda X: inv((X + X.T) / 2),
        "MC, section 2.8.2",
    ),
    ("a @ tril(X) @ b", "X", lambda a, b: tril(outer(a, b)), "MC (70), section 2.8"),
    (
        "norm(tril(X) @ tril(X).T - S)**2",
        "X",
        lambda X, S: 4 * tril((tril(X) @ tril(X).T - S) @ tril(X)),
        "MC (116), section 2.8",
    ),
]

JACOBIANS = [
    ("x", "x", lambda: I, "MN, chapter 9"),
    ("A @ x", "x", lambda A: A, "MN, chapter 9"),
    ("x @ A", "x", lambda A: A.T, "MN, chapter 9"),
    ("X @ x", "X", lambda x: einsum("ki,j->kij", I, x), "MC (73)"),
    ("A @ X @ B", "X", lambda A, B: einsum("ik,lj->ijkl", A, B), "MC (37), (73)"),
    ("X.T", "X", lambda: einsum("jk,il->ijkl", I, I), "MC (44)"),
    (
        "X.T @ X",
        "X",
        lambda X: einsum("lj,ik->klij", I, X) + einsum("kj,il->klij", I, X),
        "MC (79)",
    ),
    ("inv(X)", "X", lambda X: -einsum("ki,jl->klij", inv(X), inv(X)), "MC (60)"),
    ("inv(t * A + B)", "t", lambda A, B, t: _inverse_slope(t * A + B, A), "MC (59)"),
    ("solve(A, b)", "b", lambda A: inv(A), "Giles, section 2.3"),
    (
        "solve(A, b)",
        "A",
        lambda A, b: -einsum("ki,j->kij", inv(A), inv(A) @ b),
        "Giles, section 2.3",
    ),
    ("(x - a) / norm(x - a)", "x", lambda x, a: _curvature(x - a), "MC (130)"),
    ("x / norm(x)", "x", lambda x: _curvature(x), "MC (130)"),
    (
        "A @ x / (b @ x)",
        "x",
        lambda A, b, x: A / (b @ x) - outer(A @ x, b) / (b @ x) ** 2,
        "MN, chapter 9",
    ),
    ("x * x", "x", lambda x: 2 * diag(x), "MC (38)"),
    ("X * A", "X", lambda A: einsum("ik,jl,ij->ijkl", I, I, A), "MC (38)"),
    ("outer(x, y)", "x", lambda y: einsum("ik,j->ijk", I, y), "MC (73)"),
    ("kron(x, y)", "x", lambda y: np.kron(I, y[:, None]), "MC (39)"),
    ("diag(x) @ A", "x", lambda A: einsum("ik,ij->ijk", I, A), "MC, section 2.8.3"),
    ("exp(x)", "x", lambda x: diag(exp(x)), "MN, chapter 9"),
    ("softmax(x)", "x", lambda x: _covariance(softmax(x)), "DL, section 6.2.2.3"),
    ("exp(x) / sum(exp(x))", "x", lambda x: _covariance(softmax(x)), "DL, section 6.2.2.3"),
    ("log_softmax(x)", "x", lambda x: I - softmax(x)[None, :], "DL, section 6.2.2.3"),
    (
        "sigmoid(A @ x)",
        "x",
        lambda A, x: diag(sigmoid(A @ x) * (1 - sigmoid(A @ x))) @ A,
        "DL, section 3.10",
    ),
    ("cumsum(x)", "x", lambda: tril(ones((n, n))), "MN, chapter 9"),
    ("concatenate([x, A @ x])", "x", lambda A: np.concatenate([I, A]), "MN, chapter 9"),
]

HESSIANS = [
    ("a @ x", "x", lambda: 0 * I, "MN, chapter 10"),
    ("x @ A @ x", "x", lambda A: A + A.T, "MC (98)"),
    ("x @ A @ x + b @ x", "x", lambda A: A + A.T, "MC (98)"),
    ("x @ x", "x", lambda: 2 * I, "MC (98)"),
    ("x @ diag(a) @ x", "x", lambda a: 2 * diag(a), "MC (98)"),
    ("norm(A @ x - b)**2", "x", lambda A: 2 * A.T @ A, "BV, section A.4.3"),
    ("(G @ x - c) @ K @ (G @ x - c)", "x", lambda G, K: G.T @ (K + K.T) @ G, "MC (98)"),
    (
        "norm(G @ x - c)**2 + t * x @ x",
        "x",
        lambda G, t: 2 * (G.T @ G + t * I),
        "BV, section 6.3",
    ),
    ("(x @ x)**2", "x", lambda x: 4 * (x @ x) * I + 8 * outer(x, x), "MN, chapter 10"),
    ("norm(x)", "x", lambda x: _curvature(x), "MC (130)"),
    ("exp(a @ x)", "x", lambda a, x: exp(a @ x) * outer(a, a), "BV, section A.4.4"),
    ("sum(exp(A @ x))", "x", lambda A, x: A.T @ diag(exp(A @ x)) @ A, "BV, section A.4.4"),
    ("logsumexp(x)", "x", lambda x: _covariance(softmax(x)), "BV, section 3.1.5"),
    (
        "log(sum(exp(A @ x + b)))",
        "x",
        lambda A, x, b: A.T @ _covariance(softmax(A @ x + b)) @ A,
        "BV, section A.4.4",
    ),
    (
        "sum(log(1 + exp(G @ w)) - l * (G @ w))",
        "w",
        lambda G, w: G.T @ diag(sigmoid(G @ w) * (1 - sigmoid(G @ w))) @ G,
        "BV, section A.4.4",
    ),
    ("sum(p * log(p))", "p", lambda p: diag(1 / p), "BV, section 3.1.5"),
    (
        "exp(mean(log(p)))",
        "p",
        lambda p: exp(log(p).mean()) * (outer(1 / p, 1 / p) / n - diag(1 / p**2)) / n,
        "BV, section 3.1.5",
    ),
    (
        "-sum(log(9 - A @ x))",
        "x",
        lambda A, x: A.T @ diag((9 - A @ x) ** -2) @ A,
        "BV, section 9.1",
    ),
    ("0.5 * (x - y) @ inv(S) @ (x - y)", "y", lambda S: inv(S), "MC, section 8.1"),
    ("trace(X.T @ X)", "X", lambda: 2 * einsum("ik,jl->ijkl", I, I), "MN, chapter 10"),
    (
        "a @ X.T @ X @ b",
        "X",
        lambda a, b: einsum("ik,jl->ijkl", I, outer(a, b) + outer(b, a)),
        "MC (77)",
    ),
    (
        "trace(A @ X @ B @ X)",
        "X",
        lambda A, B: einsum("li,jk->ijkl", A, B) + einsum("jk,li->ijkl", A, B),
        "MN, chapter 10",
    ),
    ("log(det(X))", "X", lambda X: -einsum("jk,li->ijkl", inv(X), inv(X)), "BV, section A.4.3"),
    (
        "det(X)",
        "X",
        lambda X: (
            det(X) * (einsum("ji,lk->ijkl", inv(X), inv(X)) - einsum("jk,li->ijkl", inv(X), inv(X)))
        ),
        "MC, section 2.1",
    ),
    (
        "a @ inv(X) @ b",
        "X",
        lambda a, b, X: _inverse_form(inv(X), inv(X).T @ a, inv(X) @ b),
        "MC (60), (61)",
    ),
]


def _det_slope(Y, slope):
    return det(Y) * np.trace(inv(Y) @ slope)


def _inverse_slope(Y, slope):
    return -inv(Y) @ slope @ inv(Y)


def _evidence_slope(K, slope, y):
    weights = inv(K) @ y
    return np.trace((outer(weights, weights) - inv(K)) @ slope)


def _curvature(x):
    """The Hessian of the norm."""
    return I / norm(x) - outer(x, x) / norm(x) ** 3


def _covariance(p):
    return diag(p) - outer(p, p)


def _inverse_form(inverse, left, right):
    first = einsum("li,k,j->ijkl", inverse, left, right)
    return first + einsum("i,jk,l->ijkl", left, inverse, right)


KINDS = {"gradient": sg.grad, "jacobian": sg.jacobian, "hessian": sg.hessian}
TABLE = [
    (kind, *row)
    for kind, rows in zip(KINDS, (GRADIENTS, JACOBIANS, HESSIANS), strict=True)
    for row in rows
]


@cache
def derivative(kind, text, wrt):
    y = sg.parse(text, SPECS)
    return KINDS[kind](y, y.graph.inputs[wrt])


def check(found, closed):
    expected = closed(*(VALUES[name] for name in inspect.signature(closed).parameters))
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_the_table_is_large():
    assert len(TABLE) >= 150 and all(source for *_, source in TABLE)


@pytest.mark.parametrize(
    "kind, text, wrt, closed", [row[:4] for row in TABLE], ids=lambda v: v if type(v) is str else ""
)
def test_derivative_is_the_closed_form(kind, text, wrt, closed):
    d = derivative(kind, text, wrt)
    f = sg.function(None, d)
    check(f(*(VALUES[x.name] for x in f.inputs)), closed)


@pytest.mark.parametrize(
    "kind, text, wrt, closed", [row[:4] for row in TABLE], ids=lambda v: v if type(v) is str else ""
)
def test_derivative_as_written_is_the_closed_form_too(kind, text, wrt, closed):
    """Without the rewrites before differentiation, the rules of the rows are right themselves."""
    y = sg.parse(text, SPECS)
    d = KINDS[kind](y, y.graph.inputs[wrt], stabilize=False)
    f = sg.function(None, d)
    check(f(*(VALUES[x.name] for x in f.inputs)), closed)


@pytest.mark.parametrize(
    "kind, text, wrt, closed", [row[:4] for row in TABLE], ids=lambda v: v if type(v) is str else ""
)
def test_derivative_of_a_float32_graph_is_float32(kind, text, wrt, closed):
    y = sg.parse(text, {k: f"float32{v}" for k, v in SPECS.items()})
    d = KINDS[kind](y, y.graph.inputs[wrt])
    f = sg.function(None, d)
    found = f(*(np.float32(VALUES[x.name]) for x in f.inputs))
    assert d.dtype == found.dtype == np.float32
    expected = closed(*(VALUES[name] for name in inspect.signature(closed).parameters))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * (1 + abs(expected).max()))


LEAN = [
    ("gradient", "a @ x", "x", {}),
    ("gradient", "trace(A @ X)", "X", {}),
    ("gradient", "trace(X.T @ A)", "X", {}),
    ("gradient", "trace(A @ X @ B)", "X", {"matmul": 1}),
    ("gradient", "trace(X.T @ X)", "X", {}),
    ("gradient", "norm(X)**2", "X", {}),
    ("gradient", "log(det(X))", "X", {"inv": 1}),
    ("gradient", "log(abs(det(X)))", "X", {"inv": 1}),
    ("gradient", "a @ inv(X) @ b", "X", {"solve": 2}),
    ("gradient", "0.5 * sum((G @ x - c)**2)", "x", {"matmul": 2}),
    ("gradient", "a @ X @ b", "X", {}),
    ("gradient", "a @ diag(x) @ b", "x", {}),
    ("gradient", "sum(exp(A @ x))", "x", {"matmul": 2}),
    ("jacobian", "A @ x", "x", {}),
    ("jacobian", "solve(A, b)", "b", {"inv": 1}),
    ("hessian", "x @ A @ x", "x", {}),
    ("hessian", "x @ A @ x + b @ x", "x", {}),
    ("hessian", "norm(A @ x - b)**2", "x", {"matmul": 1}),
    ("hessian", "sum((A @ x - b)**2)", "x", {"matmul": 1}),
    ("hessian", "a @ x", "x", {}),
    ("hessian", "0.5 * (x - y) @ inv(S) @ (x - y)", "y", {"inv": 1}),
    ("hessian", "sum(exp(A @ x))", "x", {"matmul": 2}),
]
HEAVY = ("matmul", "solve", "inv", "det", "cofactor", "einsum", "tensordot", "kron", "eye")


@pytest.mark.parametrize("kind, text, wrt, allowed", LEAN)
def test_emitted_code_is_lean(kind, text, wrt, allowed):
    """No product with an identity, no second factorization: what one would write by hand."""
    ops = [node.op for node in ancestors([sg.simplify(derivative(kind, text, wrt))])]
    assert {op: ops.count(op) for op in HEAVY if op in ops} == allowed
