"""Derivatives as nodes: reverse and forward mode, Jacobians, and `vmap`.

How an operation is differentiated stands in its row (`symgrad.ops`); in which form a formula is
differentiated or computed is decided by rewriting (`symgrad.passes`).
"""
