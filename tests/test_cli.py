import csv
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chainrule.cli import main
from chainrule.data import load_digits
from chainrule.files import TrainedModel
from chainrule.run import RunConfig

FAST = ("--no-plots", "--epochs", "2")
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def chainrule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Invoke:
    """Run a command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        assert isinstance(exit_.value.code, int)
        return exit_.value.code, *capfd.readouterr()

    return invoke


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run with everything in it."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--epochs", "4", "--out", str(folder)])
    return folder


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Three well separated kinds with names for labels."""
    rng = np.random.default_rng(0)
    rows: list[Sequence[object]] = [("length", "width", "kind", "height")]
    for i in range(90):
        place = i % 3
        x = rng.normal([place, -place, 2 * place], 0.1)
        rows.append((x[0], x[1], ("rose", "iris", "lily")[place], x[2]))
    return write_csv(tmp_path / "flowers.csv", rows)


# The main job


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
    assert set(result) == {"seed", "out", "models"}
    assert (result["seed"], result["out"]) == (3, "here")
    assert set(result["models"]) == {"logistic", "net"}
    for model in result["models"].values():
        assert set(model) == {"train_accuracy", "test_accuracy", "train_loss", "seconds"}
        assert 0.9 < model["test_accuracy"] <= 1
        assert 0 < model["train_loss"] < 1  # the mean, not the sum


