"""The text language: grammar, parser, printer, LaTeX, and the SymPy way back.

Text is read into statements here; `symgrad.frontends.text` makes nodes of them.
"""
