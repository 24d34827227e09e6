"""Names of inputs, expressions and dims, which may stand in text and in emitted code."""

from __future__ import annotations

import keyword
import re

from ..errors import GraphError


def check_name(name: str, what: str) -> str:
    """A name that may stand in text and in emitted code, in Python's normal form (NFKC).

    Raises
    ------
    GraphError
        If it is not an identifier, or a keyword of Python.
    """
    if not isinstance(name, str):
        raise GraphError(f"the name of {_a(what)} is a string, not {type(name).__name__}")
    if not name.isascii():
        from unicodedata import normalize

        name = normalize("NFKC", name)
    if not name.isidentifier():
        fixed = re.sub(r"\W", "_", name)[:40] or what[0]
        fixed = fixed if fixed.isidentifier() else "_" + fixed
        raise GraphError(
            f"{name[:60]!r} can not name {_a(what)}: a name is letters, digits and underscores",
            how=f"Call it {fixed}, for example.",
        )
    if keyword.iskeyword(name):
        raise GraphError(
            f"{name} can not name {_a(what)}: it is a keyword of Python", how=f"Call it {name}_."
        )
    return name


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def clash(name: str) -> GraphError:
    """The error of a name that is both an input's and a dim's."""
    return GraphError(
        f"{name} is both an input and a named dim",
        how="Rename one; a named dim may be used in expressions as it is.",
    )
