"""Covariances and correlations: a row for each variable, a column for each observation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..graph.graph import Expr
from . import typing as t
from .joining import concatenate
from .norms import vector_norm
from .op import Op, case, op
from .operands import find_graph, lift
from .products import matmul
from .reductions import mean
from .shapes import reshape, transpose


def _deviations(self: Op, x: Any, y: Any, rowvar: Any) -> Expr:
    """The variables, each less its mean."""
    graph = find_graph([x, y], self)
    tables = [_table(self, lift(graph, v), rowvar) for v in (x, y) if v is not None]
    both = concatenate(tables) if len(tables) > 1 else tables[0]
    return both - mean(both, 1, keepdims=True)


def _table(self: Op, x: Expr, rowvar: Any) -> Expr:
    if x.ndim > 2:
        raise ShapeError(f"{self}: {x.label} is no table of observations")
    if x.ndim < 2:
        return reshape(x, (1, x.size))
    return x if rowvar else transpose(x)


def _products(d: Expr) -> Expr:
    """All products of rows; of a single one a scalar."""
    y = matmul(d, transpose(d))
    return reshape(y, ()) if d.shape[0] == 1 else y


def _call_cov(
    self: Op, m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None
) -> Expr:
    d = _deviations(self, m, y, rowvar)
    ddof = int(not bias) if ddof is None else t.number(ddof, "ddof")
    return _products(d) / (lift(d.graph, d.shape[1]) - ddof if ddof else d.shape[1])


cov = op(
    "cov(m, y=None; rowvar=True, bias=False, ddof=None)",
    """Covariances of variables, the rows, over observations, the columns.""",
    call=_call_cov,
    meaning=lambda m, y=None, **params: _covariance(m, y, **params),
    cases=[
        case("[4]"),
        case("[3, 4]"),
        case("[4]", "[4]", bias=True),
        case("[4, 3]", rowvar=False, ddof=2),
    ],
)


def _covariance(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None
) -> Any:
    """The meaning, element by element, without conjugates."""
    m = m if rowvar else m.T
    rows = [*np.atleast_2d(m), *([] if y is None else np.atleast_2d(y))]
    d = [r - r.sum() / r.size for r in rows]
    divisor = m.shape[-1] - (int(not bias) if ddof is None else ddof)
    return np.squeeze(np.array([[(a * b).sum() / divisor for b in d] for a in d]))


def _call_corrcoef(self: Op, x: Any, y: Any = None, rowvar: Any = True) -> Expr:
    d = _deviations(self, x, y, rowvar)
    return _products(d / vector_norm(d, axis=1, keepdims=True))


corrcoef = op(
    "corrcoef(x, y=None; rowvar=True)",
    """Correlations of variables, the rows, over observations, the columns.""",
    call=_call_corrcoef,
    meaning=lambda x, y=None, rowvar=True: _correlation(x, y, rowvar),
    cases=[case("[3, 4]"), case("[4]", "[4]"), case("[4, 3]", rowvar=False)],
)


def _correlation(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = _covariance(x, y, rowvar)
    d = np.sqrt(np.diag(c))
    return c / np.outer(d, d)
