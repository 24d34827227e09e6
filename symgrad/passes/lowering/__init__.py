"""For code that plans its memory: rows that are one NumPy call each, and as few as can be."""
