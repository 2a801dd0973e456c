"""Checkpoints: how far the training of a model has come, in a file."""

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path

from chainrule.nn.classifier import Parameters
from chainrule.runs._array_files import parameters_in, reading_arrays, require, write_arrays
from chainrule.training.history import COLUMNS, Epoch, History
from chainrule.training.progress import Progress

SECONDS_BETWEEN = 1.0


class Checkpoint:
    """The checkpoint of a model: written at most once a second, and at the end.

    Where an epoch takes a millisecond, writing a file after each would take most of the time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latest: Progress | None = None
        self._written_at = time.monotonic()

    def offer(self, progress: Progress) -> None:
        """Write how far training has come, if the last time is long enough ago.

        Raises:
            OSError: if it cannot be written; the checkpoint before it is then still there.
        """
        self._latest = progress
        if time.monotonic() - self._written_at >= SECONDS_BETWEEN:
            self.finish()

    def finish(self) -> None:
        """Write what was offered last, unless it is written already.

        Raises:
            OSError: if it cannot be written; the checkpoint before it is then still there.
        """
        if self._latest is not None:
            save_checkpoint(self._path, self._latest)
            self._latest, self._written_at = None, time.monotonic()


def save_checkpoint(path: Path, progress: Progress) -> None:
    """Write everything that training needs to go on to the same bits.

    Raises:
        OSError: if it cannot be written; the checkpoint before it is then still there.
    """
    arrays = {f"parameters.{name}": p for name, p in progress.parameters.items()}
    arrays |= {f"velocity.{name}": v for name, v in progress.velocity.items()}
    if progress.best_parameters is not None:
        arrays |= {f"best.{name}": p for name, p in progress.best_parameters.items()}
    if progress.averaged is not None:
        arrays |= {f"averaged.{name}": p for name, p in progress.averaged.items()}
    description = {
        "columns": COLUMNS,
        "history": [dataclasses.astuple(epoch) for epoch in progress.history],
        "best_epoch": progress.best_epoch,
        "stopped_early": progress.stopped_early,
        "n_averaged": progress.n_averaged,
    }
    write_arrays(path, arrays, description)


def load_checkpoint(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Progress:
    """Read where the training of a model stopped.

    Args:
        path: the file.
        shapes: of the model's parameters, by name.

    Raises:
        ModelFileError: if the file is missing or damaged, or belongs to a model of other sizes.
    """
    with reading_arrays(path) as (arrays, description):
        require(tuple(description["columns"]) == COLUMNS, "its history has other columns")
        best: Parameters | None = None
        averaged: Parameters | None = None
        parameters = parameters_in(arrays, shapes, "parameters.")
        velocity = parameters_in(arrays, shapes, "velocity.")
        if any(name.startswith("best.") for name in arrays):
            best = parameters_in(arrays, shapes, "best.")
        n_averaged = int(description.get("n_averaged", 0))  # of before there was averaging
        if n_averaged > 0:
            averaged = parameters_in(arrays, shapes, "averaged.")
        history = History([Epoch(*row) for row in description["history"]])
        numbers = [x for row in history for x in dataclasses.astuple(row) if x is not None]
        require(all(isinstance(x, int | float) for x in numbers), "its history is not numbers")
        require([row.epoch for row in history] == list(range(len(history))), "epochs are missing")
        require(len(history) > 0, "its history is empty")
        best_epoch, stopped_early = int(description["best_epoch"]), description["stopped_early"]
        return Progress(
            parameters,
            velocity,
            best,
            best_epoch,
            history,
            bool(stopped_early),
            averaged,
            max(0, n_averaged),
        )
