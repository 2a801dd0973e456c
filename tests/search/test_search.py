"""A whole search: what it writes, that it goes on, and that it looks at the test part once."""

import csv
import dataclasses
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

import small_search
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError, RunFolderError
from chainrule.nn.evaluate import Predictor, Scores, score
from chainrule.runs.config import RunConfig
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.run import resume as resume_run
from chainrule.runs.run import start as start_run
from chainrule.search import run as run_module
from chainrule.search.config import SearchConfig
from chainrule.search.folds import StoppedError
from chainrule.search.outcome import Searched, Trial, story
from chainrule.search.run import SearchListener, read_search, resume, start
from chainrule.search.space import Space, configured
from chainrule.training.augmentation import Augmentation
from helpers import assert_same_bits
from small_search import small_config, small_file


class StopsAfter(SearchListener):
    """Asks to stop once so many trials have ended."""

    def __init__(self, trials: int) -> None:
        self.left = trials

    def trial_ended(self, trial: Trial, finished: int, best: Trial | None) -> None:
        self.left -= 1

    def stop(self) -> bool:
        return self.left <= 0


def shown(searched: Searched) -> tuple[object, ...]:
    """All of a search but where it is."""
    return (
        searched.trials,
        searched.finalists,
        searched.test,
        searched.importance,
        TrainedModel.load(searched.folder).model.parameters["W_h"].tobytes(),
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_file(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def searched(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Searched:
    return start(small_config(data), tmp_path_factory.mktemp("search") / "out")


def test_a_search_writes_what_it_has_shown(searched: Searched) -> None:
    names = {"config.json", "metrics.json", "net.safetensors", "study.db", "trials.csv"}
    assert names <= {path.name for path in searched.folder.iterdir()}
    with (searched.folder / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["trial"]) for row in rows] == [0, 1, 2]
    for row, trial in zip(rows, searched.trials, strict=True):
        assert float(row["accuracy"]) == trial.accuracy == np.mean(trial.scores)
        assert float(row["learning_rate"]) == trial.values["learning_rate"]
    best = max(trial.accuracy for trial in searched.trials)
    assert searched.winner.trial.accuracy == best
    content = json.loads((searched.folder / "metrics.json").read_text())
    assert content["winner"]["trial"] == searched.winner.trial.number
    assert content["winner"]["test_accuracy"]["value"] == searched.test.value
    assert read_search(searched.folder) == searched.config


def test_finalists_are_measured_on_other_folds_and_the_winner_alone_on_the_test_part(
    searched: Searched, data: Path
) -> None:
    winner = searched.winner
    assert len(winner.trial.scores) == 2
    assert len(winner.scores) == 8
    assert winner.flattery.value == pytest.approx(winner.trial.accuracy - winner.again.value)
    model = TrainedModel.load(searched.folder)
    with np.load(data) as arrays:
        right = model.predict(arrays["X_test"]) == arrays["y_test"]
    assert searched.test.value == right.mean()
    text = " ".join(story(searched))
    assert f"The best, trial {winner.trial.number}, has an accuracy of" in text
    assert "On the test part, which was opened once" in text


def test_the_studies_say_what_they_are_to_whoever_opens_them(searched: Searched) -> None:
    import optuna

    storage = f"sqlite:///{searched.folder}/study.db"
    study, ending = (
        optuna.load_study(study_name=name, storage=storage)
        for name in ("small", "small, finalists")
    )
    assert study.metric_names == ending.metric_names == ["accuracy"]
    for name, distribution in study.best_trial.distributions.items():
        assert getattr(distribution, "log", False) == (name == "learning_rate")
    *again, test = (trial.user_attrs for trial in ending.trials)
    assert [words["trial"] for words in again] == [f.trial.number for f in searched.finalists]
    assert {words["measured on"] for words in again} == {"8 new folds"}
    assert test["measured on"] == "the test part"
    assert {name: test[name] for name in small_search.SPACE} == searched.winner.trial.values


def test_the_test_part_is_looked_at_once(data: Path, tmp_path: Path) -> None:
    looked: list[int] = []

    def counting(model: Predictor, X: Samples, y: ArrayLike) -> Scores:
        looked.append(len(X))
        return score(model, X, y)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "score", counting)
        start(small_config(data), tmp_path / "out")
        resume(tmp_path / "out")
    assert looked == [small_search.N_TEST]


def test_a_search_that_is_stopped_goes_on_to_the_same(
    searched: Searched, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoppedError):
        start(small_config(data), tmp_path / "out", StopsAfter(1))
    assert (tmp_path / "out/trials.csv").read_text().count("\n") == 2
    assert shown(resume(tmp_path / "out")) == shown(searched)
    assert shown(resume(tmp_path / "out", threads=1)) == shown(searched)


def test_another_folder_joins_the_same_storage(data: Path, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/shared.db"
    config = small_config(data, storage=storage)
    with pytest.raises(StoppedError):
        start(config, tmp_path / "a", StopsAfter(2))
    second = start(config, tmp_path / "b")
    assert shown(resume(tmp_path / "a")) == shown(second)
    assert second.study == "small"


def test_more_trials_can_be_asked_for_until_the_finalists_are_chosen(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoppedError):
        start(small_config(data, trials=1), tmp_path / "out", StopsAfter(1))
    assert len(resume(tmp_path / "out", trials=2).trials) == 2
    assert read_search(tmp_path / "out").trials == 2
    before = (tmp_path / "out/metrics.json").read_bytes()
    with pytest.raises(ChainruleError, match="has chosen its finalists from 2 trials"):
        resume(tmp_path / "out", trials=9)
    assert (tmp_path / "out/metrics.json").read_bytes() == before
    assert len(resume(tmp_path / "out").trials) == 2
    storage = f"sqlite:///{tmp_path}/out/study.db"
    with pytest.raises(ChainruleError, match="has chosen its finalists from 2 trials"):
        start(small_config(data, trials=9, storage=storage), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_winner_that_diverges_is_said_and_all_trials_stay(data: Path, tmp_path: Path) -> None:
    space = Space.of({"learning_rate": "1e30,1e31", "activation": "relu", "epochs": 2})
    config = small_config(data, space=space, trials=2)
    sentence = r"the best trial, \d, with an accuracy of 0\.0000 .* cannot be trained on the whole"
    with pytest.raises(ChainruleError, match=sentence):
        start(config, tmp_path / "out")
    with pytest.raises(ChainruleError, match=sentence):
        resume(tmp_path / "out")
    assert (tmp_path / "out/trials.csv").read_text().count("\n") == 3


def test_other_data_and_other_settings_are_refused(
    searched: Searched, data: Path, tmp_path: Path
) -> None:
    storage = f"sqlite:///{searched.folder}/study.db"
    other = small_file(tmp_path, seed=1)
    for config, differ in (
        (small_config(other, storage=storage), "data 60 training and 30 test samples, checksum "),
        (small_config(data, storage=storage, folds=3), "(folds 2 there, 3 here)"),
        (small_config(data, storage=storage, space=Space.of({"width": "2..3"})), "width 2..12 th"),
    ):
        with pytest.raises(ChainruleError) as caught:
            start(config, tmp_path / "out")
        assert differ in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_search_over_how_far_images_are_deformed(data: Path, tmp_path: Path) -> None:
    space = Space.of({"rotation": "0,20", "epochs": 2})
    with pytest.raises(ChainruleError, match="are not images, which alone can be deformed"):
        start(small_config(data, space=space), tmp_path / "out")
    assert not (tmp_path / "out").exists()

    run = RunConfig(models=("net",), hidden=(4,), augment=Augmentation(shift=0.05), batch_size=32)
    config = SearchConfig(run, space, trials=1, folds=2, repeats=1, finalists=1)
    assert config.settings()["shift"] == "0.05"
    assert "shift" not in SearchConfig(space=Space.of({"epochs": 2})).settings()
    searched = start(config, tmp_path / "digits")
    unit = dataclasses.replace(config.run, scale="unit")  # of all trials, deformed or not
    assert read_search(searched.folder) == dataclasses.replace(config, run=unit)
    winner = configured(unit, searched.winner.trial.values)
    expected = start_run(winner, tmp_path / "run").main.trained
    trained = TrainedModel.load(searched.folder)
    assert_same_bits(trained.model.parameters, expected.model.parameters)


def test_a_search_is_no_run_and_a_run_no_search(searched: Searched, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds a search, and no run; go on with it by chai"):
        resume_run(searched.folder)
    run = start_run(RunConfig(models=("logistic",), epochs=1), tmp_path / "run")
    with pytest.raises(RunFolderError, match="holds a run, and no search; go on with it by chai"):
        resume(run.folder)


def test_all_trials_have_one_scaling_deformed_or_not(tmp_path: Path) -> None:
    run = RunConfig(models=("net",), hidden=(4,), batch_size=32)
    space = Space.of({"rotation": "20,0", "epochs": 1})
    config = SearchConfig(run, space, trials=2, folds=2, repeats=1, finalists=1)
    searched = start(config, tmp_path / "out")
    assert {trial.values["rotation"] for trial in searched.trials} == {0.0, 20.0}
    assert searched.config.run.scale == "unit"
    assert TrainedModel.load(searched.folder).scaling.kind == "unit"
    plain = SearchConfig(run, Space.of({"epochs": 1}), trials=1, folds=2, repeats=1, finalists=1)
    assert start(plain, tmp_path / "plain").config.run.scale == "standard"


def test_a_password_is_not_written_and_what_is_no_search_is_not_resumed(
    data: Path, tmp_path: Path
) -> None:
    config = small_config(data, storage="postgresql://me:secret@nowhere.invalid/searches")
    written = run_module._as_json(config)
    assert written["storage"] == "postgresql://me@nowhere.invalid/searches"
    with pytest.raises(RunFolderError, match="holds no search to resume"):
        resume(tmp_path)
    for text in ("{", '{"data": "digits"}', "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(RunFolderError, match="this is no search, or it is damaged"):
            resume(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"trials": 0}, "trials must be a whole number, 1 or more; got 0"),
        ({"folds": 1}, "folds must be a whole number, 2 or more; got 1"),
        ({"finalists": True}, "finalists must be a whole number, 1 or more; got True"),
        ({"threads": 0}, "threads must be a whole number, 1 to 1024; got 0"),
        ({"run": RunConfig(patience=3)}, "a trial is trained for all its epochs, since"),
        (
            {"run": RunConfig(validation=0.1)},
            "the folds hold back what a trial is measured on; le",
        ),
        ({"run": RunConfig(members=3)}, "a trial is a single network; average several of the win"),
        ({"space": Space.of({})}, "there is nothing to search over; give values of some of lear"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ChainruleError) as caught:
        dataclasses.replace(SearchConfig(), **changes)  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)


def worker(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, small_search.__file__, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def begun(config: SearchConfig, folder: Path) -> Path:
    """The folder of a search of which no trial has begun."""
    with pytest.raises(StoppedError):
        start(config, folder, StopsAfter(0))
    return folder


def numbers(lines: Sequence[str]) -> list[int]:
    """Of the trials that were ended."""
    return [int(line) for line in lines if line.strip().isdigit()]


def killed(folder: Path, n_lines: int, moment: float, begin: str = "") -> list[int]:
    """Kill a worker so many seconds after as many lines that begin so; it must be at work then.

    Returns:
        The numbers of the trials that it said it had ended.
    """
    process, lines = worker(folder), list[str]()
    assert process.stdout is not None
    while sum(line.startswith(begin) for line in lines) < n_lines:
        lines.append(process.stdout.readline())
        assert lines[-1], "it has ended by itself"
    time.sleep(moment)
    assert process.poll() is None, "it had ended before it was killed"
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return numbers([*lines, *rest.splitlines()])


@pytest.mark.slow
def test_a_search_that_is_killed_again_and_again_ends_as_one_that_is_not(
    data: Path, tmp_path: Path
) -> None:
    n_trials = 60
    config = small_config(data, trials=n_trials, folds=3, finalists=4)
    folder = begun(config, tmp_path / "killed")
    rng, done = random.Random(0), list[int]()
    done += killed(folder, 0, rng.random())  # as it is loaded, or in its first trials
    for n_lines in (1, 2, 3, 1, 2, 3, 1):  # at any moment of a trial, which is of some 50 ms
        done += killed(folder, n_lines, 0.05 * rng.random())
    for _ in range(2):  # as finalists are measured on new folds
        done += killed(folder, 1, 0.1 * rng.random(), small_search.FINALIST)
    whole = start(config, tmp_path / "whole")
    assert shown(resume(folder)) == shown(whole)
    assert [trial.number for trial in whole.trials] == list(range(n_trials))
    # What was finished and not yet printed when a kill came is not done again.
    assert len(set(done)) == len(done) >= n_trials - 8


@pytest.mark.slow
def test_two_workers_on_one_file_do_no_trial_twice(data: Path, tmp_path: Path) -> None:
    folder = begun(small_config(data, trials=16), tmp_path / "shared")
    processes = [worker(folder) for _ in range(2)]
    done = [numbers(process.communicate()[0].splitlines()) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(done[0] + done[1]) == list(range(16))
    assert min(map(len, done)) > 0
    assert len(resume(folder).trials) == 16
