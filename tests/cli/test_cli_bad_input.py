import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import FAST, Invoke, files_below, history, weights, write_csv


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--epochs 0", "epochs must be a whole number, 1 or more; got 0"),
        ("--epochs two", "'two' is not a valid integer"),
        ("--batch-size -4", "batch_size must be a whole number, 1 or more; got -4"),
        ("--hidden 0", "'0' is not a number of hidden units"),
        ("--hidden 32,", "'32,' is not a number of hidden units"),
        ("--hidden 8,-3", "'8,-3' is not a number of hidden units"),
        ("--learning-rate 0", "learning_rate must be a number more than 0, such as 0.1; got 0.0"),
        ("--learning-rate -1", "got -1.0"),
        ("--learning-rate nan", "got nan"),
        ("--learning-rate inf", "got inf"),
        ("--momentum 1", "momentum must be at least 0 and less than 1; got 1.0"),
        ("--weight-decay -0.1", "weight_decay must be 0 or more; got -0.1"),
        ("--schedule linear", "'linear' is not one of"),
        ("--members 0", "members must be a whole number, 1 to 1000; got 0"),
        ("--members 3 --model logistic", "leave out --members 3, or train"),
        (
            "--members 3 --fault grad-preactivation",
            "in a single network beside the right one; leave out --members 3",
        ),
        ("--averaging 1.5", "averaging must be a share, 0 to 1; got 1.5"),
        (
            "--averaging 0.5 --patience 3 --validation 0.1",
            "leave out --averaging 0.5 or --patience 3",
        ),
        ("--dropout 1", "dropout must be at least 0 and less than 1; got 1.0"),
        (
            "--dropout 0.5 --fault grad-preactivation",
            "dropped from the right network only; leave out --dropout 0.5",
        ),
        ("--label-smoothing 1", "label_smoothing must be at least 0 and less than 1; got 1.0"),
        ("--validation 1.5", "got 1.5"),
        ("--validation -0.5", "got -0.5"),
        ("--validation nan", "got nan"),
        ("--patience 3", "needs a validation part"),
        ("--patience 0 --validation 0.1", "patience must be a whole number, 1 or more; got 0"),
        ("--seed -1", "seed must be a whole number, 0 or more; got -1"),
        ("--scale log", "'log' is not one of"),
        ("--augment tilt=3", "'tilt=3' deforms nothing; write usual, or some of shift=0.05,"),
        ("--augment rotation=200", "rotation must be a number of degrees, 0 to 180; got 200.0"),
        ("--augment usual --scale standard", "their deviation near 0; take --scale unit"),
        ("--activation swish", "'swish' is not one of"),
        ("--data nothing", "unknown data set 'nothing'"),
        ("--data gone.csv", "gone.csv: there is no such file"),
        ("--data idx", "needs --data-dir"),
        ("--data mnist --data-dir nowhere", "nowhere: no such folder"),
        ("--data-dir .", "the train images are missing"),
        ("--label kind", "--label goes with CSV and NPZ files"),
        ("--model logistic --hidden 5 --activation tanh", "leave out --hidden, --activation"),
        ("--no-such-option", "No such option"),
    ],
)
def test_bad_options_get_a_sentence_exit_code_2_and_no_file(
    arguments: str, says: str, chainrule: Invoke, tmp_path: Path
) -> None:
    before = files_below(tmp_path)
    code, out, err = chainrule("train", *arguments.split())
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert files_below(tmp_path) == before


def bad_csv(text: str) -> Callable[[Path], tuple[str, ...]]:
    def make(folder: Path) -> tuple[str, ...]:
        (folder / "bad.csv").write_text(text)
        return ("--data", "bad.csv")

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (bad_csv("a,b\n1,2\n3,4\n"), "there is no label column 'label'"),
        (bad_csv("a,label\nx,0\n1,1\n2,0\n3,1\n"), "line 2, column 'a': 'x' is text among"),
        (bad_csv("a,label\n1,0\n,1\n2,0\n3,1"), "line 3, column 'a': the value is missing"),
        (bad_csv("a,label\n1,0\n1,0\n2,1"), "the label 1 has one row only"),
        (
            bad_csv("a,label\n" + "1,0\n2,0\n" * 9),
            "every training label is 0; there is nothing",
        ),
        (bad_csv("a,label\n" + "1,0.5\n2,1\n" * 5), "line 2: the label '0.5' is not a class"),
        (bad_csv(""), "the file is empty; its first line must name the columns"),
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("models", []),
        ("models", ["forest"]),
        ("data", 3),
        ("validation", "x"),
        ("shuffle", 7),
        ("hidden", None),
        ("epochs", "many"),
        ("activation", "swish"),
        ("learning_rate", [1]),
        ("surprise", 1),
    ],
)
def test_a_damaged_configuration_is_not_resumed(
    name: str, value: object, chainrule: Invoke, tmp_path: Path
) -> None:
    assert chainrule("train", *FAST, "--model", "logistic", "--out", "r")[0] == 0
    config = json.loads((tmp_path / "r" / "config.json").read_text())
    (tmp_path / "r" / "config.json").write_text(json.dumps(config | {name: value}))
    before = weights(tmp_path / "r")
    code, _, err = chainrule("train", "--resume", "r")
    assert code == 2
    assert "config.json: damaged, cannot be resumed" in err
    assert len(err.splitlines()) == 1
    assert weights(tmp_path / "r") == before


