"""What the figures were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

BUSY = 0.7  # load at which measuring is not alone
PACKAGES = ("numpy", "jax", "scikit-learn", "keras", "torch")


def machine() -> dict[str, Any]:
    """CPU, cores, load, Python, packages and BLAS."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "blas": blas(),
    }


def cpu_model() -> str:
    """The processor's name as the system gives it."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def version(package: str) -> str:
    """The version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def blas() -> str:
    """The library behind NumPy's matrix products."""
    from threadpoolctl import threadpool_info

    found = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    return ", ".join(
        f"{lib['internal_api']} {lib['version']} ({lib.get('architecture', 'unknown kernels')})"
        for lib in found
    )


def text(about: dict[str, Any]) -> str:
    """In a few lines, with a warning if others are at work on the machine."""
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    load = ", ".join(map(str, about["load"])) or "unknown"
    busy = bool(about["load"]) and about["load"][0] > BUSY
    return (
        f"{about['cpu']}, {about['cores']} cores, load {load}; {about['system']}\n"
        f"Python {about['python']}, {packages}; BLAS {about['blas']}"
        + "\nOthers are at work here: figures for two threads, above all, mean little."
        * busy
    )
