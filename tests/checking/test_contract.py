"""The contract of the lab's exercises, in a notebook and from the command line."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chainrule.checking.contract.slips import _in_turn, known_changes, replaced
from exercise_cells import START, in_a_line, in_a_notebook, learners_cell
from lab_answers import ANSWERS, IMPORTS, LAB, Answer
from notebook_cells import Notebook


def check_files(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """What the command line says of the files in a folder, by the names of file and result."""
    command = [
        sys.executable,
        "-c",
        "from chainrule.cli import main; main()",
        "check",
        str(folder),
    ]
    ended = subprocess.run([*command, "--json", *options], capture_output=True, text=True,
                           check=False)  # fmt: skip
    found = {}
    for line in ended.stdout.splitlines():
        verdict = json.loads(line)
        found[Path(verdict["file"]).stem] = {r["name"]: r for r in verdict["results"]}
    return found


@pytest.fixture(scope="module")
def by_command_line(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("answers")
    for name, answer in ANSWERS.items():
        (folder / f"{name}.py").write_text(answer.code)
    return check_files(folder, "--lab")


def _agrees(answer: Answer, passed: dict[str, bool | None], said: str) -> None:
    assert {n: p for n, p in passed.items() if p is not True} == answer.verdicts
    for piece in answer.said:
        assert in_a_line(piece) in in_a_line(said), said
    for piece in answer.not_said:
        assert piece not in said


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_judged_in_a_notebook(name: str) -> None:
    answer = ANSWERS[name]
    verdict = in_a_notebook(answer)
    _agrees(answer, {f.name: f.passed for f in verdict}, repr(verdict))
    for finding in verdict:
        assert not any(piece in finding.message(3) for piece in answer.not_said)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_command_line_says_the_same(
    name: str, by_command_line: dict[str, dict[str, Any]]
) -> None:
    answer, found = ANSWERS[name], by_command_line[name]
    _agrees(answer, {n: r["passed"] for n, r in found.items()},
            "\n".join(r["message"] for r in found.values()))  # fmt: skip


@pytest.mark.parametrize("name", LAB.exercises)
def test_every_solution_is_right(name: str) -> None:
    notebook = Notebook(START.format(1), f"{IMPORTS}\n{LAB.exercises[name].solution}")
    verdict = notebook.run(f"result = check({name})")
    assert verdict, repr(verdict)


def test_the_contract_holds_in_files_in_which_a_part_is_started(tmp_path: Path) -> None:
    answer = ANSWERS["a mean as the loss"]
    (tmp_path / "plain.py").write_text(answer.code)
    (tmp_path / "started.py").write_text(START.format(4) + answer.code)
    found = check_files(tmp_path)
    assert found["started"]["NeuralNet.loss"]["passed"] is False
    assert found["plain"]["NeuralNet.loss"]["passed"] is True


def test_in_other_notebooks_a_mean_and_a_sigmoid_are_nobodys_mistake() -> None:
    for name in ("means in regression", "a sigmoid at the output, and its derivative"):
        answer = ANSWERS[name]
        verdict = Notebook(answer.code).run(f"result = check({answer.exercise})")
        assert verdict, repr(verdict)


def test_what_is_pasted_shows_the_mistake() -> None:
    """The number that a symptom says comes out of its code, and the right one of the solution."""
    for name in ("a mean as the loss", "half of grad_loss", "a rate of its own", "off by one"):
        answer = ANSWERS[name]
        for finding in in_a_notebook(answer):
            if finding.symptom is None:
                continue
            solutions = f"{IMPORTS}\n{LAB.solutions}\n"
            for code, said in ((f"{solutions}{answer.code}", finding.symptom.given),
                               (solutions, finding.symptom.right)):  # fmt: skip
                *before, last = finding.symptom.code
                value = Notebook(code, "\n".join(before)).run(f"result = {last}")
                number = f"{value:.6g}" if not getattr(value, "ndim", 0) else str(value.shape)
                assert number in said or "[" in said


SEEN_BY_NO_OTHER_NUMBERS = {
    "large logits cut off": Answer(
        "softmax", (("X - X.max(axis=-1, keepdims=True)", "np.clip(X, -500, 500)"),),
        {"softmax": False}, ("0.731059",),
    ),
    "small probabilities cut off": Answer(
        "nll", (("1e-15, 1 - 1e-15", "1e-3, 1"),), {"nll": False}, ("Right is 9.21034",)
    ),
    "a sum that goes on": Answer(
        "nll",
        (("    Y_true = ", "    global total\n    Y_true = "),
         ("return -np.sum(Y_true * np.log(kept_off_zero))",
          "total -= np.sum(Y_true * np.log(kept_off_zero))\n    return total")),
        {"nll": False}, ("a variable of the notebook",), before="total = 0",
    ),
    "a model that is trained by its gradient": Answer(
        "LogisticRegression",
        (("return grad_W, grad_b", "self.W -= grad_W\n        return grad_W, grad_b"),),
        {"LogisticRegression.grad_loss": False}, ("`net.W`",),
    ),
    "targets subtracted in place": Answer(
        "LogisticRegression",
        (("grad_z = y_pred - y_true", "y_pred -= y_true\n        grad_z = y_pred"),),
        {"LogisticRegression.grad_loss": False}, ("it changes `y_pred`",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN_BY_NO_OTHER_NUMBERS)
def test_what_only_another_call_shows_is_wrong(name: str) -> None:
    answer = SEEN_BY_NO_OTHER_NUMBERS[name]
    verdict = in_a_notebook(answer)
    _agrees(answer, {f.name: f.passed for f in verdict}, repr(verdict))


def test_what_is_right_stays_right_while_the_next_is_not_written() -> None:
    sigmoid = LAB.exercises["sigmoid"].solution
    left = "def dsigmoid(X):\n    raise NotImplementedError"
    notebook = Notebook(START.format(5), f"{IMPORTS}\n{sigmoid}\n{left}\n")
    for things in ("sigmoid", "sigmoid, dsigmoid"):
        verdict = notebook.run(f"result = check({things})")
        passed = {finding.name: finding.passed for finding in verdict}
        assert passed.pop("sigmoid") is True
        assert not passed or passed == {"dsigmoid": None}


def test_what_is_pasted_sets_the_parameters_where_the_class_draws_others_each_time() -> None:
    drawn = ("np.random.default_rng(seed)", "np.random.default_rng()")
    for changes in ((), ANSWERS["a mean as the loss"].changes):
        answer = Answer("NeuralNet", (drawn, *changes), {"NeuralNet.loss": False})
        verdict = in_a_notebook(answer)
        assert [f.name for f in verdict if not f.passed] == (["NeuralNet.loss"] if changes else [])
        for finding in verdict:
            if finding.symptom is not None:
                *before, last = finding.symptom.code
                value = Notebook(answer.code, "\n".join(before)).run(f"result = {last}")
                assert f"{value:.6g}" in finding.symptom.given


@pytest.mark.parametrize("name", ["softmax rounded", "the slope of the logarithm alone"])
def test_the_formula_comes_with_the_last_hint(name: str) -> None:
    said = [in_a_notebook(ANSWERS[name], hint).findings for hint in (1, 2, 3)]
    texts = [
        next(f for f in findings if f.passed is False).message(hint)
        for hint, findings in zip((1, 2, 3), said, strict=True)
    ]
    slip = next(f for f in said[0] if f.passed is False).slips[0]
    assert slip.idea not in texts[0]
    assert slip.idea in texts[1]
    assert slip.formula not in texts[1]
    assert slip.formula in texts[2]


def test_what_is_said_uses_the_names_of_the_notebook() -> None:
    answer = Answer("NeuralNet", (("y_pred - t", "t - y_pred"),), {"NeuralNet.grad_loss": False})
    for hint in (1, 2, 3):
        said = repr(in_a_notebook(answer, hint))
        assert "y - t" not in said
    assert "y_pred - t" in said


def test_every_change_is_of_a_solution_as_it_is() -> None:
    for change in known_changes():
        exercise = LAB.exercises[change.of]
        changed = replaced(exercise, change.method, change.old, change.new)
        assert changed is not None, (change.of, change.old)
        compile(changed, change.of, "exec")


def test_updates_in_turn_with_gradients_are_tried_in_every_order() -> None:
    bodies = {change.new for change in _in_turn(LAB.exercises["NeuralNet"], "train")}
    assert len(bodies) == 75 - 1  # ordered partitions of four parameters, but for all at once
    for body in bodies:
        updated = re.findall(r"self\.(\w+) -= learning_rate", body)
        assert sorted(updated) == ["W_h", "W_o", "b_h", "b_o"]


def test_what_is_not_written_is_not_judged() -> None:
    changes = (
        ("    shifted = X - X.max(axis=-1, keepdims=True)\n", ""),
        ("    exp = np.exp(shifted)\n", ""),
        ("    return exp / exp.sum(axis=-1, keepdims=True)", "    raise NotImplementedError"),
    )
    (finding,) = in_a_notebook(Answer("softmax", changes, {}))
    assert (finding.passed, finding.message(1)) == (None, "`softmax` is not written yet.")


def test_a_class_that_two_parts_write_is_held_to_the_part_that_it_has_come_to() -> None:
    whole = LAB.exercises["NeuralNet"]
    (begun,) = LAB.earlier["NeuralNet"]
    assert LAB.exercise("NeuralNet", begun.methods) is begun
    assert LAB.exercise("NeuralNet", ()) is begun
    assert LAB.exercise("NeuralNet", whole.methods) is whole
    assert set(begun.asked) < set(whole.asked)
    assert "grad_loss" in whole.asked
    assert "X, y = x[np.newaxis, :], np.array([y])  # (1, D), (1,)" in whole.given_lines
    assert "return sigmoid(X @ self.W_h + self.b_h)" not in whole.given_lines
    notebook = Notebook(START.format(begun.part), f"{IMPORTS}\n{begun.solution}")
    verdict = notebook.run("result = check(NeuralNet)")
    assert {finding.name for finding in verdict} == {f"NeuralNet.{m}" for m in begun.methods}
    assert verdict


def test_what_is_right_but_needs_what_is_not_has_a_word_on_it() -> None:
    before = "def softmax(X):\n    raise ValueError('no')\n"
    *others, last = in_a_notebook(Answer("LogisticRegression", (), {}, before=before))
    assert [finding.message(1) for finding in others] == [""] * len(others)
    said = in_a_line(last.message(1))
    assert last.passed
    assert "right by itself. What it needs is not: `softmax`, of which check(softmax)" in said
    assert "there it fails: In line 4, `raise ValueError('no')`" in said


def with_last_line(code: str, method: str, line: str) -> str:
    """Code with a line more in a method or function: before its last statement, if a `return`."""
    tree = ast.parse(code)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    function = next(n for n in functions if n.name == method or not method)
    place = len(function.body) - isinstance(function.body[-1], ast.Return)
    function.body[place:place] = ast.parse(line).body
    return ast.unparse(tree)


@pytest.mark.parametrize("name", LAB.exercises)
@pytest.mark.parametrize("written", ["nothing", "all", "all but a raise", "and leaves a name"])
def test_check_changes_nothing_in_the_notebook(name: str, written: str) -> None:
    exercise = LAB.exercises[name]
    code = learners_cell(name) if written == "nothing" else exercise.solution
    method = exercise.asked[0]
    for line in {"all but a raise": ["raise NotImplementedError"],
                 "and leaves a name": ["global LEFT", "LEFT = 3"]}.get(written, []):  # fmt: skip
        code = with_last_line(code, method, line)
    notebook = Notebook(START.format(exercise.part), IMPORTS, code)
    thing = notebook.names[name]
    if isinstance(thing, type):
        kept = dict(vars(thing))
    else:
        kept = {k: getattr(thing, k) for k in ("__code__", "__globals__", "__defaults__")}
    names = dict(notebook.names)
    texts = []
    for _ in range(2):
        texts.append(repr(notebook.run(f"result = check({name})")))
        del notebook.names["result"]
        assert notebook.names.keys() == names.keys()
        assert all(notebook.names[k] is value for k, value in names.items())
        now = vars(thing) if isinstance(thing, type) else {k: getattr(thing, k) for k in kept}
        assert now.keys() == kept.keys()
        assert all(now[k] is value for k, value in kept.items())
    assert texts[0] == texts[1]
