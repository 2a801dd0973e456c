import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from chainrule.checking.diagnosis import Blame, Finding, judge, wording
from chainrule.checking.diagnosis.blame import Mistake
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.diagnosis.html import as_html
from chainrule.checking.learner.desk import Call, Definition, Problem, Request
from chainrule.checking.learner.local import LocalDesk, Named
from chainrule.errors import ChainruleError
from chainrule.faults import FORMULAS, fault
from helpers import examples
from learner_files import FUNCTIONS, NETWORK, module

PREAMBLE = (
    "import math\nimport numpy as np\n\ndef nll(t, y):\n    return -np.sum(t * np.log(y))\n\n"
)
X, W, b = np.ones((5, 6)), np.ones((4, 6)), np.ones(6)


def problem_of(
    tmp_path: Path,
    body: str,
    *args: object,
    assigned: tuple[str, ...] = (),
    failed: dict[str, str] | None = None,
) -> Problem:
    """What the last function in a learner's file runs into."""
    text = PREAMBLE + body
    path = tmp_path / "lab.py"
    path.write_text(text)
    names: dict[str, object] = {}
    exec(compile(text, str(path), "exec"), names)
    *_, (name, thing) = [(k, v) for k, v in names.items() if k != "__builtins__"]
    found = Named(Definition(name), thing, names)
    desk = LocalDesk([found], assigned=frozenset(assigned), failed_imports=failed)
    (reply,) = desk.ask([Request(0, (Call("", args),))])
    assert reply.problem is not None
    return reply.problem


@pytest.mark.parametrize(
    ("body", "args", "says"),
    [
        ("def f(X, W):\n    return X @ W", (X, W), "(5, 6) · (4, 6)"),
        ("def f(X, W):\n    return X @ W", (X, W), "must be the same, but they are 6 and 4."),
        (
            "def f(X, W):\n    return X @ W",
            (X, W),
            "(.T) missing on the right, to make it (6, 4)?",
        ),
        ("def f(X, W):\n    return np.dot(X, W)", (X, W), "(5, 6) · (4, 6)"),
        ("def f(X, W):\n    return X @ W", (X, X[:, :4]), "on the left, to make it (6, 5)?"),
        ("def f(X, W):\n    return W @ X", (X, np.ones((6, 4))), "in the wrong order?"),
        ("def f(X, W):\n    return (X + 0) @ (W + 0)", (X, W), "but they differ: 6 and 4."),
        ("def f(X, W):\n    return X @ W", (X, 3.0), "`X` has shape (5, 6) and `W` is a number."),
        ("def f(X, W):\n    return X + W", (X, np.ones(4)), "number by number: (5, 6) and (4,)."),
        ("def f(X, W):\n    return X * W", (X, W.T), "it is written @, not *."),
        ("def f(W, g):\n    W -= 0.1 * g\n    return W", (b, X), "A parameter and its gradient"),
        ("def f(W, g):\n    W[:] = g\n    return W", (b, X), "(5, 6) does not fit into a place"),
        ("def f(X):\n    return np.array([[1, 2], [3]])", (X,), "the same length"),
        ("def f(X):\n    return 1 if X > 0 else 0", (X,), "one yes or no"),
        ("def f(X):\n    return math.exp(X)", (X,), "one number is needed here"),
        ("def f(n, y):\n    return np.eye(n)[y]", (4, np.array([3.0])), "y.astype(int)"),
        ("def f(n, y):\n    return np.eye(n)[y]", (4, 7), "only 4 places, counted from 0 to 3"),
        ("def f(X):\n    return X[0, 1]", (b,), "only one axis, but 2 are given"),
        ("def f(X):\n    return X.sum(axis=1)", (b,), "axis=-1 is the last axis of both"),
        ("def f(X):\n    return x + 1", (X,), "there is no `x` here. Did you mean `X`?"),
        ("def f(X):\n    return quux", (X,), "does `quux` get a value before this line?"),
        ("def f(X):\n    return np.sofmax(X)", (X,), "the module has no `sofmax`"),
        ("def f(X):\n    return X.shpae", (X,), "an array has no `shpae`. Did you mean `.shape`?"),
        (
            "def f(X):\n    Z = None\n    return Z.shape",
            (X,),
            "`.shape` is asked of nothing (None)",
        ),
        ("def f(X):\n    Z = None\n    return np.exp(2) + Z", (X,), "here is nothing (None)"),
        ("def f(t, y):\n    nll = nll(t, y)\n    return nll", (X, X), "a function `nll` outside"),
        ("def f(nll):\n    return nll(1, 2)", (3,), "in this function `nll` is a variable"),
        ("def f(X):\n    return 2(X)", (X,), "a sign such as * or @ missing"),
        ("def f(X):\n    return nll(X)", (X,), "the arguments do not fit the function"),
        (
            "def f(X):\n    return X.max(axis=-1, keepdim=True)",
            (X,),
            "has no argument `keepdim`. Did you mean `keepdims`?",
        ),
        (
            "def g(X, rate):\n    return X\ndef f(X):\n    return g(X, rates=1)",
            (X,),
            "has no argument `rates`. Did you mean `rate`?",
        ),
        ("def f(X):\n    return np.zeros(3, quux=1)", (X,), "has no argument `quux`."),
        ("def f(X):\n    return 1 / 0", (X,), "divided by zero"),
        ("def f(X):\n    return f(X)", (X,), "calls itself again and again"),
        ("def f(X):\n    return {'W_h': X}['W_o']", (X,), "no entry 'W_o' in the dictionary"),
        ("def f(X):\n    raise NotImplementedError", (X,), "this is not written yet"),
        ("def f(X):\n    raise EOFError", (X,), "asks for something to be typed in"),
        ("def f(X):\n    raise MemoryError", (X,), "more memory than there is"),
        ("def f(X):\n    raise TimeoutError", (X,), "a loop that never ends?"),
        ("def f(X):\n    raise SystemExit", (X,), "`exit()` ends the whole program"),
        ("def f(X):\n    raise OSError('no such file')", (X,), "with OSError: no such file."),
        ("def f(X):\n    assert X is None", (X,), "Python stops with AssertionError."),
    ],
)
@pytest.mark.filterwarnings("ignore:'int' object is not callable:SyntaxWarning")
def test_an_exception_is_said_in_words_with_its_line(
    body: str, args: tuple[object, ...], says: str, tmp_path: Path
) -> None:
    problem = problem_of(tmp_path, body, *args)
    said = explain_problem(problem)
    assert says in said
    assert said.startswith(f"In line {problem.line}, `{problem.source}`: ")
    assert problem.source in body


