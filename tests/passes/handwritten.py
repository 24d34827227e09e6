"""Forward and backward passes as an expert writes them in NumPy; like emitted code, none in place.

Each takes what the emitted function takes, and returns the same arrays. ``n`` is the batch size.
"""

from __future__ import annotations

import numpy as np


def sigmoid(x):
    """Logistic function."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def log_softmax(x):
    """Logarithm of the softmax of rows."""
    s = x - np.max(x, axis=1, keepdims=True)
    return s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))


def softmax(x):
    """Softmax of rows."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def one_hot(labels, depth):
    """Labels as rows."""
    return (labels[:, None] == np.arange(depth)) * 1.0


def xor(X, y, W, c, w, b):
    n = len(X)
    z = X @ W + c
    h = np.maximum(z, 0)
    r = h @ w + b - y
    loss = np.mean(r**2)
    d = 2.0 / n * r
    d_b = np.sum(d)
    d_w = h.T @ d
    d_z = np.outer(d, w) * (z > 0)
    d_c = np.sum(d_z, axis=0)
    d_W = X.T @ d_z
    return loss, d_W, d_c, d_w, d_b


def linear_regression(X, y, w, b):
    n = len(X)
    r = X @ w + b - y
    loss = np.mean(r**2)
    d = 2.0 / n * r
    return loss, X.T @ d, np.sum(d)


def logistic_regression(X, y, w, b):
    n = len(X)
    z = X @ w + b
    loss = np.mean(np.logaddexp(0, z) - y * z) + 0.01 * np.sum(w**2)
    d = (sigmoid(z) - y) / n
    return loss, 0.02 * w + X.T @ d, np.sum(d)


def two_layers(X, y, W1, b1, W2, b2):
    """tanh, squared error, weight decay."""
    n = len(X)
    h = np.tanh(X @ W1 + b1)
    r = h @ W2 + b2 - y
    loss = np.mean(r**2) + 0.1 * (np.sum(W1**2) + np.sum(W2**2))
    d = 2.0 / (3 * n) * r
    d_b2 = np.sum(d, axis=0)
    d_W2 = h.T @ d + 0.2 * W2
    d_z = d @ W2.T * (1 - h**2)
    d_b1 = np.sum(d_z, axis=0)
    d_W1 = X.T @ d_z + 0.2 * W1
    return loss, d_W1, d_b1, d_W2, d_b2


def three_layers(X, y, W1, b1, W2, b2, W3, b3):
    """Rectified linear units, squared error, weight decay."""
    n = len(X)
    z1 = X @ W1 + b1
    h1 = np.maximum(z1, 0)
    z2 = h1 @ W2 + b2
    h2 = np.maximum(z2, 0)
    r = h2 @ W3 + b3 - y
    loss = np.mean(r**2) + 0.1 * (np.sum(W1**2) + np.sum(W2**2) + np.sum(W3**2))
    d = 2.0 / (3 * n) * r
    d_b3 = np.sum(d, axis=0)
    d_W3 = h2.T @ d + 0.2 * W3
    d_z2 = d @ W3.T * (z2 > 0)
    d_b2 = np.sum(d_z2, axis=0)
    d_W2 = h1.T @ d_z2 + 0.2 * W2
    d_z1 = d_z2 @ W2.T * (z1 > 0)
    d_b1 = np.sum(d_z1, axis=0)
    d_W1 = X.T @ d_z1 + 0.2 * W1
    return loss, d_W1, d_b1, d_W2, d_b2, d_W3, d_b3


def sigmoid_units(X, y, W1, b1, W2, b2):
    """The sigmoid network of the notes: hidden and output units, half the squared error."""
    h = sigmoid(X @ W1 + b1)
    y_hat = sigmoid(h @ W2 + b2)
    r = y_hat - y
    loss = 0.5 * np.sum(r**2)
    d_2 = r * (y_hat * (1 - y_hat))
    d_b2 = np.sum(d_2, axis=0)
    d_W2 = h.T @ d_2
    d_1 = d_2 @ W2.T * (h * (1 - h))
    d_b1 = np.sum(d_1, axis=0)
    d_W1 = X.T @ d_1
    return loss, d_W1, d_b1, d_W2, d_b2


def classifier(X, labels, W1, b1, W2, b2):
    """Softmax of one hidden layer, labels as integers, weight decay."""
    n = len(X)
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    log_p = log_softmax(h @ W2 + b2)
    rows = np.arange(n)
    penalty = 0.1 * (np.sum(W1**2) + np.sum(W2**2))
    loss = penalty - np.mean(log_p[rows, labels])
    d = (np.exp(log_p) - one_hot(labels, 3)) / n
    d_b2 = np.sum(d, axis=0)
    d_W2 = h.T @ d + 0.2 * W2
    d_z = d @ W2.T * (z > 0)
    d_b1 = np.sum(d_z, axis=0)
    d_W1 = X.T @ d_z + 0.2 * W1
    return loss, d_W1, d_b1, d_W2, d_b2


def classifier_of_rows(X, Y, W, b):
    """Softmax regression; the rows of Y need not add up to 1."""
    n = len(X)
    log_p = log_softmax(X @ W + b)
    loss = -np.mean(np.sum(Y * log_p, axis=1))
    d = (np.exp(log_p) * np.sum(Y, axis=1, keepdims=True) - Y) / n
    return loss, X.T @ d, np.sum(d, axis=0)


