"""Run a script where only NumPy, the standard library and the files beside it can be imported.

No part of symgrad that others import: it is started as ``python -I alone.py SITE SCRIPT ...``,
where SITE is the folder that NumPy is installed in.
"""

import importlib
import runpy
import sys
from pathlib import Path


class OnlyNumPy:
    """First of the finders: refuses every package but the allowed ones.

    Example
    -------
    >>> OnlyNumPy({"numpy"}).find_spec("numpy.linalg")
    >>> OnlyNumPy({"numpy"}).find_spec("symgrad.api")
    Traceback (most recent call last):
    ...
    ModuleNotFoundError: symgrad.api is kept out of this process
    """

    def __init__(self, allowed: set[str]) -> None:
        self.allowed = allowed

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse, or leave the search to the finders that follow."""
        if name.partition(".")[0] not in self.allowed:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)


def can_import(name: str) -> bool:
    """Whether a module can be imported here."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def main(site: str, script: str, *args: str) -> None:
    """Keep everything else out, make sure of it, and run the script as the main program."""
    folder = Path(script).resolve().parent
    beside = {path.stem for path in folder.glob("*.py")}
    sys.meta_path.insert(0, OnlyNumPy({"numpy", *sys.stdlib_module_names, *beside}))
    if can_import("symgrad"):
        sys.exit("symgrad can be imported in this process, and is not to be")
    sys.path[:] = [str(folder), *sys.path, site]
    sys.argv = [script, *args]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
