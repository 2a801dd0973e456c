"""Runs whose network is an ensemble."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ChainruleError, DataError, ModelFileError
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.evaluate import score
from chainrule.runs._array_files import reading_arrays, write_arrays
from chainrule.runs.config import RunConfig
from chainrule.runs.listener import Listener
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.outcome import Run
from chainrule.runs.run import resume, start
from chainrule.training import engines
from chainrule.training.progress import Progress
from helpers import assert_same_bits

CONFIG = RunConfig(models=("net",), hidden=(6,), epochs=3, members=3, dropout=0.1, seed=4)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return start(CONFIG, tmp_path_factory.mktemp("runs") / "whole")


def test_each_member_is_the_network_of_its_seed(whole: Run, tmp_path: Path) -> None:
    model = whole.main.trained.model
    assert isinstance(model, Ensemble)
    for number, member in enumerate(model.members):
        config = dataclasses.replace(CONFIG, members=1, seed=CONFIG.seed + number)
        alone = start(config, tmp_path / str(number)).main.trained.model
        assert_same_bits(member.parameters, alone.parameters)


def test_the_file_and_the_metrics_are_those_of_the_ensemble(whole: Run) -> None:
    X, y = whole.raw.part("test")
    loaded = TrainedModel.load(whole.folder)
    assert repr(loaded.model) == "Ensemble(3 × NeuralNet(64-6-10, sigmoid))"
    assert_same_bits(loaded.model.parameters, whole.main.trained.model.parameters)
    metrics = json.loads((whole.folder / "metrics.json").read_text())["models"]["net"]
    scores = score(loaded, X, y)
    assert metrics["test_accuracy"] == scores.accuracy
    assert metrics["test_loss"] == pytest.approx(scores.loss_mean, rel=1e-5)
    assert metrics["test_loss"] <= np.mean([m["test_loss"] for m in metrics["members"]])
    with (whole.folder / "history.csv").open() as file:
        rows = [(row["model"], row["epoch"]) for row in csv.DictReader(file)]
    assert rows == [(f"net-{n}", str(epoch)) for n in (1, 2, 3) for epoch in range(4)]


class StopsAfter(Listener):
    def __init__(self, epochs: int) -> None:
        self.left = epochs

    def epoch_ended(self, name: str, progress: Progress) -> None:
        self.left -= 1

    def stop(self) -> bool:
        return self.left <= 0


@pytest.mark.parametrize(("epochs", "threads"), [(1, 1), (5, 1), (6, None)])
def test_a_stopped_run_goes_on_to_the_same_bits(
    epochs: int, threads: int | None, whole: Run, tmp_path: Path
) -> None:
    config = dataclasses.replace(CONFIG, threads=threads)
    stopped = start(config, tmp_path / "run", StopsAfter(epochs))
    assert stopped.interrupted
    resumed = resume(stopped.folder)
    assert not resumed.interrupted
    assert_same_bits(resumed.main.trained.model.parameters, whole.main.trained.model.parameters)
    for name in ("test_accuracy", "test_loss", "epochs", "finished"):
        assert resumed.main.metrics[name] == whole.main.metrics[name]


def test_members_that_had_not_begun_are_no_members_of_what_was_stopped(tmp_path: Path) -> None:
    stopped = start(dataclasses.replace(CONFIG, threads=1), tmp_path / "run", StopsAfter(3))
    assert repr(stopped.main.trained.model) == "Ensemble(1 × NeuralNet(64-6-10, sigmoid))"


def test_beside_an_ensemble_softmax_regression_is_one_model(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, models=("logistic", "net"), members=2, epochs=1)
    run = start(config, tmp_path / "run")
    assert [repr(outcome.trained.model) for outcome in run.outcomes] == [
        "LogisticRegression(64-10)",
        "Ensemble(2 × NeuralNet(64-6-10, sigmoid))",
    ]


def test_what_would_take_too_much_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "usable_processors", lambda: 2)
    with pytest.raises(ChainruleError, match="threads=3 is more than the processors"):
        start(dataclasses.replace(CONFIG, threads=3), tmp_path / "run")
    monkeypatch.setenv("CHAINRULE_MAX_GB", "0.1")
    with pytest.raises(DataError, match="64 × 9000 × 10 units"):
        start(dataclasses.replace(CONFIG, hidden=(9000,), members=300), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("damage", ["members", "member"])
def test_a_damaged_ensemble_is_a_sentence(damage: str, whole: Run, tmp_path: Path) -> None:
    with reading_arrays(whole.folder / "net.safetensors") as (arrays, description):
        if damage == "members":
            description["members"] = [*description["members"][:2], dict(description)]
        else:
            del arrays["member2.W_o"]
        write_arrays(tmp_path / "net.safetensors", arrays, description)
    with pytest.raises(ModelFileError, match="a damaged one"):
        TrainedModel.load(tmp_path / "net.safetensors")