@pytest.mark.parametrize("damaged", ["logistic", "net"])
def test_a_damaged_checkpoint_is_refused_before_anything_is_written(
    damaged: str, chainrule: Invoke, tmp_path: Path
) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    (tmp_path / "r" / "checkpoints" / f"{damaged}.safetensors").write_bytes(b"junk")
    before = {p: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()}
    code, out, err = chainrule("train", "--resume", "r", "--epochs", 5)
    assert (code, out) == (2, "")
    assert f"{damaged}.safetensors: not a model file of chainrule, or a damaged one" in err
    assert {p: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()} == before


def test_output_that_cannot_be_written_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "chainrule", "train", *FAST, "--out", "run"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 2
    assert "cannot write the output (No space left on device)" in result.stderr


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
        ("blank.png", "there is no digit to be seen"),
        ("wide.npz", "65 features; the model takes samples of 64"),
        ("flowers.csv", "the column 'kind' holds words; the model was trained on arrays"),
        ("gone", "there is no such file"),
        (".", "this is a folder"),
    ):
        code, out, err = chainrule("predict", digits_run, file)
        assert (code, out) == (2, "")
        assert says in err
    code, _, err = chainrule("evaluate", digits_run, "--data", flowers, "--label", "kind")
    assert code == 2
    assert "holds 90 samples of 3 features; the model takes samples of 64" in err
    assert chainrule("train", *FAST, "--data", flowers, "--label", "kind", "--out", "r")[0] == 0
    code, _, err = chainrule("predict", "r", "blank.png")
    assert code == 2
    assert "was not trained on images" in err
    code, _, err = chainrule("worst", digits_run, "--out", "worst.jpg")
    assert code == 2
    assert "a file whose name ends in .png; got worst.jpg" in err
    code, _, err = chainrule("worst", digits_run, "--out", "nowhere/worst.png")
    assert code == 2
    assert err == "chainrule: nowhere/worst.png: No such file or directory\n"
    (tmp_path / "notes.md").write_text("# Notes")
    code, _, err = chainrule("predict", digits_run, "notes.md")
    assert code == 2
    assert "neither an image (.png, .jpg, " in err
    code, _, err = chainrule("worst", "r", "--out", "worst.png")
    assert code == 2
    assert "not images" in err
    write_csv(tmp_path / "narrow.csv", [("length", "width"), (1, 2)])
    code, _, err = chainrule("predict", "r", "narrow.csv")
    assert code == 2
    assert "the column 'height', which the model reads, is missing" in err


def test_what_is_read_is_not_written_over(chainrule: Invoke, digits_run: Path) -> None:
    Image.new("RGB", (20, 20)).save("photo.png")
    Path("table.csv").write_text("a,label\n1,x\n")
    Path("work.py").write_text("def softmax(X):\n    return X\n")
    Path("work.html").write_text("notes")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    for arguments, said in (
        (("predict", digits_run, "photo.png", "--out", "./photo.png"), "--out would write over"),
        (("predict", digits_run, "table.csv", "--csv", "table.csv"), "--csv would write over"),
        (
            ("evaluate", digits_run, "--data", "table.csv", "--csv", "table.csv"),
            "would write over",
        ),
        (("predict", digits_run, "photo.png", "--csv", "work.py"), "--csv writes a file whose"),
        (
            ("worst", digits_run, "--out", "worst.jpg"),
            "--out writes a file whose name ends in .png",
        ),
        (
            ("check", "work.py", "--html", "work.py"),
            "--html writes a file whose name ends in .html",
        ),
    ):
        code, out, err = chainrule(*arguments)
        assert (code, out) == (2, ""), arguments
        assert said in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
