"""chainrule search: what it prints, and what it refuses with a sentence and exit code 2."""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli.search import SearchConsole
from chainrule.search.outcome import Trial
from command_line import Invoke, write_csv
from small_search import small_file

SPACE = ("--try", "learning-rate=0.01..1 log", "--try", "width=2..12", "--try", "epochs=2")
SMALL = (*SPACE, "--folds", 2, "--repeats", 1, "--finalists", 1, "--threads", 2, "--no-plots")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_file(tmp_path_factory.mktemp("data"))


def test_it_prints_the_space_the_trials_and_what_they_are_worth(
    chainrule: Invoke, data: Path
) -> None:
    code, output, _ = chainrule("search", "--data", data, "--trials", 2, *SMALL)
    assert code == 0
    before, after = output.split("Trial 0: ")
    assert "60 training samples; the test part of 30 stays closed until the end" in before
    assert "  learning_rate   0.01..1.0 log\n  width           2..12\n" in before
    assert "  momentum        0.0 (fixed)\n" in before
    assert "  epochs          2 (fixed)\n" in before
    assert "Study: small, in sqlite:///" in before
    assert "Trial 1: " in after
    assert "So the search flatters by" in " ".join(after.split())
    assert "Written to runs/small-search-1, seed 0" in after
    code, output, _ = chainrule("search", "--resume", "runs/small-search-1", "--json")
    result = json.loads(output)
    assert (code, result["trials"], result["out"]) == (0, 2, "runs/small-search-1")
    assert set(result["winner"]["values"]) == {"learning_rate", "width", "epochs"}
    page = Path("runs/small-search-1/report.html").read_text()
    assert "The finalists, the winner first" in page
    evaluated, output, _ = chainrule("evaluate", "runs/small-search-1", "--json")
    assert evaluated == 0
    assert json.loads(output)["accuracy"] == result["winner"]["test_accuracy"]["value"]
    assert chainrule("search", "--resume", "runs/small-search-1", "--trials", 3)[2] == (
        "chainrule: the study 'small' has chosen its finalists from 2 trials, and the test part "
        "is opened once; give --trials 2, or begin another search\n"
    )
    assert chainrule("search", "--resume", "runs/small-search-1", "--folds", 3)[2] == (
        "chainrule: --resume goes on with the options of the search; leave out --folds\n"
    )


def test_ctrl_c_keeps_every_trial(
    chainrule: Invoke, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = SearchConsole.trial_ended

    def pressed(self: SearchConsole, trial: Trial, finished: int, best: Trial | None) -> None:
        printed(self, trial, finished, best)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(SearchConsole, "trial_ended", pressed)
        code, output, errors = chainrule("search", "--data", data, "--trials", 3, *SMALL)
    assert (code, output.count("\nTrial ")) == (130, 1)
    assert errors.endswith(
        "Stopped before the end. To go on: chainrule search --resume runs/small-search-1\n"
    )
    assert Path("runs/small-search-1/trials.csv").read_text().count("\n") == 2
    code, output, _ = chainrule("search", "--resume", "runs/small-search-1", "--no-plots")
    assert (code, output.count("\nTrial ")) == (0, 2)


def test_the_test_part_of_a_table_has_its_options(chainrule: Invoke, flowers: Path) -> None:
    arguments = ("--data", flowers, "--label", "kind", "--drop", "height", "--trials", 1, *SMALL)
    code, output, _ = chainrule("search", *arguments)
    assert (code, "the test part of 15 stays closed" in output) == (0, True)


def bad_inputs(folder: Path, data: Path) -> dict[tuple[object, ...], str]:
    """What is given, and the sentence."""
    few = [("a", "kind"), *((i, "rose") for i in range(8)), *((i, "iris") for i in range(2))]
    several = [("a", "kind"), *((i, "rose") for i in range(8)), *((i, "iris") for i in range(4))]
    (folder / "space.toml").write_text('rate = "1..2"\n')
    (folder / "wrong.toml").write_text("width = 1..2\n")
    np.savez(folder / "nan.npz", X=np.full((20, 2), np.nan), y=np.arange(20) % 2)
    given = ("--data", data)
    return {
        (*given, "--try", "rate=1..2"): "there is no setting 'rate' to search over; there are lea",
        (*given, "--space", folder / "space.toml"): "there is no setting 'rate' to search over",
        (*given, "--space", folder / "wrong.toml"): f"{folder}/wrong.toml: this is no TOML",
        (*given, "--space", folder / "none.toml"): f"{folder}/none.toml: No such file",
        (*given, "--try", "width"): "'width' names no values; write width=VALUES, such as",
        (*given, "--try", "width=9..3"): "width: the range 9..3 is empty; give the smaller",
        (*given, "--try", "momentum=0..1"): "momentum must be at least 0 and less than 1",
        (*given, "--try", "width=99999999"): "small.npz: training a model of 4 × 99999999 × 3",
        (*given, "--trials", 0): "trials must be a whole number, 1 or more; got 0",
        (*given, "--folds", 21): "there are 21 folds, but 20 training samples of the class 0",
        (
            *given,
            "--storage",
            "sqlite:////nowhere/x.db",
        ): "the storage sqlite:////nowhere/x.db can",
        (*given, "--storage", "postgresql"): "the storage 'postgresql' cannot be used",
        ("--data", write_csv(folder / "few.csv", few), "--label", "kind"): (
            "the class 'iris' has one training sample, which cannot be trained on and validated"
        ),
        ("--data", write_csv(folder / "several.csv", several), "--label", "kind"): (
            "there are 5 folds, but 3 training samples of the class 'iris': some fold would have "
            "none of it; give --folds 3 or fewer"
        ),
        ("--data", folder / "nan.npz"): "nan.npz",
        ("--resume", folder): f"{folder} holds no search to resume",
    }


def test_bad_input_gets_a_sentence_and_leaves_nothing(
    chainrule: Invoke, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "given").mkdir()
    for arguments, sentence in bad_inputs(tmp_path / "given", data).items():
        code, output, errors = chainrule("search", *arguments)
        assert (code, output) == (2, ""), errors
        assert sentence in errors, errors
        assert errors.startswith("chainrule: "), errors
        assert errors.count("\n") == 1, errors
        assert not Path("runs").exists(), arguments


def test_another_search_of_the_same_name_is_refused(chainrule: Invoke, data: Path) -> None:
    storage = ("--storage", "sqlite:///shared.db")
    assert chainrule("search", "--data", data, "--trials", 1, *SMALL, *storage)[0] == 0
    for change in (("--seed", 1), ("--try", "width=3..4")):
        arguments = ("--data", data, "--trials", 1, *SMALL, *storage, *change)
        code, _, errors = chainrule("search", *arguments)
        assert code == 2
        assert "is another search (" in errors
        assert "nothing of it was changed; choose another name with --study" in errors
    arguments = ("--data", data, "--trials", 1, *SMALL, *storage, "--seed", 1, "--study", "new")
    assert chainrule("search", *arguments)[0] == 0


def test_without_the_extra_it_says_so(
    chainrule: Invoke, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, output, errors = chainrule("search", "--data", data, *SMALL)
    assert (code, output) == (2, "")
    assert 'install it with pip install "chainrule[search]"' in errors
    assert not Path("runs").exists()
