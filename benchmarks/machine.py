"""What the measurements ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

PACKAGES = ["symgrad", "numpy", "jax", "torch", "pytensor", "numba", "autograd", "casadi"]


def processor() -> str:
    """Its model's name, as far as the system tells."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def blas() -> str:
    """NumPy's library of matrix products."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def busy() -> str:
    """How much else was running."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"load {load:.1f} before the run"


def packages() -> str:
    """Those that are installed, with their versions."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def describe() -> str:
    """Two lines."""
    where = f"{processor()}, {os.cpu_count()} cores ({busy()}), {platform.machine()}"
    python = f"Python {platform.python_version()}"
    return f"{where}, {platform.system()}, {python}, {blas()}.\n{packages()}."
