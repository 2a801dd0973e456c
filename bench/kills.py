"""Kills training, goes on with it, and looks whether it comes to the same bits.

    uv run python bench/kills.py [MNIST] [--kills 50] [--writing 20] [--seed 0]

A run is killed at a random moment between its start and its end, again and again as it goes on,
until it ends by itself. Then its files must be those of a run that nobody killed, to the bit but
for the seconds that were taken, and no other file may be in its folder. The kills are shared among
training on digits, one sample at a time and in batches, and on MNIST in batches with momentum, if
its files are in the folder MNIST. The other kills come while a checkpoint is being written: a
timer that no code of the run hears is set as its file is opened. Those that come too late for that
do not count.
"""

import argparse
import csv
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from chainrule.runs import _checkpoint
from chainrule.runs._array_files import reading_arrays
from chainrule.runs.config import RunConfig
from chainrule.runs.folder import CHECKPOINTS, CONFIG, HISTORY, METRICS, PART
from chainrule.runs.run import resume, start
from chainrule.training.history import COLUMNS

ONE_BY_ONE = RunConfig(hidden=(8,), epochs=200, validation=0.1, patience=150)
IN_BATCHES = RunConfig(hidden=(16, 8), epochs=40, batch_size=16, momentum=0.9)
LARGE_CHECKPOINTS = RunConfig(models=("net",), hidden=(1000,), epochs=10, batch_size=256)
OFTEN = 0.05  # seconds between checkpoints, so that a short run has many
MOMENT = 0.001  # seconds: a checkpoint is written in about as much
LONGEST = 600  # seconds of processor time for a run, or it hangs

# What is called in the process of a run before it begins, and in the other with its number.
Prepare = Callable[[], None]
Kill = Callable[[int], None]


class KilledRunError(Exception):
    """A run that was killed could not go on, or did not come to the same."""


def mnist(folder: str) -> RunConfig:
    """A short run on MNIST, whose files are in the folder."""
    return RunConfig(
        "mnist", folder, models=("net",), hidden=(8,), epochs=5, batch_size=128, momentum=0.9
    )


def killed_at_random(config: RunConfig, kills: int, rng: Random, folder: Path) -> Counter[str]:
    """Kill runs of these settings so often, at random moments.

    Returns:
        How many kills there were "before it began", its configuration not yet written, and
        "in training"; and how many "runs" came to the same.

    Raises:
        KilledRunError: if one did not.
    """
    begin = time.monotonic()
    whole = _whole_run(config, folder, OFTEN)
    duration = time.monotonic() - begin

    def kill(process: int) -> None:
        time.sleep(rng.random() * duration)
        os.kill(process, signal.SIGKILL)

    outcomes: Counter[str] = Counter()
    while outcomes.total() - outcomes["runs"] < kills:
        run = folder / f"killed-{outcomes['runs'] + 1}"
        outcomes += _killed(config, run, OFTEN, kill=kill)
        _compare(run, whole)
    return outcomes


def killed_in_writing(config: RunConfig, kills: int, rng: Random, folder: Path) -> Counter[str]:
    """Kill runs of these settings so often while they write a checkpoint.

    Returns:
        How many kills there were "in writing", and later; the rest as `killed_at_random`.

    Raises:
        KilledRunError: if a run did not come to the same.
    """

    def ends_in_writing() -> Prepare:
        return _ending_in_writing(rng.randrange(config.epochs), rng.random() * MOMENT)

    whole = _whole_run(config, folder, 0)
    outcomes: Counter[str] = Counter()
    while outcomes["in writing"] < kills:
        run = folder / f"killed-{outcomes['runs'] + 1}"
        outcomes += _killed(config, run, 0, prepared=ends_in_writing)
        _compare(run, whole)
    return outcomes


def _ending_in_writing(before: int, moment: float) -> Prepare:
    """Let a process end some seconds after it opens a checkpoint, when so many are written."""

    def prepare() -> None:
        sys.addaudithook(hear)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal before
        if event == "open" and PART.fullmatch(Path(str(arguments[0])).name):
            before -= Path(str(arguments[0])).parent.name == CHECKPOINTS
            if before < 0:
                signal.setitimer(signal.ITIMER_REAL, moment)

    return prepare