def recurrent(x1, x2, h0, t, W, U, b):
    """Two steps of a recurrent layer."""
    h1 = np.tanh(x1 @ W + h0 @ U + b)
    h2 = np.tanh(x2 @ W + h1 @ U + b)
    r = h2 - t
    loss = np.sum(r**2)
    d2 = 2.0 * r * (1 - h2**2)
    d1 = d2 @ U.T * (1 - h1**2)
    d_b = np.sum(d2, axis=0) + np.sum(d1, axis=0)
    return loss, x2.T @ d2 + x1.T @ d1, h1.T @ d2 + h0.T @ d1, d_b


def long_short_term_memory(x, h, c, t, Wi, Ui, Wf, Uf, Wg, Ug):
    """The cell of a step."""
    i = sigmoid(x @ Wi + h @ Ui)
    f = sigmoid(x @ Wf + h @ Uf)
    g = np.tanh(x @ Wg + h @ Ug)
    r = f * c + i * g - t
    loss = np.sum(r**2)
    d = 2.0 * r
    d_i = d * g * (i * (1 - i))
    d_f = d * c * (f * (1 - f))
    d_g = d * i * (1 - g**2)
    return loss, x.T @ d_i, h.T @ d_i, x.T @ d_f, h.T @ d_f, x.T @ d_g, h.T @ d_g


def principal_components(X, W):
    z = X @ W
    r = X - z @ W.T
    loss = np.sum(r**2)
    d = -2.0 * r
    return loss, d.T @ z + X.T @ (d @ W)


def factorization(M, R, U, V):
    e = M * (U @ V.T - R)
    loss = np.sum(e**2) + 0.1 * (np.sum(U**2) + np.sum(V**2))
    d = 2.0 * e * M
    return loss, 0.2 * U + d @ V, 0.2 * V + d.T @ U


def contrastive(Z, W):
    """Each row of Z is to be nearest to that of W."""
    n = len(Z)
    log_p = log_softmax(Z @ W.T / 0.1)
    loss = -np.mean(np.diagonal(log_p))
    d = (np.exp(log_p) - np.eye(n)) / (0.1 * n)
    return loss, d @ W, d.T @ Z


def batch_norm(x, gamma, beta, t):
    """The mean of r, which is rounding alone, is taken off its slope: equal elements get 0."""
    n = len(x)
    s = np.sqrt(np.var(x, axis=0) + 1e-5)
    r = x - np.mean(x, axis=0)
    z = r / s
    e = z * gamma + beta - t
    loss = np.sum(e**2)
    d = 2.0 * e
    d_z = d * gamma
    d_v = -np.sum(d_z * z, axis=0) / s / (2 * s)
    d_r = d_z / s + d_v * (2.0 / n) * r
    return loss, d_r - np.sum(d_r, axis=0) / n, np.sum(d * z, axis=0), np.sum(d, axis=0)


def layer_norm(x, gamma, beta, t):
    """As `batch_norm`, of rows."""
    s = np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)
    r = x - np.mean(x, axis=1, keepdims=True)
    z = r / s
    e = z * gamma + beta - t
    loss = np.sum(e**2)
    d = 2.0 * e
    d_z = d * gamma
    d_v = -np.sum(d_z * z, axis=1, keepdims=True) / s / (2 * s)
    d_r = d_z / s + 2 / 6 * d_v * r
    d_x = d_r - np.sum(d_r, axis=1, keepdims=True) / 6
    return loss, d_x, np.sum(d * z, axis=0), np.sum(d, axis=0)


def attention(Q, K, V, t):
    A = softmax(Q @ K.T / 2)
    r = A @ V - t
    d = 2.0 * r
    d_A = d @ V.T
    d_z = A * (d_A - np.sum(A * d_A, axis=1, keepdims=True)) / 2
    return np.sum(r**2), d_z @ K, d_z.T @ Q, A.T @ d


def masked_attention(Q, K, V, M, t):
    """What is masked has slope 0, whatever the slope of its value."""
    A = softmax(np.where(M, Q @ K.T / 2, -np.inf))
    r = A @ V - t
    d = 2.0 * r
    d_A = d @ V.T
    d_z = A * (d_A - np.sum(A * d_A, axis=1, keepdims=True))
    d_z = np.where(M, d_z, 0) / 2
    return np.sum(r**2), d_z @ K, d_z.T @ Q, A.T @ d


def huber_regression(X, y, w, b):
    r = X @ w + b - y
    e = np.abs(r)
    loss = np.mean(np.where(e <= 1.5, 0.5 * r**2, 1.5 * (e - 0.75)))
    d = np.clip(r, -1.5, 1.5) / len(X)
    return loss, X.T @ d, np.sum(d)


def kernel_ridge(X, Z, y, a, s):
    """Radial basis functions of learned centers and width."""
    n = len(X)
    d = np.sum(X**2, axis=1, keepdims=True) + np.sum(Z**2, axis=1) - 2 * X @ Z.T
    c = np.exp(s)
    K = np.exp(-c * d)
    r = K @ a - y
    loss = np.mean(r**2) + 0.1 * np.sum(a**2)
    d_y = 2.0 / n * r
    d_z = np.outer(d_y, a) * K
    d_d = d_z * c
    d_Z = 2.0 * (d_d.T @ X) - 2.0 * np.expand_dims(np.sum(d_d, axis=0), 1) * Z
    return loss, 0.2 * a + K.T @ d_y, -np.sum(d_z * d) * c, d_Z


def triplets(a, p, q):
    """The nearer one is to be nearer by a margin."""
    n = len(a)
    r, s = a - p, a - q
    d = np.sum(r**2, axis=1) - np.sum(s**2, axis=1) + 0.2
    loss = np.mean(np.maximum(d, 0))
    active = np.expand_dims(np.heaviside(d, 0.5), 1)
    d_r = 2.0 / n * active * r
    d_s = -2.0 / n * active * s
    return loss, d_r + d_s, -d_r, -d_s
