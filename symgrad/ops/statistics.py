"""Moments and norms: prod, var, std, norm and their relatives."""
