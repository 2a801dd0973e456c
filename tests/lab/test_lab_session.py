"""What is said in a notebook when something goes wrong: in a real kernel."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from chainrule.errors import ChainruleError
from chainrule.lab import start
from chainrule.lab._advice import older

IMPORTS = "import numpy as np\nfrom chainrule import check, load_digits, nll, one_hot\n"
DATA = """\
digits = load_digits().hold_back(0.15, seed=0).scaled("standard")
X_train, y_train = digits.X_train, digits.y_train
"""


class Session:
    """A kernel in which a part of the lab was begun."""

    def __init__(self, part: int, folder: Path) -> None:
        """Start the kernel in a folder, and run the first cell."""
        self._notebook = nbformat.v4.new_notebook()
        self._client = NotebookClient(self._notebook, kernel_name="python3", allow_errors=True)
        self._client.create_kernel_manager()
        self._client.start_new_kernel(cwd=str(folder))
        self._client.start_new_kernel_client()
        version = metadata.version("chainrule")
        self.run(f"from chainrule.lab import start\nstart(part={part}, made_with='{version}')")

    def run(self, source: str) -> str:
        """Run a cell; give all that it shows, as text. There must be no stack trace."""
        cell = self.outcome(source)
        assert not [output for output in cell.outputs if output.output_type == "error"]
        texts = (
            output.get("text") or output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        )
        return " ".join(" ".join(texts).split())

    def outcome(self, source: str) -> Any:
        """Run a cell, and give it with its outputs."""
        cell = nbformat.v4.new_code_cell(source)
        self._notebook.cells.append(cell)
        self._client.execute_cell(cell, len(self._notebook.cells) - 1)
        return cell

    def stop(self) -> None:
        """End the kernel."""
        self._client._cleanup_kernel()


@pytest.fixture(scope="module")
def part_3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    session = Session(3, tmp_path_factory.mktemp("part-3"))
    yield session
    session.stop()


@pytest.mark.slow
def test_a_cell_out_of_order_says_which_comes_first(part_3: Session) -> None:
    said = part_3.run("check(LogisticRegression)")
    assert "`check` does not exist yet" in said
    assert "`from chainrule import check" in said
    part_3.run(IMPORTS)
    said = part_3.run("check(LogisticRegression)")
    assert "made in the cell of “Exercise 3.1: the model”. Run that cell first" in said
    said = part_3.run("model.loss(X_train, y_train)")
    assert "the cell with `model = LogisticRegression(" in said


@pytest.mark.slow
def test_a_skipped_exercise_is_named_with_a_way_to_go_on(part_3: Session) -> None:
    part_3.run(IMPORTS)
    part_3.run(
        "class LogisticRegression:\n"
        "    def forward(self, X):\n"
        "        raise NotImplementedError  # your code here\n"
        "    def loss(self, X, y):\n"
        "        z = ...\n"
        "        return z + 1\n"
    )
    said = part_3.run("LogisticRegression().forward(3)")
    assert "`LogisticRegression.forward` is not written yet" in said
    assert "belongs to “Exercise 3.1: the model”" in said
    assert "run `from chainrule import LogisticRegression`" in said
    assert "`LogisticRegression.loss` is not written" in part_3.run(
        "LogisticRegression().loss(1, 2)"
    )
    assert "This cell is still to be written" in part_3.run("raise NotImplementedError")
    part_3.run("def train_epoch(model, X, y, learning_rate):\n    raise NotImplementedError")
    said = part_3.run("train_epoch(1, 2, 3, 4)")
    assert "`train_epoch` is not written yet" in said
    assert "from chainrule" not in said  # there is no such function there


@pytest.mark.slow
def test_data_that_are_changed_are_noticed_once_and_again_with_an_error(part_3: Session) -> None:
    part_3.run(IMPORTS)
    assert part_3.run(DATA) == ""
    said = part_3.run("X_train = X_train * 2")
    assert "`X_train` is no longer what the cell with `load_digits(…)` made" in said
    assert "an array of shape (1298, 64)" in said
    assert part_3.run("1") == "1"
    assert "X_train" in part_3.run("X_train @ X_train")
    assert part_3.run(DATA) == ""
    assert "`y_train` is no longer" in part_3.run("y_train[3] += 1")  # in place
    assert part_3.run(DATA) == ""
    assert "is now a str" in part_3.run("X_train = 'none'")


@pytest.mark.slow
def test_a_function_that_is_overwritten_is_noticed(part_3: Session) -> None:
    part_3.run(IMPORTS)
    part_3.run("nll = nll([1, 0], [0.5, 0.5])")
    said = part_3.run("nll([1, 0], [0.5, 0.5])")
    assert "`nll` can no longer be called: the name now holds a float" in said
    assert "run the cell with `from chainrule import check, load_digits, nll" in said
    assert "`nll` is no function any more" in part_3.run("check()")
    part_3.run("check = check()")
    assert "`check` can no longer be called: the name now holds a Verdict" in part_3.run("check()")


@pytest.mark.slow
def test_other_errors_are_explained_and_the_stack_trace_is_there_when_asked_for(
    part_3: Session,
) -> None:
    part_3.run(IMPORTS)
    said = part_3.run("a = np.zeros((5, 6))\na @ np.zeros((4, 6))")
    assert "In line 2, `a @ np.zeros((4, 6))`" in said
    assert "do not fit for a matrix product" in said
    assert "run %tb" in said
    (trace,) = part_3.outcome("%tb").outputs
    assert trace.ename == "ValueError"
    assert any("a @ np.zeros((4, 6))" in re.sub(r"\x1b\[[\d;]*m", "", t) for t in trace.traceback)
    said = part_3.run("one_hot(3, 5)")
    assert said.startswith("label 5 is not a class")
    assert "Did you mean `one_hot`?" in part_3.run("one_hott(3, 2)")
    said = part_3.run("x = 1\nprint(x +)")
    assert "Python cannot read this cell" in said
    assert "line 2: `print(x +)`" in said


@pytest.mark.slow
def test_what_chainrule_warns_of_is_a_note_and_other_warnings_stay(part_3: Session) -> None:
    part_3.run("import warnings\nfrom chainrule.errors import SlowEngineWarning")
    cell = part_3.outcome("warnings.warn('it is slow', SlowEngineWarning)")
    assert [output.output_type for output in cell.outputs] == ["display_data"]
    assert part_3.run("warnings.warn('it is slow', SlowEngineWarning)") == "it is slow"
    assert "UserWarning: other" in part_3.run("warnings.warn('other')")


def test_an_older_chainrule_under_a_newer_notebook_is_pointed_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start(part=2, made_with="99.0.0")
    assert "made with chainrule 99.0.0" in capsys.readouterr().out
    for newer in ("0.1.0", metadata.version("chainrule")):
        start(part=2, made_with=newer)
        assert capsys.readouterr().out == ""
    assert older("0.9.2", "0.10.0")
    assert not older("1.0.0rc1", "0.10.0")


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ChainruleError, match="parts 1 to 11; there is no part 12"):
        start(part=12, made_with="0.1.0")


@pytest.mark.slow
def test_a_loop_that_never_ends_is_ended_in_a_real_kernel_and_the_contract_holds(
    tmp_path: Path,
) -> None:
    session = Session(4, tmp_path)
    try:
        session.run(IMPORTS)
        session.run(
            "def train_epoch(model, X, y, learning_rate):\n    i = 0\n"
            "    while i < len(X):\n        model.b -= learning_rate\n"
        )
        said = session.run("check(train_epoch)")
        assert "while i < len(X):" in said
        assert "Is there a loop that never ends?" in said
        session.run("def one_hot(n_classes, y):\n    return np.eye(n_classes)[np.atleast_1d(y)]\n")
        assert "Right is (10,)" in session.run("check(one_hot)")
    finally:
        session.stop()
