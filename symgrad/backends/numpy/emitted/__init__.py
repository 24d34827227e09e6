"""Functions that emitted files carry along, word for word: formatted by black, NumPy alone."""