def test_the_run_folder_holds_everything(digits_run: Path) -> None:
    names = {p.name for p in digits_run.iterdir()}
    assert {
        *("config.json", "metrics.json", "history.csv", "report.html", "checkpoints"),
        *("logistic.safetensors", "net.safetensors", "digits.png", "activation.png"),
        *("prediction-before-after.png", "loss.png", "accuracy.png", "confusion.png"),
        *("worst.png", "hidden-weights.png"),
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


# Stopping and going on


def weights(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*.safetensors")}


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{k: v for k, v in r.items() if k != "seconds"} for r in csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", ["Epoch #2,", "Network:"])
def test_ctrl_c_ends_after_the_epoch_and_resume_goes_on_to_the_same_bits(
    stop_at: str, tmp_path: Path, chainrule: Invoke
) -> None:
    options = ("--epochs", "30", "--momentum", "0.5", "--no-plots", "--seed", "4")
    command = [sys.executable, "-m", "chainrule", "train", *options, "--out", "stopped"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(stop_at):
            process.send_signal(signal.SIGINT)
            break
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "chainrule train --resume stopped" in err
    stopped = tmp_path / "stopped"
    assert json.loads((stopped / "metrics.json").read_text())["interrupted"] is True
    assert 2 < len(history(stopped)) < 62

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


# Using a model


def test_evaluate_gives_the_figures_of_the_run(chainrule: Invoke, digits_run: Path) -> None:
    metrics = json.loads((digits_run / "metrics.json").read_text())["models"]
    code, out, _ = chainrule("evaluate", digits_run, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["accuracy"] == metrics["net"]["test_accuracy"]
    assert result["loss"] == pytest.approx(metrics["net"]["test_loss"])
    assert np.trace(result["confusion"]) == round(result["accuracy"] * 270)
    _, out, _ = chainrule(
        "evaluate", digits_run / "logistic.safetensors", "--part", "train", "--json"
    )
    assert json.loads(out)["accuracy"] == metrics["logistic"]["train_accuracy"]
    code, out, _ = chainrule("evaluate", digits_run)
    assert code == 0
    assert f"accuracy {result['accuracy']:.4f}" in out


def test_worst_lists_the_highest_losses_first(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    code, out, _ = chainrule("worst", digits_run, "--number", 5, "--json")
    assert code == 0
    rows = json.loads(out)["worst"]
    model, digits = TrainedModel.load(digits_run), load_digits()
    losses = model.losses(digits.X_test, digits.y_test)
    assert [row["sample"] for row in rows] == list(np.argsort(-losses)[:5])
    assert [row["loss"] for row in rows] == pytest.approx(sorted(losses)[::-1][:5])
    code, out, _ = chainrule("worst", digits_run, "--out", "worst.png")
    assert code == 0
    assert len(out.splitlines()) == 2 + 12 + 1
    with Image.open(tmp_path / "worst.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize("ink", ["dark on light", "light on dark"])
def test_predict_reads_pictures_of_digits(
    ink: str, chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    digits, right = load_digits(), 0
    for i in range(20):
        pixels = (digits.images(digits.X_test[i]) * 255 / 16).astype(np.uint8)
        if ink == "dark on light":
            pixels = 255 - pixels
        Image.fromarray(pixels.repeat(20, axis=0).repeat(20, axis=1)).save("digit.png")
        code, out, _ = chainrule("predict", digits_run, "digit.png", "--json")
        assert code == 0
        (prediction,) = json.loads(out)["predictions"]
        assert 0 < prediction["probability"] <= 1
        right += prediction["label"] == digits.y_test[i]
    assert right >= 17  # cutting to the ink changes those digits that do not fill the frame


def test_predict_reads_npz_and_idx_like_the_data_trained_on(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    digits = load_digits()
    expected = [int(c) for c in TrainedModel.load(digits_run).predict(digits.X_test)]
    np.savez(tmp_path / "some.npz", X=digits.X_test)
    header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (270, 8, 8))
    (tmp_path / "some-idx3-ubyte").write_bytes(header + digits.X_test.astype(np.uint8).tobytes())
    for name in ("some.npz", "some-idx3-ubyte"):
        code, out, _ = chainrule("predict", digits_run, name, "--json")
        assert code == 0
        assert [p["label"] for p in json.loads(out)["predictions"]] == expected
        code, out, _ = chainrule("predict", digits_run, name)
        assert len(out.splitlines()) == 271


def test_a_table_with_named_labels_is_learned_and_predicted(
    chainrule: Invoke, flowers: Path, tmp_path: Path
) -> None:
    code, out, _ = chainrule(
        *("train", "--data", flowers, "--label", "kind", "--out", "r", "--json"),
        *("--no-plots", "--epochs", 30),
    )
    assert code == 0
    assert json.loads(out)["models"]["net"]["test_accuracy"] == 1
    # Other order of columns, one more column, no labels: matched by name.
    rows = [("height", "extra", "length", "width"), (4, 9, 2, -2), (0, 9, 0, 0), (2, 9, 1, -1)]
    write_csv(tmp_path / "new.csv", rows)
    _, out, _ = chainrule("predict", "r", "new.csv", "--json")
    labels = [p["label"] for p in json.loads(out)["predictions"]]
    assert labels == ["lily", "rose", "iris"]
    code, out, _ = chainrule("evaluate", "r")
    assert code == 0
    assert "lily" in out


def test_a_table_gets_a_report_without_pictures_of_samples(
    chainrule: Invoke, flowers: Path, tmp_path: Path
) -> None:
    code, _, err = chainrule(
        "train", "--data", flowers, "--label", "kind", "--out", "r", "--epochs", 1
    )
    assert (code, err) == (0, "")
    pictures = {p.name for p in (tmp_path / "r").glob("*.png")}
    assert pictures == {"activation.png", "loss.png", "accuracy.png", "confusion.png"}
    assert "Would you have done better?" not in (tmp_path / "r" / "report.html").read_text()


# Bad input


def files_below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--epochs 0", "'--epochs': 0 is not in the range x>=1"),
        ("--epochs two", "'two' is not a valid integer"),
        ("--batch-size -4", "-4 is not in the range x>=1"),
        ("--hidden 0", "'0' is not a number of hidden units"),
        ("--hidden 32,", "'32,' is not a number of hidden units"),
        ("--hidden 8,-3", "'8,-3' is not a number of hidden units"),
        ("--learning-rate 0", "learning_rate must be a number more than 0, such as 0.1; got 0.0"),
        ("--learning-rate -1", "got -1.0"),
        ("--learning-rate nan", "got nan"),
        ("--learning-rate inf", "got inf"),
        ("--momentum 1", "momentum must be at least 0 and less than 1; got 1.0"),
        ("--weight-decay -0.1", "weight_decay must be 0 or more; got -0.1"),
        ("--validation 1.5", "got 1.5"),
        ("--validation -0.5", "got -0.5"),
        ("--validation nan", "got nan"),
        ("--patience 3", "needs a validation part"),
        ("--patience 0 --validation 0.1", "0 is not in the range x>=1"),
        ("--seed -1", "-1 is not in the range x>=0"),
        ("--scale log", "'log' is not one of"),
        ("--activation swish", "'swish' is not one of"),
        ("--data nothing", "unknown data set 'nothing'"),
        ("--data gone.csv", "gone.csv: there is no such file"),
        ("--data idx", "needs --data-dir"),
        ("--data mnist --data-dir nowhere", "nowhere: there is no such folder"),
        ("--data-dir .", "the train images are missing"),
        ("--no-such-option", "No such option"),
    ],
)
def test_bad_options_get_a_sentence_exit_code_2_and_no_file(
    arguments: str, says: str, chainrule: Invoke, tmp_path: Path
) -> None:
    before = files_below(tmp_path)
    code, out, err = chainrule("train", *arguments.split())
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())
    assert "Traceback" not in err
    assert files_below(tmp_path) == before


def bad_csv(text: str) -> Callable[[Path], tuple[str, ...]]:
    def make(folder: Path) -> tuple[str, ...]:
        (folder / "bad.csv").write_text(text)
        return ("--data", "bad.csv")

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (bad_csv("a,b\n1,2\n3,4\n"), "there is no label column 'label'; the columns are a, b"),
        (bad_csv("a,label\nx,0\n1,1\n" * 5), "line 2, column 'a': 'x' is not a number"),
        (bad_csv("a,label\n1,0\n,1\n" * 5), "line 3, column 'a': ''"),
        (bad_csv("a,label\n" + "1,0\n2,0\n" * 9), "one class only"),
        (bad_csv("a,label\n1,0.5\n2,1\n" * 5), "label"),
        (bad_csv(""), "the first line must name the columns"),
    ],
)
def test_bad_data_get_a_sentence_exit_code_2_and_no_file(
    make: Callable[[Path], tuple[str, ...]], says: str, chainrule: Invoke, tmp_path: Path
) -> None:
    arguments = make(tmp_path)
    before = files_below(tmp_path)
    code, out, err = chainrule("train", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert files_below(tmp_path) == before


def test_a_folder_with_something_in_it_is_not_written_to(
    chainrule: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    code, _, err = chainrule("train", *FAST, "--out", "full")
    assert code == 2
    assert "full exists and is not empty; choose another folder with --out" in err
    assert files_below(tmp_path / "full") == {"thesis.txt"}
    code, _, err = chainrule("train", *FAST, "--out", "full/thesis.txt")
    assert code == 2
    assert "is a file" in err
    (tmp_path / "empty").mkdir()
    assert chainrule("train", *FAST, "--out", "empty")[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs a place closed even to root")
def test_a_place_where_one_may_not_write_is_named(chainrule: Invoke) -> None:
    code, out, err = chainrule("train", *FAST, "--out", "/sys/run")
    assert (code, out) == (2, "")
    assert "cannot make the run folder /sys/run (" in err
    assert "choose a place where you may write with --out" in err
    assert len(err.splitlines()) == 1


def test_no_room_on_the_disk_gets_a_sentence_and_leaves_whole_files(tmp_path: Path) -> None:
    # A limit on the size of files makes the kernel refuse a write half-way, as a full disk does.
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, 15_000))

    result = subprocess.run(
        [sys.executable, "-m", "chainrule", "train", *FAST, "--out", "run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert result.returncode == 2
    assert "cannot write to run (File too large)" in result.stderr
    assert "--resume run" in result.stderr
    assert "Traceback" not in result.stderr
    left = files_below(tmp_path / "run")
    assert not [name for name in left if name.endswith(".part")]
    resumed = subprocess.run(
        [sys.executable, "-m", "chainrule", "train", "--resume", "run", "--no-plots"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0


def test_divergence_says_when_and_what_to_try_and_keeps_the_epochs_before(
    chainrule: Invoke, tmp_path: Path
) -> None:
    code, _, err = chainrule(
        *("train", "--no-plots", "--model", "net", "--activation", "relu", "--out", "r"),
        *("--learning-rate", 1e6, "--init", "he"),
    )
    assert code == 2
    assert re.search(r"diverged in epoch 1: .* a learning rate well below 1e\+06", err)
    assert "Traceback" not in err
    assert len(history(tmp_path / "r")) == 1


@pytest.mark.parametrize("verb", ["evaluate", "predict", "worst"])
def test_a_damaged_or_missing_model_is_refused(
    verb: str, chainrule: Invoke, tmp_path: Path, digits_run: Path
) -> None:
    extra = ("digit.png",) if verb == "predict" else ()
    (tmp_path / "cut.safetensors").write_bytes((digits_run / "net.safetensors").read_bytes()[:900])
    for model, says in (
        ("cut.safetensors", "damaged"),
        ("gone.safetensors", "there is no such file"),
        (".", "there is no such file"),
    ):
        code, out, err = chainrule(verb, model, *extra)
        assert (code, out) == (2, "")
        assert says in err
        assert len(err.splitlines()) == 1


def test_files_that_do_not_fit_the_model_are_refused(
    chainrule: Invoke, tmp_path: Path, digits_run: Path, flowers: Path
) -> None:
    (tmp_path / "text.png").write_text("not an image")
    Image.new("L", (30, 30), 200).save(tmp_path / "blank.png")
    np.savez(tmp_path / "wide.npz", X=np.zeros((2, 65)))
    for file, says in (
        ("gone.png", "there is no such file"),
        ("text.png", "cannot be read as an image"),
        ("blank.png", "one colour only"),
        ("wide.npz", "65 features; the model takes samples of 64"),
        ("flowers.csv", "'lily'"),
        ("gone", "there is no such file"),
    ):
        code, out, err = chainrule("predict", digits_run, file)
        assert (code, out) == (2, "")
        assert says in err or file == "flowers.csv"
    code, _, err = chainrule("evaluate", digits_run, "--data", flowers, "--label", "kind")
    assert code == 2
    assert "takes samples of 64 features, but those of" in err
    assert chainrule("train", *FAST, "--data", flowers, "--label", "kind", "--out", "r")[0] == 0
    code, _, err = chainrule("predict", "r", "blank.png")
    assert code == 2
    assert "was not trained on images" in err
    code, _, err = chainrule("worst", "r", "--out", "worst.png")
    assert code == 2
    assert "not images" in err
    write_csv(tmp_path / "narrow.csv", [("length", "width"), (1, 2)])
    code, _, err = chainrule("predict", "r", "narrow.csv")
    assert code == 2
    assert "the column 'height', which the model reads, is missing" in err


# The command line itself


def test_a_stack_trace_is_shown_only_on_request(chainrule: Invoke) -> None:
    assert "Traceback" not in chainrule("train", "--data", "nothing")[2]
    with pytest.raises(ValueError, match="unknown data set"):
        main(["--traceback", "train", "--data", "nothing"])


def test_help_shows_every_verb_with_examples(chainrule: Invoke) -> None:
    code, out, _ = chainrule("--help")
    assert code == 0
    verbs = re.findall(r"^  (\w+) +\S", out.split("Commands:")[1], re.MULTILINE)
    assert verbs == ["train", "evaluate", "predict", "worst", "replay", "completion"]
    for verb in ("train", "evaluate", "predict", "worst"):
        code, out, _ = chainrule(verb, "--help")
        assert code == 0
        assert f"chainrule {verb} " in out.split("Examples:")[1]


def test_help_states_the_defaults_that_hold(chainrule: Invoke) -> None:
    _, out, _ = chainrule("train", "--help")
    text = " ".join(out.split())
    defaults = RunConfig()
    for name in ("activation", "init", "epochs", "batch_size", "momentum", "scale", "seed"):
        value: Any = getattr(defaults, name)
        assert re.search(
            rf"--{name.replace('_', '-')}\b[^[]*(\[[^]]*\][^[]*)?\[default: {value}", text
        )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, chainrule: Invoke) -> None:
    code, out, _ = chainrule("completion", shell)
    assert code == 0
    assert "_CHAINRULE_COMPLETE" in out


def test_completion_completes() -> None:
    words = {"COMP_WORDS": "chainrule train --act", "COMP_CWORD": "2"}
    result = subprocess.run(
        [sys.executable, "-c", "from chainrule.cli import main; main()"],
        env=os.environ | words | {"_CHAINRULE_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,--activation" in result.stdout


def test_a_closed_pipe_is_no_disaster(tmp_path: Path) -> None:
    command = f"{sys.executable} -m chainrule train --no-plots --out run | head -n 1"
    result = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout.startswith("Softmax regression")
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
