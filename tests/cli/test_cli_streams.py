"""Output that nobody reads, and names that are no text."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli._streams import OBEYED
from command_line import FAST, Invoke, write_csv

TRAIN = (sys.executable, "-m", "chainrule", "train", "--epochs", "1", "--no-plots")


def test_training_does_not_need_standard_error(tmp_path: Path) -> None:
    def close() -> None:
        os.close(2)

    done = subprocess.run(
        TRAIN, cwd=tmp_path, stdout=subprocess.PIPE, preexec_fn=close, text=True, check=False
    )
    assert done.returncode == 0
    assert "Written to runs/digits-1" in done.stdout


def test_training_goes_on_when_the_reader_of_standard_error_has_gone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*TRAIN, "--json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=writer, check=False
    )
    os.close(writer)
    assert done.returncode == 0
    assert set(json.loads(done.stdout)["models"]) == {"logistic", "net"}


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_what_a_terminal_would_obey_is_shown(chainrule: Invoke, tmp_path: Path) -> None:
    code = f"def softmax(X):  # {HOSTILE}\n    return np.exp(X) * 1  # {HOSTILE}\n"
    (tmp_path / f"lab{HOSTILE}.py").write_text("import numpy as np\n" + code)
    said = []
    for arguments in (
        ("check", "."),
        ("check", "--hint", 3, "."),
        ("check", f"gone{HOSTILE}.py"),
        ("train", "--data", f"gone{HOSTILE}.csv"),
        ("train", "--resume", f"gone{HOSTILE}"),
        ("evaluate", f"gone{HOSTILE}"),
        ("predict", f"gone{HOSTILE}", "x.png"),
        ("train", *FAST, "--no-plots", "--out", f"run{HOSTILE}"),
        ("worst", f"run{HOSTILE}"),
        ("lab", "new", f"lab{HOSTILE}"),
    ):
        _, out, err = chainrule(*arguments)
        assert not set(out + err) & set(map(chr, OBEYED)), arguments
        said.append(out + err)
    shown = ("\\x1b", "\ufffd")  # click has its own way with some names of files
    assert [text for text in said[:-2] if not any(way in text for way in shown)] == []
    assert "\\u202e" in said[0]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_a_file_name_that_is_no_text_works_to_the_end(tmp_path: Path) -> None:
    rows = [(i % 3 + i / 1e3, i % 7, "xyz"[i % 3]) for i in range(60)]
    write_csv(tmp_path / "flowers.csv", [("a", "b", "label"), *rows])
    name, out = b"fl\xffwers\xe9.csv", b"out\xfe"
    (tmp_path / "flowers.csv").rename(tmp_path / os.fsdecode(name))
    program = [os.fsencode(sys.executable), b"-m", b"chainrule"]
    for arguments in (
        [b"train", b"--data", name, b"--epochs", b"1", b"--out", out],
        [b"train", b"--resume", out, b"--epochs", b"2", b"--json"],
        [b"evaluate", out],
        [b"worst", out],
        [b"predict", out, name],
    ):
        done = subprocess.run(
            [*program, *arguments], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stderr)
    done = subprocess.run(
        [*program, b"train", b"--data", b"not there\xff.csv"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"not there\\udcff.csv': there is no such file" in done.stderr
