"""The command line, with a file for each command; `app` has the program."""

from .app import app, main, run

__all__ = ["app", "main", "run"]
