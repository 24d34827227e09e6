"""Placeholder until its owner overwrites this file."""

def trace(fn, *specs, graph=None): raise NotImplementedError
