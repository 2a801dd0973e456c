"""What the lab has below an exercise: an answer that is called right goes on to work there."""

import ast
import contextlib
import io

import numpy as np
import pytest

from bank_files import bank
from chainrule.checking.contract.following import cells_after
from chainrule.checking.learner.scripts import executed, right_answers
from chainrule.checking.learner.source import read_source
from chainrule.errors import ChainruleError
from exercise_cells import START, in_a_line, in_a_notebook
from lab_answers import ANSWERS, IMPORTS, LAB, Answer
from notebook_cells import Notebook


def functions_of_the_bank(name: str) -> list[str]:
    """Each version of a function in the bank, once."""
    found = {}
    for file in bank():
        for cell in read_source(file.path).cells:
            for node in cell.tree.body:
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    found[ast.dump(node)] = ast.unparse(node)
    return list(found.values())


def run_below(notebook: Notebook, statements: tuple[str, ...]) -> None:
    """Run what the part has below an exercise, on a few digits, without its pictures."""
    solutions = right_answers(LAB.solutions)
    known = {**solutions, "np": np}
    given = {**solutions, **notebook.names}
    with contextlib.redirect_stdout(io.StringIO()):
        for statement in statements:
            try:
                executed(statement, known, few_digits=True)
            except Exception:
                continue
            executed(statement, given, few_digits=True)


def test_the_cells_after_an_exercise_are_run_on_a_few_digits() -> None:
    def after(name: str) -> str:
        return "\n".join(cells_after(LAB.solutions, LAB.exercises[name]))

    assert "softmax(logits)" in after("softmax")
    assert "pictures.prediction(model" in after("LogisticRegression")
    assert "train_epoch(model" in after("train_epoch")
    assert "net.train(" in after("NeuralNet")
    assert "finite_difference(net" in after("finite_difference")
    assert "worst_predictions(net" in after("worst_predictions")
    assert "deep_net.train(" in after("DeepNet")


def test_what_no_trial_finds_wrong_is_wrong_where_the_next_cell_fails() -> None:
    answer = Answer("one_hot", (("[y]", "[y].tolist()"),), {"one_hot": False})
    (finding,) = in_a_notebook(answer)
    assert finding.passed is False
    assert "the notebook goes on with `counts = one_hot(10, y)" in finding.reason


def test_what_a_right_class_needs_and_is_wrong_is_said_beside_it() -> None:
    broken = "def nll(Y_true, Y_pred):\n    return -np.sum(Y_true * np.log(Y_pred + EPS))\n"
    answer = Answer("LogisticRegression", (), {}, before=broken)
    verdict = in_a_notebook(answer)
    assert verdict
    said = in_a_line(repr(verdict))
    assert "What it needs is not: `nll`, of which check(nll) says more." in said
    assert "there is no `EPS` here" in said
    harmless = broken.replace(" + EPS", "").replace("-np", "2 * -np")
    assert "needs" not in repr(in_a_notebook(answer._replace(before=harmless)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["one_hot", "softmax", "nll", "sigmoid", "dsigmoid"])
def test_what_the_bank_has_of_a_function_runs_below_it_wherever_it_is_right(name: str) -> None:
    """Whoever wrote it, and for whatever lab: "right" is followed by no error."""
    statements = LAB.exercises[name].following
    seen = 0
    for code in functions_of_the_bank(name):
        notebook = Notebook(START.format(1), IMPORTS)
        try:
            notebook.run(code)
            right = notebook.run(f"result = bool(check({name}))")
        except (ChainruleError, NameError):  # it takes something else, or needs it
            continue
        if right:
            seen += 1
            run_below(notebook, statements)
    assert seen > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ANSWERS)
def test_every_wrong_answer_that_is_called_right_runs_below(name: str) -> None:
    """Each single change of an answer here, which may or may not be wrong by itself."""
    answer = ANSWERS[name]
    for change in answer.changes:
        one = answer._replace(changes=(change,))
        notebook = Notebook(START.format(1), one.code)
        if notebook.run(f"result = bool(check({answer.exercise}))"):
            run_below(notebook, LAB.exercises[answer.exercise].following)
