"""A run: nothing is made or checked twice, and nothing is written if anything cannot be right."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.data import load_digits
from chainrule.errors import ChainruleError, RunFolderError
from chainrule.nn.classifier import Classifier
from chainrule.nn.evaluate import score
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs.config import RunConfig
from chainrule.runs.data import load_data
from chainrule.runs.listener import Listener
from chainrule.runs.models import described_model, new_model
from chainrule.runs.run import read_config, resume, start
from chainrule.training.augmentation import NONE, USUAL
from chainrule.training.engines import Engine, choose_engine
from chainrule.training.sgd import SGD
from helpers import assert_same_bits

SHORT = RunConfig(epochs=1)
FAULTY = RunConfig(models=("net",), hidden=(10,), epochs=1, faults=("grad-preactivation",))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the classes of all models that are made."""
    names: list[str] = []
    make = Classifier.__init__

    def counted(self: Classifier, *sizes: Any) -> None:
        names.append(type(self).__name__)
        make(self, *sizes)

    monkeypatch.setattr(Classifier, "__init__", counted)
    return names


def test_each_model_is_built_once(made: list[str], tmp_path: Path) -> None:
    start(SHORT, tmp_path / "run")
    assert made == ["LogisticRegression", "NeuralNet"]
    made.clear()
    resume(tmp_path / "run", epochs=2)
    assert made == ["LogisticRegression", "NeuralNet"]
    made.clear()
    start(FAULTY, tmp_path / "faulty")
    assert made == ["FaultyNet", "NeuralNet"]


def test_the_engine_is_chosen_once_for_each_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(engine: str, model: Any, batch_size: int) -> type[Engine]:
        asked.append(type(model).__name__)
        return choose_engine(engine, model, batch_size)

    monkeypatch.setattr("chainrule.training.epochs.choose_engine", counted)
    run = start(SHORT, tmp_path / "run")
    assert asked == ["LogisticRegression", "NeuralNet"]
    assert run.config.engine in ("compiled", "numpy")


@pytest.mark.parametrize("config", [SHORT, FAULTY], ids=["right", "faulty"])
def test_the_untrained_model_is_the_one_that_training_began_with(
    config: RunConfig, tmp_path: Path
) -> None:
    run = start(config, tmp_path / "run")
    _, data = load_data(config)
    for outcome in run.outcomes:
        first = new_model(outcome.name, config, data, outcome.settings)
        assert_same_bits(outcome.untrained.parameters, first.parameters)
        for name, parameter in outcome.trained.model.parameters.items():
            assert not np.shares_memory(parameter, outcome.untrained.parameters[name])
        assert repr(outcome.untrained) == repr(outcome.trained.model)


