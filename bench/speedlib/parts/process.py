"""The whole job from command to result: a fresh process each time, start and all."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chainrule import load_digits
from speedlib.context import Context
from speedlib.jobs import LeftOutError
from speedlib.measure import OURS, STUDENT, PartResult, Timings

SLOW = 3  # rounds are enough for what takes many seconds
BENCH = Path(__file__).resolve().parents[2]
NET, BOTH = "64-10-10", "64-10 and 64-32-10"


@dataclass(frozen=True)
class Command:
    """One candidate's whole job.

    Attributes:
        arguments: of Python.
        needs: the library that must be there.
        slow: whether it sits out the later rounds.
    """

    arguments: tuple[str, ...]
    needs: str = "numpy"
    slow: bool = False


TRAIN = ("-m", "chainrule", "train", "--no-plots", "--out", "run")
JOBS: dict[str, dict[str, Command]] = {
    NET: {
        STUDENT: Command(("-m", "scripts.student", "digits.npz", "10")),
        OURS: Command((*TRAIN, "--model", "net", "--hidden", "10")),
        f"{OURS}, NumPy engine": Command(
            (*TRAIN, "--model", "net", "--hidden", "10", "--engine", "numpy")
        ),
        "JAX scan": Command(("-m", "scripts.jax_scan", "digits.npz", "10"), "jax"),
        "scikit-learn": Command(("-m", "scripts.scikit", "digits.npz", "10"), "sklearn"),
        "Keras": Command(("-m", "scripts.keras_fit", "digits.npz", "10"), "keras", slow=True),
        "PyTorch": Command(("-m", "scripts.torch_eager", "digits.npz", "10"), "torch", slow=True),
    },
    BOTH: {
        STUDENT: Command(("-m", "scripts.student", "digits.npz", "32", "both")),
        OURS: Command(TRAIN),
        f"{OURS}, NumPy engine": Command((*TRAIN, "--engine", "numpy")),
    },
}


def run(context: Context) -> PartResult:
    """Both jobs; the test accuracies show that every candidate did the same."""
    write_digits(context.scratch / "digits.npz")
    texts, figures, raw = [], {}, {}
    for job, commands in JOBS.items():
        timings, accuracies = measure(commands, context)
        reached = ", ".join(f"{name} {reached:.4f}" for name, reached in accuracies.items())
        texts.append(f"{timings.table(f'{job}, 15 epochs', 1, 's')}\n  test accuracy: {reached}")
        figures[f"{job}: {OURS} / {STUDENT}"] = timings.ratio(OURS, STUDENT)
        raw[job] = timings.as_json() | {"test_accuracy": accuracies}
    return PartResult("\n\n".join(texts), figures, raw)


def write_digits(path: Path) -> None:
    """The raw digits in their own order, as the scripts read them."""
    digits = load_digits()
    order = np.random.RandomState(37).permutation(len(digits.X_train) + len(digits.X_test))
    X, y = np.empty((len(order), 64), np.float32), np.empty(len(order), np.int64)
    X[order] = np.concatenate([digits.X_test, digits.X_train])
    y[order] = np.concatenate([digits.y_test, digits.y_train])
    np.savez(path, X=X, y=y)


def measure(commands: dict[str, Command], context: Context) -> tuple[Timings, dict[str, float]]:
    """Wall time of each command in interleaved rounds, and the test accuracy that it reached."""
    timings, accuracies = Timings("process"), {}
    timings.seconds = {name: [] for name in commands}
    slow_rounds = 1 if context.quick else SLOW
    for number in range(context.rounds(7, 2) + 1):
        for name, command in commands.items():
            if name in timings.left_out:
                continue
            # Round 0 fills the caches of the disk and is not counted.
            if command.slow and not 1 <= number <= slow_rounds:
                timings.seconds[name] += [None] if number else []
                continue
            with timings.leaving_out(name):
                seconds, accuracies[name] = timed(command, context.scratch)
                timings.seconds[name] += [seconds] if number else []
    return timings, accuracies


def timed(command: Command, folder: Path) -> tuple[float, float]:
    """Run a command in a folder; seconds of wall time, and the test accuracy.

    Raises:
        LeftOutError: if it fails.
    """
    if importlib.util.find_spec(command.needs) is None:
        raise LeftOutError(f"{command.needs} is not installed")
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *command.arguments],
        cwd=folder,
        env=as_users_have_it(),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LeftOutError(f"exit code {done.returncode}: {last}")
    return seconds, accuracy(done.stdout, folder / "run")


def as_users_have_it() -> dict[str, str]:
    """The environment, with the scripts on Python's path and compiled modules kept."""
    paths = [str(BENCH), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "jax"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def accuracy(printed: str, run_folder: Path) -> float:
    """Test accuracy, 0 to 1: from a run folder, which is then removed, or a script's last line."""
    if not run_folder.exists():
        return float(printed.rpartition("test acc: ")[-1])
    metrics = json.loads((run_folder / "metrics.json").read_text(encoding="utf-8"))
    shutil.rmtree(run_folder)
    *_, last = metrics["models"].values()
    reached: float = last["test_accuracy"]
    return reached
