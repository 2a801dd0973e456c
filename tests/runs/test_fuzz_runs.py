"""Damaged run folders by the thousand: each is gone on with or refused in one sentence."""

import json
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from chainrule.runs import run
from chainrule.runs._array_files import reading_arrays, write_arrays
from chainrule.runs.config import RunConfig
from chainrule.runs.folder import CONFIG, checkpoint_file, model_file
from chainrule.runs.model_files import TrainedModel
from damage import (
    Case,
    damaged,
    extreme_number,
    extreme_text,
    main,
    measured,
    numbers,
    outcomes,
)

Read = Callable[[], object]
SETTINGS = RunConfig(
    hidden=(3,), epochs=2, batch_size=32, momentum=0.5, validation=0.1, patience=1
)
VALUES = [
    None, True, -1, 0, 1, 2.5, 1e308, 10**9, 10**30, "", "x", "net", "NaN", [], [0], [[1]], {},
    {"a": 1}, [None] * 3,
]  # fmt: skip


PLACES = (model_file, checkpoint_file)


@cache
def whole() -> dict[str, bytes]:
    """The files of a sound run, by their place in its folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = run.start(SETTINGS, Path(name) / "r").folder
        arrays = [place(folder, name) for place in PLACES for name in SETTINGS.models]
        files = (folder / CONFIG, *arrays)
        return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def written(folder: Path, changed: str, content: bytes) -> Path:
    """The folder of that run with one file changed."""
    for file, sound in whole().items():
        path = folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if file == changed else sound)
    return folder


def changed_value(rng: Random, content: Any) -> Any:
    """What JSON holds, with one value in it replaced, left out, or there twice."""
    if isinstance(content, dict) and content and rng.random() < 0.9:
        name = rng.choice(sorted(content))
        kept = {key: value for key, value in content.items() if key != name}
        again = rng.choice([name, "x", *content])
        value = changed_value(rng, content[name])
        return rng.choice([kept, content | {again: content[name]}, *[content | {name: value}] * 6])
    if isinstance(content, list) and content and rng.random() < 0.9:
        place = rng.randrange(len(content))
        before, item, after = content[:place], content[place], content[place + 1 :]
        middle = [[], [item, item], *[[changed_value(rng, item)]] * 6]
        return [*before, *rng.choice(middle), *after]
    return rng.choice(VALUES)


def config_case(rng: Random, folder: Path) -> Read:
    content = whole()[CONFIG]
    if rng.random() < 0.5:
        content = damaged(rng, content, extreme_text)
    else:
        content = json.dumps(changed_value(rng, json.loads(content))).encode()
    written(folder, CONFIG, content)
    return lambda: run.resume(folder)


def reading(path: Path, folder: Path) -> Read:
    """Use a model, or go on with a run up to where it would train and write."""
    if path.parent == folder:
        return lambda: TrainedModel.load(path).forward(np.ones((2, 64)))
    return lambda: run.resume(folder)


def damaged_case(place: Callable[[Path, str], Path]) -> Case:
    """A damaged file of arrays."""

    def case(rng: Random, folder: Path) -> Read:
        path = place(folder, rng.choice(SETTINGS.models))
        name = str(path.relative_to(folder))
        content = damaged(rng, whole()[name], extreme_number, extreme_text)
        written(folder, name, content)
        return reading(path, folder)

    return case


def described_case(place: Callable[[Path, str], Path]) -> Case:
    """A file of arrays with another description, or other arrays, and a checksum that fits."""

    def case(rng: Random, folder: Path) -> Read:
        path = place(written(folder, "", b""), rng.choice(SETTINGS.models))
        with reading_arrays(path) as (arrays, description):
            pass
        if rng.random() < 0.8:
            description = changed_value(rng, description)
        else:
            name = rng.choice(sorted(arrays))
            arrays[name] = rng.choice(
                [arrays[name][:1], arrays[name] * np.nan, np.zeros(0), arrays[name].T]
            )
        write_arrays(path, arrays, description if isinstance(description, dict) else {})
        return reading(path, folder)

    return case


CASES: dict[str, Case] = {
    "config": config_case,
    "model": damaged_case(model_file),
    "checkpoint": damaged_case(checkpoint_file),
    "description of a model": described_case(model_file),
    "history in a checkpoint": described_case(checkpoint_file),
}


@measured
@numbers
@pytest.mark.parametrize("kind", CASES)
def test_damaged_runs_are_gone_on_with_or_refused_in_one_sentence(
    kind: str, number: int, tmp_path: Path
) -> None:
    counted = outcomes(__file__, kind, number, tmp_path)
    assert counted["refused"] >= number // 3


if __name__ == "__main__":
    import os

    os.environ["CHAINRULE_MAX_GB"] = "0.1"
    whole()
    # All of a resumed run but the training and what it writes.
    vars(run)["_train_all"] = lambda *_: None
    # What is wrong in a configuration may be said of the setting alone, or of the data.
    main(CASES, elsewhere=("",) if sys.argv[1] == "config" else ())
