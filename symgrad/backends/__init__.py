"""From a graph to code: one folder per target.

Here stands what all targets share: order, names, buffers, packing, cost. What a formula is computed
as has been decided before, by rewriting (`symgrad.passes`).
"""