def _killed(
    config: RunConfig,
    run: Path,
    between: float,
    prepared: Callable[[], Prepare] = lambda: lambda: None,
    kill: Kill = lambda _: None,
) -> Counter[str]:
    """Kill a run, and go on with it, until it ends by itself; where the kills met it."""
    outcomes: Counter[str] = Counter(runs=1)
    while True:
        process = _begun(config, run, between, prepared())
        kill(process)
        _, status = os.waitpid(process, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGXCPU:
            _require(status == 0, f"{run}: it ended with the status {status}")
            return outcomes
        if next(_parts(run), None):
            outcomes["in writing"] += 1
        else:
            outcomes["in training" if (run / CONFIG).exists() else "before it began"] += 1


def _whole_run(config: RunConfig, folder: Path, between: float) -> Path:
    """The folder of a run that nobody kills."""
    whole = folder / "whole"
    _killed(config, whole, between)
    return whole


def _begun(config: RunConfig, run: Path, between: float, prepare: Prepare) -> int:
    """A process that begins this run, or goes on with it; its number.

    It writes a checkpoint after so many seconds. It is forked, since a start takes far longer than
    such a run.
    """
    with warnings.catch_warnings():  # BLAS has threads, which do nothing yet
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        prepare()
        _checkpoint.SECONDS_BETWEEN = between
        if (run / CONFIG).exists():
            resume(run)
        else:
            start(config, run)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _parts(run: Path) -> Iterator[Path]:
    """Checkpoints that are being written, or were when the process was killed."""
    folder = run / CHECKPOINTS
    for path in folder.iterdir() if folder.is_dir() else ():
        if PART.fullmatch(path.name):
            yield path


def _compare(run: Path, whole: Path) -> None:
    """Refuse what differs between two runs, but for the seconds that they took."""
    names, expected = (
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        for folder in (run, whole)
    )
    _require(names == expected, f"{run} has {names}, and should have {expected}")
    for name in names:
        path = run / name
        if path.is_file():
            same = _content(path) == _content(whole / name)
            _require(same, f"{path} is not the same as {whole / name}")


def _content(path: Path) -> object:
    """What is in a file of a run, without the seconds that it took."""
    if path.parent.name == CHECKPOINTS:
        with reading_arrays(path) as (arrays, description):
            bits = {name: array.tobytes() for name, array in arrays.items()}
            rows = [dict(zip(COLUMNS, row, strict=True)) for row in description["history"]]
            return bits, _without_seconds(description | {"history": rows})
    if path.name == HISTORY:
        with path.open(newline="") as file:
            return _without_seconds(list(csv.DictReader(file)))
    if path.name == METRICS:
        return _without_seconds(json.loads(path.read_text()))
    return path.read_bytes()


def _without_seconds(content: Any) -> Any:
    if isinstance(content, dict):
        return {k: _without_seconds(v) for k, v in content.items() if "seconds" not in k}
    if isinstance(content, list):
        return [_without_seconds(item) for item in content]
    return content


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise KilledRunError(otherwise)


def main() -> None:
    """Print how many kills there were, and where."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("mnist", nargs="?", help="folder with the files of MNIST")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--writing", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    configs = {"digits, one by one": ONE_BY_ONE, "digits, in batches": IN_BATCHES}
    if given.mnist:
        configs["MNIST, in batches"] = mnist(given.mnist)
    rng = Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, config) in enumerate(configs.items()):
            share = given.kills * (place + 1) // len(configs) - given.kills * place // len(configs)
            outcomes = killed_at_random(config, share, rng, Path(folder) / name)
            print(f"{name}: {_told(outcomes)}", flush=True)
        outcomes = killed_in_writing(LARGE_CHECKPOINTS, given.writing, rng, Path(folder) / "large")
        print(f"large checkpoints: {_told(outcomes)}")


def _told(outcomes: Counter[str]) -> str:
    runs = outcomes.pop("runs")
    kills = ", ".join(f"{number} {where}" for where, number in outcomes.items())
    return f"{outcomes.total()} kills ({kills}); {runs} runs ended, each with the same bits"


if __name__ == "__main__":
    main()
