"""What the lab has below an exercise: an answer that is called right goes on to work there."""

import ast
import contextlib
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from bank_files import FOLDERS, bank
from chainrule.checking.contract.following import cells_after
from chainrule.checking.contract.trials import parameters_of, sizes_of
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


class BankClass(NamedTuple):
    """A class of the bank in an exercise's cell, with what it needs of its file.

    Attributes:
        exercise: whose name it has there, by how many sizes its constructor takes.
        code: the cell.
    """

    exercise: str
    code: str


_BY_SIZES = {2: "LogisticRegression", 3: "NeuralNet", 4: "DeepNet"}


def classes_of_the_bank(folder: str) -> list[BankClass]:
    """The networks in a folder of the bank, each once, whatever their names are there."""
    found = []
    for file in bank(folder):
        above: list[ast.stmt] = []
        for cell in read_source(file.path).cells:
            for node in cell.tree.body:
                if isinstance(node, ast.ClassDef) and (exercise := _exercise_of(node)):
                    code = "\n".join([*_needed_by(node, above), ast.unparse(node)])
                    renamed = re.sub(rf"\b{node.name}\b", exercise, code)
                    found.append(BankClass(exercise, renamed))
                above.append(node)
    return list(dict.fromkeys(found))


def _exercise_of(node: ast.ClassDef) -> str:
    """Which exercise a class may answer; "" if it is no whole network, or has no constructor."""
    methods = {n.name: n.args for n in node.body if isinstance(n, ast.FunctionDef)}
    if not {"__init__", "forward", "loss", "grad_loss"} <= set(methods):
        return ""
    made = methods["__init__"]
    return _BY_SIZES.get(len(made.args) - 1 - len(made.defaults), "")


def _needed_by(node: ast.ClassDef, above: Sequence[ast.stmt]) -> list[str]:
    """Imports, functions and classes above a class that it reads, or that these read."""
    needed: list[str] = []
    reads = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    for other in reversed(above):
        if isinstance(other, ast.Import | ast.ImportFrom):
            gives = {(a.asname or a.name).split(".")[0] for a in other.names}
        elif isinstance(other, ast.FunctionDef | ast.ClassDef):
            gives = {other.name}
        else:
            continue
        if gives & reads:
            needed.insert(0, ast.unparse(other))
            reads |= {n.id for n in ast.walk(other) if isinstance(n, ast.Name)}
    return needed


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


def what_stops_below(notebook: Notebook, exercise: str) -> Exception | None:
    """What goes wrong in the cells below an exercise; None if they run."""
    names = dict(notebook.names)
    try:
        run_below(notebook, cells_after(LAB.solutions, LAB.exercises[exercise]))
    except Exception as error:  # whatever somebody's network raises
        return error
    finally:
        notebook.names.clear()
        notebook.names.update(names)
    return None


def is_called_right(notebook: Notebook, exercise: str) -> bool:
    """Whether `check` says right, and nothing of what stops the cells below."""
    try:
        verdict = notebook.run(f"result = check({exercise})")
    except ChainruleError:  # it is none of the lab's
        return False
    return bool(verdict) and "there it fails" not in repr(verdict)


def judged_of(folder: str) -> Iterator[tuple[BankClass, Notebook]]:
    """The networks of a folder that can be made, each in a notebook of its part."""
    for one in classes_of_the_bank(folder):
        notebook = Notebook(START.format(LAB.exercises[one.exercise].part), IMPORTS)
        with contextlib.suppress(NameError):  # of a constant of its file
            notebook.run(one.code)
            if not is_plainly_unfinished(notebook.names[one.exercise], one.exercise):
                yield one, notebook


def is_plainly_unfinished(network: type, name: str) -> bool:
    """Whether a class with the lab's parameters lacks a method: that is said of it at once."""
    exercise = LAB.exercise(name, vars(network))
    if set(exercise.methods) <= set(dir(network)):
        return False
    with contextlib.suppress(Exception):  # whatever its constructor wants
        made = network(*sizes_of(exercise))
        return all(hasattr(made, parameter) for parameter in parameters_of(exercise))
    return False


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_what_the_bank_has_of_a_class_is_not_called_right_where_the_cells_below_fail(
    folder: str,
) -> None:
    """What runs there may be right or wrong; only what does not is judged."""
    failing = [
        (one, notebook)
        for one, notebook in judged_of(folder)
        if what_stops_below(notebook, one.exercise)
    ]
    wrongly = [one for one, notebook in failing if is_called_right(notebook, one.exercise)]
    assert wrongly == []


@pytest.mark.slow
def test_some_classes_of_the_bank_are_right_in_the_lab_and_run_there() -> None:
    right = (
        one
        for one, notebook in judged_of("notebooks")
        if what_stops_below(notebook, one.exercise) is None
        and is_called_right(notebook, one.exercise)
    )
    assert len(list(itertools.islice(right, 3))) == 3


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