def test_a_misspelt_attribute_gets_the_name_that_there_is(tmp_path: Path) -> None:
    body = (
        "class Net:\n    def __init__(self):\n        self.W = np.eye(2)\n"
        "    def g(self):\n        return self.w\n"
        "    def k(self):\n        return self.zzz\n"
        "def f(method):\n    return getattr(Net(), method)()\n"
    )
    assert "`self` has no `w`. Did you mean `self.W`?" in explain_problem(
        problem_of(tmp_path, body, "g")
    )
    assert "Does `__init__` set `self.zzz`" in explain_problem(problem_of(tmp_path, body, "k"))


def test_a_variable_of_the_notebook_is_told_from_a_name_that_is_nowhere(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "def f(X):\n    return x", X, assigned=("x",))
    assert "There is a `x` outside of the function" in explain_problem(problem)
    assert explain_problem(problem).endswith("Did you mean `X`?")


def test_a_name_whose_import_failed_says_why(tmp_path: Path) -> None:
    why = "the package scipy is not installed here"
    problem = problem_of(tmp_path, "def f(X):\n    return expit(X)", X, failed={"expit": why})
    assert explain_problem(problem).endswith(f"`expit` could not be imported: {why}.")
    left = Finding("sigmoid", passed=None, problem=problem, reason=problem.text)
    assert left.message().count(why) == 1


@pytest.mark.parametrize(
    ("problem", "begins"),
    [
        (
            Problem("KeyError", "'W'", cell=3, line=5, source="a['W']"),
            "In cell 3, line 5, `a['W']`",
        ),
        (Problem("KeyError", "'W'", cell=3, line=5), "In cell 3, line 5: there is"),
        (Problem("KeyError", "'W'", function="forward"), "In `forward`: there is"),
        (Problem("KeyError", "'W'", function="<lambda>"), "There is"),
        (Problem("KeyError", "'W'"), "There is"),
        (Problem("KeyError", "'W'", line=2, source="x" * 200), f"In line 2, `{'x' * 79}…`: "),
    ],
)
def test_the_place_is_said_as_far_as_it_is_known(problem: Problem, begins: str) -> None:
    assert explain_problem(problem).startswith(begins)


KINDS = ["ValueError", "TypeError", "IndexError", "AxisError", "NameError", "AttributeError"]
SNIPPETS = [
    "matmul", "not aligned", "shapes (5,6) and (4,)", "shape", "broadcast", "()", "(3,)", "axis",
    "integer", "out of bounds", "too many indices", "argument takes", "not callable", "NoneType",
    "size-1", "enough dimensions", "truth value", "non-broadcastable output",
]  # fmt: skip