class Listened(Listener):
    def __init__(self) -> None:
        self.began = False

    def run_begins(self, folder: Path, config: RunConfig) -> None:
        self.began = True


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patience": 2}, "patience=2 needs a validation part"),
        ({"validation": 0.9999}, "validation must be a share"),
        ({"data": "nothing"}, "unknown data set 'nothing'"),
        ({"threads": 0}, "threads must be a whole number, 1 to 1024; got 0"),
        ({"models": ("net",), "faults": ("grad-inputs-swapped",)}, r"hidden=\(10,\)"),
        ({"hidden": (0,)}, "hidden must be a whole number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_nothing_is_written_if_anything_cannot_be_right(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    listener = Listened()
    with pytest.raises(ChainruleError, match=message):
        start(dataclasses.replace(SHORT, **changes), tmp_path / "run", listener)
    assert not (tmp_path / "run").exists()
    assert not listener.began


DEFORMED = dataclasses.replace(SHORT, augment=USUAL, batch_size=32, epochs=3, momentum=0.5)


def test_a_run_on_deformed_images_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = start(DEFORMED, tmp_path / "whole")
    folder = start(dataclasses.replace(DEFORMED, epochs=1, threads=1), tmp_path / "run").folder
    assert read_config(folder)[0].augment == USUAL
    resumed = resume(folder, epochs=3)
    plain = start(dataclasses.replace(DEFORMED, augment=NONE, scale="unit"), tmp_path / "plain")
    for one, again, other in zip(whole.outcomes, resumed.outcomes, plain.outcomes, strict=True):
        assert_same_bits(again.trained.model.parameters, one.trained.model.parameters)
        assert again.trained.scaling.kind == "unit"
        for name, array in one.trained.model.parameters.items():
            assert (array != other.trained.model.parameters[name]).any(), name


def test_a_run_of_before_there_was_augmentation_goes_on(tmp_path: Path) -> None:
    folder = start(SHORT, tmp_path / "run").folder
    content = json.loads((folder / "config.json").read_text())
    del content["augment"]
    (folder / "config.json").write_text(json.dumps(content))
    assert resume(folder, epochs=2).config == dataclasses.replace(
        SHORT, epochs=2, engine=content["engine"]
    )


def test_what_is_no_image_is_not_deformed(tmp_path: Path) -> None:
    table = tmp_path / "bad.csv"
    table.write_text("a,label\n" + "1,0\n2,1\n" * 9)
    with pytest.raises(ChainruleError, match=r"bad\.csv' are not images, which alone can be"):
        start(dataclasses.replace(SHORT, data=str(table), augment=USUAL), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"augment": "usual"}, "augment must be an Augmentation; got 'usual'"),
        ({"augment": USUAL, "scale": "standard"}, 'by their deviation near 0; take scale="unit"'),
    ],
)
def test_settings_of_deformed_images_are_looked_at(changes: Any, message: str) -> None:
    with pytest.raises(ChainruleError, match=message):
        dataclasses.replace(SHORT, **changes)


def test_a_run_that_is_there_can_be_gone_on_with(tmp_path: Path) -> None:
    start(dataclasses.replace(SHORT, epochs=2), tmp_path / "run")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(RunFolderError) as error:
        start(SHORT, tmp_path / "run")
    assert str(error.value) == (
        f"{tmp_path / 'run'} exists and is not empty; choose another folder with out=…, "
        f'or go on with that run: resume("{tmp_path / "run"}")'
    )
    with pytest.raises(ChainruleError, match="has 2 epochs already; give epochs=2 or more"):
        resume(tmp_path / "run", epochs=1)
    assert {path: path.read_bytes() for path in before} == before
    assert resume(str(tmp_path / "run"), epochs=3).main.metrics["epochs"] == 3


ODD: tuple[object, ...] = (
    float("inf"), float("-inf"), float("nan"), -1, 0, 1.5, 10**400, "x", "\ud800", None, True,
    [], {}, [1, float("inf")], ["net", 3],
)  # fmt: skip


