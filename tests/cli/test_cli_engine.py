"""--engine and --threads: what runs is said, kept with the run, and refused where it cannot be."""

import json
from pathlib import Path

import pytest

from chainrule.training import engines
from command_line import Invoke
from helpers import usable_engines, with_kernel

FAST = ("--epochs", "2", "--no-plots")


@pytest.mark.parametrize("engine", usable_engines())
def test_the_engine_is_said_once_and_kept(chainrule: Invoke, engine: str) -> None:
    code, out, _ = chainrule("train", *FAST, "--engine", engine, "--out", "r")
    assert code == 0
    assert out.count(f"Engine: {engine}") == 1
    for file in ("metrics.json", "config.json"):
        assert json.loads((Path("r") / file).read_text())["engine"] == engine


@with_kernel
def test_auto_takes_the_kernel_for_single_samples_and_batches(chainrule: Invoke) -> None:
    assert "Engine: compiled\n" in chainrule("train", *FAST, "--out", "a")[1]
    assert "Engine: compiled\n" in chainrule("train", *FAST, "--batch-size", 8, "--out", "b")[1]
    assert json.loads(Path("a/config.json").read_text())["engine"] == "compiled"


@with_kernel
def test_engines_give_the_same_results_to_four_digits(chainrule: Invoke) -> None:
    models = []
    for engine in ("compiled", "numpy"):
        _, out, _ = chainrule("train", *FAST, "--engine", engine, "--out", engine, "--json")
        models.append(json.loads(out)["models"])
    for name, metrics in models[0].items():
        for key in ("train_accuracy", "test_accuracy", "train_loss"):
            assert metrics[key] == pytest.approx(models[1][name][key], rel=1e-4), (name, key)


@with_kernel
def test_threads_are_as_many_as_there_are_and_may_change(
    chainrule: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "usable_processors", lambda: 2)
    batches = (*FAST, "--batch-size", 64, "--model", "net", "--threads")
    code, out, err = chainrule("train", *batches, 3, "--out", "r")
    assert (code, out) == (2, "")
    assert "--threads 3 is more than the processors that this process may use, 2; take" in err
    assert not Path("r").exists()
    assert chainrule("train", *batches, 2, "--out", "r")[0] == 0
    monkeypatch.setattr(engines, "usable_processors", lambda: 1)
    code, _, err = chainrule("train", "--resume", "r", "--epochs", 3)
    assert code == 2
    assert "--threads 2 is more than the processors" in err
    assert chainrule("train", "--resume", "r", "--epochs", 3, "--threads", 1)[0] == 0
    assert json.loads(Path("r/config.json").read_text())["threads"] == 1


@pytest.mark.parametrize("threads", [0, -1, 10**20])
def test_a_number_of_threads_that_cannot_be_is_refused(chainrule: Invoke, threads: int) -> None:
    code, _, err = chainrule("train", "--threads", threads, "--out", "r")
    assert code == 2
    assert f"threads must be a whole number, 1 to 1024; got {threads}" in err
    assert not Path("r").exists()


@pytest.mark.usefixtures("no_kernel")
def test_without_a_kernel_the_reason_is_said(chainrule: Invoke) -> None:
    code, out, err = chainrule("train", *FAST, "--out", "r")
    assert (code, err) == (0, "")
    assert "Engine: numpy; this installation of chainrule has no compiled kernel" in out
    assert out.count("no compiled kernel") == 1
    code, _, err = chainrule("train", *FAST, "--engine", "compiled", "--out", "s")
    assert code == 2
    assert "install a compiler, then chainrule again, or train with --engine numpy" in err


@with_kernel
def test_a_run_of_the_kernel_goes_on_without_it_only_if_told_so(
    chainrule: Invoke, request: pytest.FixtureRequest
) -> None:
    assert chainrule("train", *FAST, "--out", "r")[0] == 0
    request.getfixturevalue("no_kernel")
    code, _, err = chainrule("train", "--resume", "r", "--epochs", 3)
    assert code == 2
    assert "no compiled kernel" in err
    assert "--engine numpy" in err
    code, out, _ = chainrule("train", "--resume", "r", "--epochs", 3, "--engine", "numpy")
    assert code == 0
    assert "Epoch #3" in out
    assert json.loads(Path("r/config.json").read_text())["engine"] == "numpy"
