import csv
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.errors import ChainruleError
from chainrule.runs.model_files import TrainedModel
from chainrule.training.engines._batches import Batches
from command_line import FAST, Invoke, history, weights
from helpers import usable_engines


def test_train_prints_the_labs_lines(chainrule: Invoke) -> None:
    code, out, err = chainrule("train", *FAST)
    assert (code, err) == (0, "")
    number = r"\d+\.\d{5}"
    assert len(re.findall(rf"Random init: train loss \(sum\): {number}, train acc: ", out)) == 2
    assert re.search(
        rf"\nEpoch #2, train loss \(sum\): {number}, train acc: 0\.\d\d\d, test acc: 0\.\d\d\d",
        out,
    )
    steps = re.findall(r"NLL \(sum\) over the last 100 samples at step (\d+): \d+\n", out)
    assert steps == [str(step) for step in range(100, 1501, 100)]
    assert "Written to runs/digits-1, seed 0" in out


def test_nobody_stops_an_epoch_that_prints_no_line_of_its_own(
    chainrule: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    run = Batches.run

    def counted(self: Batches, order: NDArray[np.int64], *where: int) -> None:
        calls.append(len(order))
        run(self, order, *where)

    monkeypatch.setattr(Batches, "run", counted)
    chainrule("train", *FAST, "--model", "logistic", "--engine", "numpy")
    assert calls == [100] * 15 + [27, 1527]


def test_each_run_has_a_folder_of_its_own(chainrule: Invoke, tmp_path: Path) -> None:
    for _ in range(3):
        assert chainrule("train", *FAST, "--model", "logistic")[0] == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == [
        "digits-1",
        "digits-2",
        "digits-3",
    ]


def test_json_is_one_object_on_standard_output(chainrule: Invoke) -> None:
    code, out, _ = chainrule("train", *FAST, "--json", "--seed", 3, "--out", "here")
    assert code == 0
    result = json.loads(out)
    assert out.count("\n") == 1
    assert set(result) == {"seed", "engine", "out", "models", "story"}
    assert len(result["story"]) == 3
    assert (result["seed"], result["out"]) == (3, "here")
    assert set(result["models"]) == {"logistic", "net"}
    for model in result["models"].values():
        assert set(model) == {
            *("train_accuracy", "test_accuracy", "train_loss", "test_loss", "seconds")
        }
        assert 0.9 < model["test_accuracy"] <= 1
        assert 0 < model["train_loss"] < 1  # the mean, not the sum


def test_the_run_folder_holds_everything(digits_run: Path) -> None:
    names = {p.name for p in digits_run.iterdir()}
    assert {
        *("config.json", "metrics.json", "history.csv", "report.html", "checkpoints"),
        *("logistic.safetensors", "net.safetensors", "digits.png", "activation.png"),
        *("prediction-before-after.png", "loss.png", "accuracy.png", "confusion.png"),
        *("worst.png", "hidden-weights.png", "reliability.png"),
    } == names
    with (digits_run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["model"], r["epoch"]) for r in rows] == [
        (model, str(epoch)) for model in ("logistic", "net") for epoch in range(5)
    ]
    metrics = json.loads((digits_run / "metrics.json").read_text())
    last = rows[-1]
    assert metrics["models"]["net"]["test_accuracy"] == float(last["test_accuracy"])
    assert metrics["models"]["net"]["train_loss"] == float(last["train_loss_mean"])
    assert metrics["data"]["train_samples"] == 1527
    page = (digits_run / "report.html").read_text()
    assert "Would you have done better?" in page
    assert page.count("<img") >= 8
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_the_same_seed_gives_the_same_files(chainrule: Invoke, tmp_path: Path) -> None:
    for out in ("a", "b"):
        assert chainrule("train", *FAST, "--seed", 7, "--out", out)[0] == 0
    assert chainrule("train", *FAST, "--seed", 8, "--out", "c")[0] == 0
    a, b, c = ((tmp_path / out / "net.safetensors").read_bytes() for out in "abc")
    assert a == b != c


