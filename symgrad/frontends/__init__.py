"""The doors into a graph: text, SymPy, functions of NumPy.

A door only makes nodes of what it is given. The text language itself is `symgrad.lang`.
"""
