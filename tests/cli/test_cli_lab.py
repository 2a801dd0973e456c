"""chainrule lab: notebooks on disk, and JupyterLab on them."""

import json
from pathlib import Path

import pytest

from command_line import Invoke


@pytest.mark.parametrize("verb", ["new", "solution"])
def test_writes_all_notebooks_and_a_readme(chainrule: Invoke, verb: str) -> None:
    code, out, err = chainrule("lab", verb, "some/where")
    assert (code, err) == (0, "")
    assert "some/where" in out
    names = sorted(path.name for path in Path("some/where").iterdir())
    assert len([name for name in names if name.endswith(".ipynb")]) == 11
    assert "README.md" in names
    readme = Path("some/where/README.md").read_text()
    assert all(name in readme for name in names if name.endswith(".ipynb"))
    assert sorted(path.name for path in Path("some").iterdir()) == ["where"]


def test_check_finds_the_solutions_right_and_the_blanks_not_written(chainrule: Invoke) -> None:
    chainrule("lab", "new")
    chainrule("lab", "solution")
    code, out, _ = chainrule("check", "--json", "chainrule-lab-solution")
    results = [r for line in out.splitlines() for r in json.loads(line)["results"]]
    assert code == 3  # in some parts there is nothing to judge
    assert len(results) == 33
    assert all(r["passed"] is True and r["remarks"] == [] for r in results)

    code, out, _ = chainrule("check", "--json", "chainrule-lab")
    results = [r for line in out.splitlines() for r in json.loads(line)["results"]]
    assert code == 3
    assert not [r for r in results if r["passed"] is False]
    blanks = {r["name"] for r in results if r["faults"] == ["not-implemented"]}
    assert blanks == {
        *("one_hot", "softmax", "nll", "sigmoid", "dsigmoid"),
        *(f"LogisticRegression.{name}" for name in ("forward", "loss", "grad_loss")),
        *("train_epoch", "finite_difference", "worst_predictions"),
        *(f"NeuralNet.{name}" for name in ("forward_hidden", "forward_output", "loss")),
        *(f"NeuralNet.{name}" for name in ("grad_loss", "train")),
        *(f"DeepNet.{name}" for name in ("forward", "grad_loss")),
    }
    given = {"forward", "loss", "predict", "accuracy", "train"}  # and wait for what they call
    waiting = {r["name"] for r in results if r["passed"] is None} - blanks
    assert {name.split(".")[-1] for name in waiting} <= given


def test_work_that_is_there_is_never_written_over(chainrule: Invoke) -> None:
    Path("chainrule-lab").mkdir()
    (Path("chainrule-lab") / "mine.ipynb").write_text("work")
    code, out, err = chainrule("lab", "new")
    assert (code, out) == (2, "")
    assert "chainrule-lab exists and is not empty" in err
    assert [path.name for path in Path("chainrule-lab").iterdir()] == ["mine.ipynb"]
    Path("file").write_text("")
    assert chainrule("lab", "new", "file")[0] == 2


def test_an_empty_folder_will_do(chainrule: Invoke) -> None:
    Path("here").mkdir()
    assert chainrule("lab", "new", "here")[0] == 0


def test_nothing_is_left_where_nothing_can_be_written(chainrule: Invoke) -> None:
    Path("file").write_text("")
    code, _, err = chainrule("lab", "new", "file/lab")
    assert code == 2
    assert "cannot write file/lab" in err


def test_open_says_how_to_install_what_is_missing(
    chainrule: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = chainrule("lab", "open")
    assert code == 2
    assert 'pip install "chainrule[lab]"' in err
    assert not Path("chainrule-lab").exists()


@pytest.mark.parametrize(
    ("arguments", "folder", "options"),
    [
        ((), "chainrule-lab", []),
        (("--", "--no-browser"), "chainrule-lab", ["--no-browser"]),
        (("--", "--port", "9999"), "chainrule-lab", ["--port", "9999"]),
        (("mine", "--", "--no-browser"), "mine", ["--no-browser"]),
    ],
)
def test_open_hands_to_jupyterlab_what_stands_after_the_dashes(
    chainrule: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    folder: str,
    options: list[str],
) -> None:
    started: list[list[str]] = []

    class Started:
        def __init__(self, command: list[str]) -> None:
            started.append(command)

        def __enter__(self) -> "Started":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            return 0

    Path(folder).mkdir()
    (Path(folder) / "01_digits.ipynb").write_text("{}")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("subprocess.Popen", Started)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    code, _, err = chainrule("lab", "open", *arguments)
    assert (code, err) == (0, "")
    (command,) = started
    assert f"--ServerApp.root_dir={Path(folder).absolute()}" in command
    assert (
        command[command.index("--LabApp.default_url=/lab/tree/01_digits.ipynb") + 1 :] == options
    )
