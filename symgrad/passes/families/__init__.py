"""Families of formulas that no equation says: sums of any length, axes, literals of any value.

A rewrite takes a node and the ids of those that stay visible, and returns another node or None;
marks of `facts/marks.py` say where it need not be tried. The tables at a file's end say of which
operations it is, `structural.py` in which order. Its docstring's first line is what `explain` says.
"""
