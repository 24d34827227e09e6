"""Graph to picture: a scene (what is shown), its DOT, and Graphviz's engine.

Pictures show the nodes that there are; nothing is rewritten. Formulas are `symgrad.lang.latex`.
"""
