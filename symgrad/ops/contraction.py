"""Sums of products: einsum, tensordot, inner and Kronecker products."""
