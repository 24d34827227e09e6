"""Saved models: an .npz of the parameters and a JSON text, read back without trusting the file.

Nothing is unpickled, and nothing is read into memory before its size is known to be right.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import symgrad as sg

from ..files import write_whole
from .initialization import Array

_TEXT = "description"
_LONGEST_TEXT = 2**24  # bytes; histories of a million epochs fit
_LONGEST_HEAD = 2**16  # bytes of an array's header
_BROKEN = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error),
    *(NotImplementedError, RuntimeError, MemoryError, RecursionError, OverflowError),
)


def write(
    path: str | os.PathLike[str], text: Mapping[str, Any], arrays: Mapping[str, Array]
) -> Path:
    """Write a model, whole or not at all.

    Raises
    ------
    SymgradError
        If the text holds something else than JSON has, or the place can not be written.
    """
    try:
        encoded = json.dumps(text).encode("utf-8")
    except TypeError as error:
        raise sg.SymgradError(
            f"this network can not be saved: {error}",
            how="A file holds no functions: use activations and losses by name.",
        ) from None
    buffer = io.BytesIO()
    np.savez(buffer, **{_TEXT: np.frombuffer(encoded, np.uint8), **arrays})  # type: ignore[arg-type]
    return write_whole(path, buffer.getvalue(), sg.SymgradError)


class Archive:
    """A saved model, open for reading.

    Raises
    ------
    SymgradError
        Anywhere inside ``with``, if the file is not what `write` makes.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path

    def __enter__(self) -> Archive:
        try:
            self._zip = zipfile.ZipFile(Path(self.path))
        except (*_BROKEN, TypeError) as error:
            raise self.broken(getattr(error, "strerror", None) or str(error)) from None
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._zip.close()
        if isinstance(error, sg.SymgradError):
            raise self.broken(error.what) from None
        if isinstance(error, _BROKEN):
            raise self.broken(f"it is damaged ({error})") from None

    def broken(self, reason: str) -> sg.SymgradError:
        """The error that says so."""
        return sg.SymgradError(
            f"cannot read {self.path} as a saved model: {reason[:300]}",
            how="Give a file that model.save(path) has written.",
        )

    @property
    def names(self) -> list[str]:
        """What the arrays are called."""
        names = [n.removesuffix(".npy") for n in self._zip.namelist()]
        return [n for n in names if n != _TEXT]

    def text(self) -> dict[str, Any]:
        """The JSON text."""
        with self._zip.open(f"{_TEXT}.npy") as file:
            (length,), dtype, _ = _read_head(file)
        if dtype != np.uint8 or length > _LONGEST_TEXT:
            raise ValueError("its description is none")
        found = json.loads(self._read(_TEXT, (length,), np.dtype(np.uint8)).tobytes())
        if not isinstance(found, dict):
            raise ValueError("its description is none")
        return found

    def array(self, name: str, x: sg.Expr) -> Array:
        """An array that must have the shape and dtype of an input, and be finite."""
        found = self._read(name, x.shape, x.dtype)
        if not np.isfinite(found).all():
            raise ValueError(f"{name} is not finite")
        return found

    def _read(self, name: str, shape: tuple[Any, ...], dtype: np.dtype[Any]) -> Array:
        count = int(np.prod(shape, dtype=object))
        if self._zip.getinfo(f"{name}.npy").file_size > count * dtype.itemsize + _LONGEST_HEAD:
            raise ValueError(f"{name} is too large")
        with self._zip.open(f"{name}.npy") as file:
            head = _read_head(file)
            if head[:2] != (shape, dtype):
                raise ValueError(f"{name} is {head[1]}{list(head[0])}, not {dtype}{list(shape)}")
            array = np.frombuffer(file.read(), dtype)
            return (array.reshape(shape[::-1]).T if head[2] else array.reshape(shape)).copy()


def _read_head(file: Any) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("its arrays are of another format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    return shape, dtype, fortran
