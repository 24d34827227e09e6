"""Tables of equations, one file per purpose. What is no equation stands in `families/`.

A file's `RULES` are part of a phase in `passes/__init__.py`: of two rules the first is tried first.
"""