@given(
    st.sampled_from([*KINDS, "KeyError", "Weird"]),
    st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=8), max_size=4).map(" ".join),
    st.lists(st.tuples(st.just("W"), st.sampled_from(["(5, 6)", "(4,)", "()", "a number"]))),
)
@examples(300)
def test_every_message_of_an_exception_gives_a_sentence(
    kind: str, text: str, operands: list[tuple[str, str]]
) -> None:
    said = explain_problem(Problem(kind, text, operands=tuple(operands)))
    assert said.strip()


BLAME = Blame("grad-preactivation", "grad_W_o", "Z_h.T @ grad_z_o", "H.T @ grad_z_o")


@pytest.mark.parametrize("id_", FORMULAS)
def test_a_mistake_is_told_with_more_at_every_hint(id_: str) -> None:
    known = fault(id_)
    blame = Blame(id_, "grad_W_o", "wrong(x)", "right(x)")
    finding = Finding("NeuralNet.grad_loss", passed=False, blames=(blame, Blame("nll-sign")))
    said = [finding.message(hint) for hint in (1, 2, 3)]
    assert all(known.title in text for text in said)
    assert all(known.where in text for text in said)
    told = not known.is_code  # of a fault of the code, what was raised says it
    assert [known.believed in text for text in said] == [False, told, told]
    assert ["`wrong(x)`, in place of `right(x)`" in text for text in said] == [False, False, told]
    assert [known.truth in text for text in said] == [False, False, True]
    assert not re.search(r"Traceback|File \"", said[2])


def test_the_second_hint_is_the_usual_one() -> None:
    finding = Finding("NeuralNet.grad_loss", passed=False, blames=(BLAME,))
    assert finding.message() == finding.message(2)
    assert fault("grad-preactivation").believed in finding.message()


def test_mistakes_are_told_one_after_the_other_and_the_same_one_once() -> None:
    blames = tuple(
        Blame("train-sign", name, f"{name} + rate * grad", f"{name} - rate * grad")
        for name in ("W_h", "b_h")
    )
    said = Finding("NeuralNet.train", passed=False, blames=(blames[0], BLAME, blames[1])).message(
        1
    )
    first, second = said.split("\n\n")
    assert f"{fault('train-sign').title} (in `W_h`, `b_h`)" in first
    assert fault("grad-preactivation").title in second


@pytest.mark.parametrize("hint", [0, 4, "2"])
def test_an_unknown_hint_gets_a_sentence(hint: int) -> None:
    with pytest.raises(ChainruleError, match="hint must be 1, 2 or 3; got"):
        Finding("nll").message(hint)


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (Finding("nll"), ""),
        (Finding("one_hot", remarks=("labels-not-integers",)), "y.astype(int) would take both"),
        (Finding("dsigmoid", remarks=("sigmoid-overflows",)), "at ±1000"),
        (
            Finding("Net.loss", passed=None, blames=(Blame("not-implemented", "Net.loss"),)),
            "`Net.loss` is not written yet.",
        ),
        (
            Finding("Net.loss", passed=None, reason="there were no outputs"),
            "There were no outputs.",
        ),
        (Finding("nll", passed=False, reason="nll is 2 times the right one"), "`nll` is 2 times"),
        (Finding("f", passed=False, reason="W_h is wrong"), "W_h is wrong."),
        (
            Finding("nll", passed=False, reason="nll fails", problem=Problem("KeyError", "'a'")),
            "`nll` fails.\n\nThere is no entry 'a' in the dictionary.",
        ),
    ],
)
def test_what_is_no_mistake_of_the_catalogue_is_said_too(finding: Finding, says: str) -> None:
    assert says in finding.message()
    assert bool(finding.message()) == bool(says)


def test_a_fault_of_the_code_tells_the_line_and_the_name(tmp_path: Path) -> None:
    problem = problem_of(tmp_path, "def f(X):\n    return x", X)
    blames = (Blame("misspelt-name", "f"),)
    said = Finding("f", passed=False, blames=blames, problem=problem).message(1)
    assert said.startswith(f"The mistake: {fault('misspelt-name').title}.")
    assert said.endswith("Did you mean `X`?")


