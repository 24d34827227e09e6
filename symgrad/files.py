"""Files are written whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import CodegenError, SymgradError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(
    path: str | os.PathLike[str], content: str | bytes, error: type[SymgradError] = CodegenError
) -> Path:
    """Write a file through a temporary one beside it, so that no reader ever sees a part.

    Raises
    ------
    SymgradError
        Of the class ``error``, if the place can not be written.

    Example
    -------
    >>> write_whole("/no/such/folder/f.py", "x = 1")
    Traceback (most recent call last):
    ...
    symgrad.errors.CodegenError: cannot write /no/such/folder/f.py: No such file or directory
      Give a path in an existing folder that you may write to.
    """
    from pathlib import Path  # slow to import

    try:
        target = Path(os.path.realpath(os.fspath(path)))
        data = content.encode("utf-8") if isinstance(content, str) else content
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)  # a device or a pipe is written to, never replaced
        else:
            _replace(target, data)
    except (OSError, ValueError, TypeError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise error(
            f"cannot write {path!s}: {reason}",
            how="Give a path in an existing folder that you may write to.",
        ) from None
    return Path(path)


def _replace(target: Path, data: bytes) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(dir=target.parent or ".", prefix=f".{target.name}."[:40])
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
