"""What the tests of searches share: data that are learned in no time, and a worker.

python tests/small_search.py FOLDER     # goes on with the search there, and says what it did
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.data import Dataset
from chainrule.runs.config import RunConfig
from chainrule.search.config import SearchConfig
from chainrule.search.outcome import Trial
from chainrule.search.run import SearchListener, resume
from chainrule.search.space import Space

N_TRAIN, N_TEST = 60, 30
FINALIST = "finalist"
SPACE = {"learning_rate": "0.01..1 log", "width": "2..12", "activation": "relu,tanh", "epochs": 2}


def small_data(seed: int = 0) -> Dataset:
    """Three kinds that overlap a little, as a table would have them."""
    rng = np.random.default_rng(seed)
    y = np.arange(N_TRAIN + N_TEST) % 3
    X = (rng.normal(size=(len(y), 4)) + 1.2 * np.eye(3, 4)[y]).astype(np.float32)
    kinds = ("rose", "iris", "lily")
    return Dataset("small", X[:N_TRAIN], y[:N_TRAIN], X[N_TRAIN:], y[N_TRAIN:], kinds)


def small_file(folder: Path, seed: int = 0) -> Path:
    """These data in an NPZ file."""
    data, path = small_data(seed), folder / "small.npz"
    parts = {"X_train": data.X_train, "X_test": data.X_test}
    np.savez(path, y_train=data.y_train, y_test=data.y_test, **parts)  # type: ignore[arg-type]
    return path


def small_config(data: Path, **changes: Any) -> SearchConfig:
    """A search of a few trials that ends at once."""
    run = RunConfig(data=str(data), models=("net",), seed=changes.pop("seed", 0))
    settings: dict[str, Any] = {
        "space": Space.of(SPACE),
        "trials": 3,
        "folds": 2,
        "repeats": 1,
        "finalists": 2,
    }
    return SearchConfig(run, **(settings | {"threads": 2} | changes))


class Telling(SearchListener):
    """Prints the numbers of the trials that this worker ended, as soon as they are."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def trial_ended(self, trial: Trial, finished: int, best: Trial | None) -> None:
        """Print its number."""
        print(trial.number, flush=True)

    def finalist_ended(self, finished: int, total: int) -> None:
        """Print how many there are."""
        print(f"{FINALIST} {finished}", flush=True)

    def stop(self) -> bool:
        """Never; but each epoch takes a little time."""
        time.sleep(self.pause)
        return False


if __name__ == "__main__":
    resume(sys.argv[1], listener=Telling(0.005))
