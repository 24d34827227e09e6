"""Every operation: one row in one file. `registry` holds them by name.

The files of this folder are found, not listed: a new one is there with its first row. That a
formula is better computed another way is for a rule to say (`symgrad.passes`); how code is laid
out, for a target (`symgrad.backends`).
"""

from importlib import import_module
from pkgutil import iter_modules

from .op import Op, registry

__all__ = ["Op", "registry"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
