"""Axes moved, flipped and rolled; diagonals and triangles."""
