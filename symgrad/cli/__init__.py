"""The command line, with a file for each command; `app` has the program.

Commands read, call the public functions and write files; whatever they compute is computed there.
"""

from .app import app, main, run

__all__ = ["app", "main", "run"]