def test_a_finding_as_data() -> None:
    finding = Finding(
        "NeuralNet.grad_loss", 2, False, (BLAME,), cell=4, line=7,
        expected=np.array([[1 / 3, 2e-9], [1.0, -123456789.0]]),
        actual=np.array([np.nan, np.inf, -np.inf]),
    )  # fmt: skip
    assert finding.to_dict(1) == {
        "name": "NeuralNet.grad_loss",
        "definition": 2,
        "passed": False,
        "faults": ["grad-preactivation"],
        "remarks": [],
        "message": finding.message(1),
        "cell": 4,
        "line": 7,
        "expected": [[0.333333, 2e-9], [1.0, -123457000.0]],
        "actual": ["nan", "inf", "-inf"],
        "mistakes": [
            {
                "fault": "grad-preactivation",
                "file": None,
                "cell": 4,
                "line": 7,
                "code": "",
                "message": finding.message(1),
            }
        ],
        "lines": [],
    }
    assert Finding("nll").to_dict()["expected"] is None


KINDS_OF_NUMBERS = ["float64", "float32", "int64", "bool"]


@given(st.sampled_from(KINDS_OF_NUMBERS).flatmap(lambda d: arrays(d, array_shapes(min_dims=0))))
@examples(100)
def test_arrays_are_data_that_json_holds(array: np.ndarray) -> None:
    data = Finding("nll", actual=array).to_dict()["actual"]
    assert np.shape(json.loads(json.dumps(data, allow_nan=False))) == array.shape
    if array.dtype.kind == "f" and np.isfinite(array).all():
        np.testing.assert_allclose(data, array, rtol=1e-5, atol=1e-40)


def test_a_note_on_what_is_right_is_seen_in_a_notebook_too() -> None:
    noted = Finding("fit", note="Every parameter goes down along the gradient of its loss.")
    html = as_html([noted, Finding("plain")], hint=2)
    assert noted.note in noted.message()
    assert "goes down along the gradient" in html
    assert html.index("plain") < html.index("goes down")  # what needs no word stands in one line
    assert "<p" not in as_html([Finding("plain")], hint=2)


@pytest.mark.parametrize("line", [None, 7])
def test_a_mistake_without_a_name_says_no_more_than_is_known(line: int | None) -> None:
    mistake = Mistake("a - b", "the shapes do not meet", line=line)
    text = Finding("fit", passed=False, mistakes=(mistake,)).message()
    begin = "This is wrong." if line is None else "Line 7: `a - b`: this is wrong."
    assert text == f"{begin}\nThe shapes do not meet."


def test_sums_without_keepdims_are_called_so() -> None:
    """They mix samples only where there are as many of them as classes; else they fail."""
    flat = {w.text: "axis=-1)" in w.text for w in FORMULAS["softmax-over-batch"]}
    assert 0 < sum(flat.values()) < len(flat)
    for text, without in flat.items():
        said = wording.mistake("softmax", [Blame("softmax-over-batch", "softmax", text)], 1)
        assert ("mixes the samples" in said) is not without
        assert ("do not stand beside their rows (`keepdims`)" in said) is without


@pytest.mark.parametrize("id_", FORMULAS)
def test_only_code_is_set_as_code(id_: str) -> None:
    right = fault(id_).right
    said = wording.mistake("f", [Blame(id_)], 3)
    is_code = "=" in right or "(" in right or "[" in right or " * " in right
    assert (f"Right: `{right}`." in said) is (is_code and "`" not in right)
    assert f"Right: {right}." in said or is_code
    assert "``" not in said


@pytest.mark.parametrize("text", ["", "no such thing", "name 'x' is not defined"])
def test_an_error_without_a_name_has_no_empty_name(text: str) -> None:
    for kind in ("NameError", "UnboundLocalError", "AttributeError", "TypeError", "ImportError"):
        said = explain_problem(Problem(kind, text))
        assert "``" not in said, said
        assert "`.`" not in said, said
        assert " = …`" not in said, said


def test_what_predicts_one_sample_alone_is_shown_beside_what_predicts_all(tmp_path: Path) -> None:
    code = NETWORK.replace("np.argmax(self.forward(X), axis=-1)", "np.argmax(self.forward(X))")
    wrong = [f for f in judge(module(tmp_path, FUNCTIONS + code)) if not f.passed]
    assert [finding.name for finding in wrong] == ["NeuralNet.predict"]
    assert "`np.argmax(y)`, in place of `np.argmax(y, axis=-1)`" in wrong[0].message(3)


def test_what_is_right_is_said_only_where_it_is_known() -> None:
    known, unknown = (Blame("nll-sign", "nll", "np.sum(y)", right) for right in ("-np.sum(y)", ""))
    said = [Finding("nll", passed=False, blames=(blame,)).message(3) for blame in (known, unknown)]
    assert "`nll` is computed as `np.sum(y)`, in place of `-np.sum(y)`." in said[0]
    assert "`nll` is computed as `np.sum(y)`." in said[1]
