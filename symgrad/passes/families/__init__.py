"""Families of formulas that no equation says: sums of any length, axes, literals of any value."""
