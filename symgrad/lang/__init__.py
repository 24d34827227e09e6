"""The text language: grammar, parser, printer, LaTeX, and the SymPy way back."""