def test_no_plots_writes_none_and_loads_no_plotting_library(tmp_path: Path) -> None:
    script = (
        "import sys; from chainrule.cli import main\n"
        "try: main(['train', '--no-plots', '--epochs', '1', '--out', 'run'])\n"
        "except SystemExit: pass\n"
        "heavy = ('matplotlib', 'jinja2', 'PIL', 'pooch', 'sklearn')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"
    assert not list((tmp_path / "run").glob("*.png"))
    assert not (tmp_path / "run" / "report.html").exists()


def test_options_reach_the_training(chainrule: Invoke, tmp_path: Path) -> None:
    options: dict[str, object] = {
        "hidden": "8,6",
        "activation": "tanh",
        "init": "he",
        "epochs": 2,
        "learning-rate": 0.05,
        "batch-size": 16,
        "momentum": 0.9,
        "weight-decay": 0.001,
        "schedule": "cosine",
        "label-smoothing": 0.1,
        "dropout": 0.2,
        "validation": 0.2,
        "patience": 5,
        "scale": "unit",
        "seed": 11,
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    assert (
        chainrule("train", *flags, "--no-shuffle", "--model", "net", "--no-plots", "--out", "r")[0]
        == 0
    )
    config = json.loads((tmp_path / "r" / "config.json").read_text())
    for name, value in options.items():
        expected = [8, 6] if name == "hidden" else value
        assert config[name.replace("-", "_")] == expected
    assert config["shuffle"] is False
    model = TrainedModel.load(tmp_path / "r")
    assert repr(model.model) == "NeuralNet(64-8-6-10, tanh)"
    assert model.scaling.kind == "unit"
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text())
    assert metrics["data"]["validation_samples"] == 305
    assert metrics["data"]["train_samples"] == 1222


def test_early_stopping_keeps_the_best_epoch(chainrule: Invoke, tmp_path: Path) -> None:
    code, out, _ = chainrule(
        *("train", "--no-plots", "--model", "net", "--validation", 0.3, "--patience", 2),
        *("--learning-rate", 1, "--epochs", 200, "--out", "r"),
    )
    assert code == 0
    assert "Stopped early: the validation loss was lowest at epoch" in out
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text())["models"]["net"]
    with (tmp_path / "r" / "history.csv").open() as file:
        losses = [float(row["validation_loss_mean"]) for row in csv.DictReader(file)]
    assert metrics["best_epoch"] == int(np.argmin(losses)) == len(losses) - 3
    assert metrics["validation_loss"] == min(losses)
    assert not json.loads((tmp_path / "r" / "metrics.json").read_text())["interrupted"]


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", ["Epoch #2,", "Network:"])
@pytest.mark.parametrize(
    ("engine", "number", "code"),
    [
        *((engine, signal.SIGINT, 130) for engine in usable_engines()),
        ("numpy", signal.SIGTERM, 143),
    ],
)
def test_a_signal_ends_after_the_epoch_and_resume_goes_on_to_the_same_bits(
    engine: str,
    number: signal.Signals,
    code: int,
    stop_at: str,
    tmp_path: Path,
    chainrule: Invoke,
) -> None:
    epochs = {"numpy": 20, "compiled": 800}[engine]  # a second or more, to be stopped in
    options: tuple[object, ...] = ("--epochs", epochs, "--momentum", 0.5, "--engine", engine)
    options += ("--no-plots", "--seed", 4)
    command = [sys.executable, "-m", "chainrule", "train", *map(str, options), "--out", "stopped"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(stop_at):
            process.send_signal(number)
            break
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "chainrule train --resume stopped" in err
    stopped = tmp_path / "stopped"
    assert json.loads((stopped / "metrics.json").read_text())["interrupted"] is True
    assert 2 < len(history(stopped)) < 2 * (epochs + 1)

    assert chainrule("train", "--resume", "stopped", "--no-plots")[0] == 0
    assert chainrule("train", *options, "--out", "whole")[0] == 0
    assert weights(stopped) == weights(tmp_path / "whole")
    assert history(stopped) == history(tmp_path / "whole")
    assert json.loads((stopped / "metrics.json").read_text())["interrupted"] is False


def test_resume_can_train_for_longer(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    assert chainrule("train", "--resume", "r", "--epochs", 4, "--no-plots")[0] == 0
    assert chainrule("train", "--epochs", 4, "--no-plots", "--out", "whole")[0] == 0
    assert weights(tmp_path / "r") == weights(tmp_path / "whole")


def test_resuming_a_finished_run_changes_nothing(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    before = weights(tmp_path / "r"), history(tmp_path / "r")
    assert chainrule("train", "--resume", "r", "--no-plots")[0] == 0
    assert (weights(tmp_path / "r"), history(tmp_path / "r")) == before


def test_resume_below_the_epochs_done_is_refused(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    before = (tmp_path / "r" / "config.json").read_text()
    code, _, err = chainrule("train", "--resume", "r", "--epochs", 1)
    assert code == 2
    assert "r has 2 epochs already; give --epochs 2 or more" in err
    assert (tmp_path / "r" / "config.json").read_text() == before


@pytest.mark.slow
def test_ctrl_c_in_a_resumed_run_keeps_the_models_not_reached(
    tmp_path: Path, chainrule: Invoke
) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    command = [sys.executable, "-m", "chainrule", "train", "--resume", "r", "--epochs", "1500"]
    process = subprocess.Popen(
        [*command, "--no-plots"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Epoch #4,"):
            process.send_signal(signal.SIGINT)
            break
    process.communicate(timeout=60)
    assert process.returncode == 130
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text())
    assert metrics["interrupted"] is True
    assert metrics["models"]["net"]["epochs"] == 2
    assert 4 <= metrics["models"]["logistic"]["epochs"] < 1500
    assert {row["model"] for row in history(tmp_path / "r")} == {"logistic", "net"}


def test_resume_refuses_other_options_changed_data_and_folders_without_a_run(
    chainrule: Invoke, tmp_path: Path, flowers: Path
) -> None:
    assert chainrule("train", *FAST, "--data", flowers, "--label", "kind", "--out", "r")[0] == 0
    code, _, err = chainrule("train", "--resume", "r", "--momentum", 0.9, "--seed", 1)
    assert code == 2
    assert "leave out --momentum, --seed" in err
    flowers.write_text(flowers.read_text() + "1,2,rose,3\n")
    code, _, err = chainrule("train", "--resume", "r")
    assert code == 2
    assert "are not those that the run began with" in err
    code, _, err = chainrule("train", "--resume", "nowhere")
    assert code == 2
    assert "nowhere holds no run to resume" in err
    (tmp_path / "r" / "config.json").write_text("{")
    code, _, err = chainrule("train", "--resume", "r")
    assert code == 2
    assert "config.json: damaged" in err


# Defaults that hold for other options too


@pytest.mark.parametrize(
    "options",
    [
        ("--hidden", "64,32", "--activation", "relu"),
        ("--activation", "relu"),
        ("--activation", "relu", "--init", "he"),
        ("--activation", "tanh"),
        ("--hidden", "32,32,32"),
        ("--momentum", "0.9"),
        ("--batch-size", "32"),
        ("--scale", "unit"),
    ],
    ids=" ".join,
)
@pytest.mark.slow
def test_the_default_learning_rate_suits_other_options(
    options: tuple[str, ...], chainrule: Invoke
) -> None:
    code, out, _ = chainrule("train", "--model", "net", "--no-plots", "--json", *options)
    assert code == 0
    assert json.loads(out)["models"]["net"]["test_accuracy"] >= 0.95


def test_a_model_that_has_not_learned_is_said_to_be_so(chainrule: Invoke) -> None:
    options = ("--model", "net", "--no-plots", "--epochs", 3)
    dead = ("--hidden", "64,32", "--activation", "relu", "--learning-rate", 0.1)
    _, out, _ = chainrule("train", *options, *dead)
    words = " ".join(out.split())
    assert "The network has not learned (dead units): In layer h2" in words
    next_ = "--model net --hidden 64,32 --activation relu --epochs 3 --learning-rate 0.01"
    assert f"Next: chainrule train {next_}, since" in words
    _, out, _ = chainrule("train", *options)
    assert "has not learned" not in out


def test_results_and_three_sentences_come_before_the_pictures(
    chainrule: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(*_: object) -> list[bytes]:
        raise ChainruleError("no picture can be drawn")

    monkeypatch.setattr("chainrule.plots.drawn_at_once", stopped)
    code, out, err = chainrule("train", "--epochs", 2, "--validation", 0.2, "--out", "r")
    assert (code, "no picture can be drawn" in err) == (2, True)
    table = out.split("\n\n")[1]
    assert re.findall(r"train|validation|test", table.splitlines()[1]) == [
        *("train", "validation", "test"),
        *("train", "validation", "test"),
    ]
    assert table.splitlines()[1].endswith("of steps")
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text())["models"]["net"]
    for part in ("train", "validation", "test"):
        assert f"{metrics[f'{part}_accuracy']:.4f}" in table
        assert f"{metrics[f'{part}_loss']:.5f}" in table
    words = " ".join(out.split())
    assert re.search(r"The hidden layer (gained|lost) (\d+|none) of 270 test samples: ", words)
    assert "McNemar's exact test, p " in words
    assert re.search(r"(The network|It) (knows|has (not|begun))", words)
    assert "Next: chainrule train --resume r --epochs 4, since the validation loss is" in words


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("--epochs", 12), list(range(13))),
        (("--epochs", 12, "--batch-size", 32), [0, 1, 2, 5, 10, 12]),
        (("--epochs", 40), [0, 1, 2, 5, 10, 20, 40]),
    ],
)
def test_on_a_terminal_epochs_condense_but_for_the_labs_own_run(
    options: tuple[object, ...],
    shown: list[int],
    chainrule: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _, out, _ = chainrule("train", "--no-plots", *options, "--out", "r")
    epochs = [int(number or 0) for number in re.findall(r"Random init|Epoch #(\d+),", out)]
    assert epochs == shown * 2
    assert ("NLL (sum)" in out) == (len(shown) == 13)
    assert len(history(tmp_path / "r")) == 2 * (shown[-1] + 1)


def test_a_run_that_diverges_says_and_draws_why(chainrule: Invoke, tmp_path: Path) -> None:
    options = ("--model", "net", "--activation", "relu", "--learning-rate", 10, "--epochs", 2)
    code, _, err = chainrule("train", *options, "--hidden", "32,32", "--out", "r")
    assert code == 2
    assert "The gradient explodes: after epoch 0" in err
    assert "diverged in epoch 1" in err
    assert (tmp_path / "r" / "diagnosis.png").exists()


def test_a_diagnosis_is_in_the_report_and_in_json(chainrule: Invoke, tmp_path: Path) -> None:
    options = ("--model", "net", "--init", "zeros", "--epochs", 2, "--out", "r", "--json")
    code, out, _ = chainrule("train", *options)
    assert code == 0
    diagnosis = json.loads(out)["models"]["net"]["diagnosis"]
    assert diagnosis["kind"] == "zero initialisation"
    page = (tmp_path / "r" / "report.html").read_text()
    assert "has not learned: zero initialisation" in page
    assert "copies of each other" in page
    assert (tmp_path / "r" / "diagnosis.png").exists()


def test_a_batch_is_no_larger_than_the_training_part(chainrule: Invoke, flowers: Path) -> None:
    _, out, _ = chainrule(
        "train", *FAST, "--data", flowers, "--label", "kind", "--batch-size", 5000
    )
    assert "75 samples, batches of 75, learning rate 0.0866025" in out