@pytest.mark.parametrize("key", [*(f.name for f in dataclasses.fields(RunConfig)), "data_crc32"])
def test_an_odd_setting_in_a_configuration_is_a_sentence(key: str, tmp_path: Path) -> None:
    folder = start(dataclasses.replace(SHORT, models=("net",)), tmp_path / "run").folder
    text = json.loads((folder / "config.json").read_text())
    refused = 0
    for value in ODD:
        (folder / "config.json").write_text(json.dumps(text | {key: value}))
        try:
            read_config(folder)
            resume(folder, epochs=2)
        except ChainruleError as error:
            assert "\n" not in str(error), value
            refused += 1
    assert refused > len(ODD) // 3


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"momentum": 0.0', '"momentum": -Infinity', "it says -Infinity where a number is expec"),
        ('"data_crc32"', '"crc"', "it does not say 'data_crc32'"),
        ('"shuffle"', '"s\N{ZERO WIDTH SPACE}' + 5000 * "9" + '"', "unexpected keyword argument"),
    ],
)
def test_what_is_damaged_in_a_configuration_is_named_in_a_line(
    right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    folder = start(SHORT, tmp_path / "run").folder
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(RunFolderError, match=rf"config\.json: damaged, .* \(.*{said}") as error:
        resume(folder)
    assert len(str(error.value)) < len(str(folder)) + 300
    assert str(error.value).isprintable()


def test_a_run_that_is_laid_out_over_its_epochs_keeps_their_number(tmp_path: Path) -> None:
    config = dataclasses.replace(SHORT, models=("net",), epochs=2, schedule="cosine")
    folder = start(config, tmp_path / "run").folder
    with pytest.raises(ChainruleError, match=r'begun with schedule="cosine", .* its 2 epochs;'):
        resume(folder, epochs=3)
    assert resume(folder, epochs=2).main.metrics["epochs"] == 2


def test_a_run_of_before_there_were_some_settings_goes_on(tmp_path: Path) -> None:
    config = dataclasses.replace(SHORT, models=("net",))
    folder = start(config, tmp_path / "run").folder
    content = json.loads((folder / "config.json").read_text())
    for name in ("schedule", "label_smoothing", "dropout", "averaging"):
        del content[name]
    (folder / "config.json").write_text(json.dumps(content))
    assert resume(folder, epochs=2).main.metrics["epochs"] == 2


def test_the_model_file_and_the_metrics_are_those_of_the_average(tmp_path: Path) -> None:
    config = dataclasses.replace(SHORT, models=("net",), epochs=4, averaging=0.5)
    run = start(config, tmp_path / "run")
    metrics = run.main.metrics
    assert metrics["averaged_epochs"] == 2
    scores = score(run.main.trained, *run.raw.part("test"))
    assert metrics["test_loss"] == pytest.approx(scores.loss_mean, rel=1e-5)
    assert metrics["test_loss"] != run.main.history[-1].test_loss_mean
    again = resume(run.folder).main.metrics
    assert again == metrics


def test_how_far_a_run_has_come_is_in_its_checkpoints_alone(tmp_path: Path) -> None:
    whole = resume(start(dataclasses.replace(SHORT, epochs=2), tmp_path / "a").folder, epochs=3)
    start(dataclasses.replace(SHORT, epochs=2), tmp_path / "b")
    (tmp_path / "b" / "history.csv").write_bytes(b"\xff\x00model,epoch\nnet,inf\n")
    with pytest.raises(ChainruleError, match="has 2 epochs already"):
        resume(tmp_path / "b", epochs=1)
    mended = resume(tmp_path / "b", epochs=3)
    assert mended.folder.joinpath("history.csv").read_text().split()[0].startswith("model,epoch,")
    assert (
        mended.main.trained.model.parameters.keys() == whole.main.trained.model.parameters.keys()
    )
    for name, array in whole.main.trained.model.parameters.items():
        np.testing.assert_array_equal(mended.main.trained.model.parameters[name], array)


@pytest.mark.parametrize("name", ["logistic", "net", "faulty"])
def test_a_model_comes_back_from_its_description(name: str) -> None:
    data = load_digits()
    config = FAULTY if name == "faulty" else SHORT
    kind = "logistic" if name == "logistic" else "net"
    model = new_model(kind, config, data, config.settings(kind))
    again = described_model(model.description(), model.parameters)
    assert type(again) is type(model)
    assert again.description() == model.description()
    assert again.wrong_steps == model.wrong_steps
    assert_same_bits(again.parameters, model.parameters)
    assert not np.shares_memory(
        again.parameters["b" if kind == "logistic" else "b_o"],
        model.parameters["b" if kind == "logistic" else "b_o"],
    )


def test_models_say_what_is_wrong_in_them_on_purpose() -> None:
    assert LogisticRegression(3, 2).wrong_steps == []
    assert NeuralNet(3, 4, 2).wrong_steps == []
    data = load_digits()
    faulty = new_model("net", FAULTY, data, SGD())
    (wrong,) = faulty.wrong_steps
    assert wrong["id"] == "grad-preactivation"
    assert list(wrong) == ["id", "title", "computed", "right"]
