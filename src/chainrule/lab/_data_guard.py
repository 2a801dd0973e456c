"""Notices when a cell gives the lab's data other values: what comes after would go wrong."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

NAMES = ("X_train", "y_train", "X_validation", "y_validation")
MAKER = "load_digits("  # stands in the cell that makes them

Print = tuple[Any, ...]


class DataGuard:
    """Knows the data by a checksum, from the cell that made them on."""

    def __init__(self) -> None:
        self._prints: dict[str, Print] = {}
        self._prints_told: dict[str, Print] = {}

    def after_cell(self, source: str, names: Mapping[str, Any]) -> list[str]:
        """What to say once a cell has run: a sentence for each name that was changed by it."""
        if MAKER in source:
            self._prints = {name: _print(names[name]) for name in NAMES if name in names}
            self._prints_told = {}
        return [
            sentence for name, sentence in self._differences(names) if self._is_news(name, names)
        ]

    def now(self, names: Mapping[str, Any]) -> list[str]:
        """A sentence for each name that has other values now, said before or not."""
        differences = list(self._differences(names))
        for name, _ in differences:
            self._is_news(name, names)
        return [sentence for _, sentence in differences]

    def _is_news(self, name: str, names: Mapping[str, Any]) -> bool:
        before, self._prints_told[name] = self._prints_told.get(name), _print(names[name])
        return before != self._prints_told[name]

    def _differences(self, names: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [
            (
                name,
                f"`{name}` is no longer what the cell with `{MAKER}…)` made: it is now "
                f"{_words(names[name])}. If that was not meant, run that cell again, and give the "
                "new value another name.",
            )
            for name, first in self._prints.items()
            if name in names and _print(names[name]) != first
        ]


def _print(value: object) -> Print:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        return (type(value).__name__,)
    return value.shape, zlib.crc32(value.astype(np.float64).tobytes())  # whatever the precision


def _words(value: object) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size:
        return (
            f"an array of shape {value.shape} with values from {value.min():.4g} to "
            f"{value.max():.4g}"
        )
    return f"a {type(value).__name__}"
