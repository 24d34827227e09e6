"""Linear algebra: solve, inv, det, slogdet, cholesky."""
