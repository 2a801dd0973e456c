"""check in a running notebook: what a learner sees."""

import re
from html.parser import HTMLParser

import pytest

from chainrule import (
    ChainruleError,
    LogisticRegression,
    NeuralNet,
    check,
    dsigmoid,
    nll,
    one_hot,
    relu,
    sigmoid,
    softmax,
)
from notebook_cells import Notebook

SOFTMAX = """
def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
"""
OTHERS = """
def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

def nll(Y_true, Y_pred):
    return -np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)))

def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))
"""
NETWORK = """
class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.zeros((input_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_o = np.zeros((hidden_size, output_size))
        self.b_o = np.zeros(output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        self.H = sigmoid(self.Z_h)
        return softmax(self.H @ self.W_o + self.b_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        error = self.forward(X) - one_hot(self.output_size, y)
        error_h = error @ self.W_o.T * dsigmoid(self.Z_h)
        return {
            "W_h": X.T @ error_h, "b_h": error_h.sum(axis=0),
            "W_o": self.H.T @ error, "b_o": error.sum(axis=0),
        }
"""


def test_what_is_right_is_true_and_says_so() -> None:
    notebook = Notebook(SOFTMAX, OTHERS, NETWORK)
    verdict = notebook.run("result = check()")
    assert verdict
    names = [finding.name for finding in verdict]
    assert names == [
        *("softmax", "one_hot", "nll", "sigmoid", "dsigmoid"),
        *("NeuralNet.forward", "NeuralNet.loss", "NeuralNet.grad_loss"),
    ]
    assert "WRONG" not in repr(verdict)
    assert verdict.to_dict()["passed"] is True
    assert notebook.run("result = check(softmax)")
    assert notebook.run("result = check(NeuralNet, sigmoid)")


@pytest.mark.parametrize("hint", [1, 2, 3])
def test_a_mistake_is_named_and_more_is_said_at_every_hint(hint: int) -> None:
    notebook = Notebook(SOFTMAX, OTHERS, NETWORK.replace("self.H.T @", "self.Z_h.T @"))
    verdict = notebook.run(f"result = check(NeuralNet, hint={hint})")
    assert not verdict
    assert [f.faults for f in verdict] == [(), (), ("grad-preactivation",)]
    said = " ".join(repr(verdict).split())
    assert "the pre-activation stands where the activation belongs" in said
    assert "what exactly do these weights multiply?" in said
    assert ("z_h.T @ grad_z_o" in said) is (hint >= 3)
    assert ("the chain rule" in said) is (hint >= 3)
    assert (f"hint={hint + 1}" in said) is (hint < 3)


def test_a_notebook_is_told_how_its_lines_are_counted() -> None:
    """JupyterLab shows no numbers of lines unless it is asked to."""
    wrong, right = "def sigmoid(X):\n    return 1 / (1 + np.exp(X))", SOFTMAX
    for ipython, code, told in ((True, wrong, True), (True, right, False), (False, wrong, False)):
        notebook = Notebook(code)
        if ipython:
            notebook.names["get_ipython"] = object
        verdict = notebook.run("result = check()")
        for shown in (repr(verdict), verdict._repr_html_()):
            assert ("counted from the top of their cell" in shown) is told


def test_a_teacher_can_limit_the_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = Notebook(SOFTMAX.replace("e / np.sum(e, axis=-1, keepdims=True)", "e"))
    monkeypatch.setenv("CHAINRULE_MAX_HINT", "1")
    verdict = notebook.run("result = check(softmax, hint=3)")
    assert verdict.hint == 1
    assert "hint=" not in repr(verdict)
    monkeypatch.setenv("CHAINRULE_MAX_HINT", "five")
    with pytest.raises(ChainruleError, match="CHAINRULE_MAX_HINT must be 1, 2 or 3; it is 'five'"):
        notebook.run("check(softmax)")


def test_a_network_is_judged_with_right_functions_where_the_learner_s_are_wrong() -> None:
    wrong = OTHERS.replace("(1 - sigmoid(X))", "(1 - X)")
    verdict = Notebook(SOFTMAX, wrong, NETWORK).run("result = check()")
    assert {f.name: f.faults for f in verdict if not f.passed} == {
        "dsigmoid": ("dsigmoid-of-activation",)
    }


def test_the_notebook_is_left_as_it_was() -> None:
    notebook = Notebook(SOFTMAX, OTHERS, NETWORK.replace("dsigmoid(self", "dsigmoid(x"))
    notebook.run("x = np.linspace(-5, 5, 100)\nX = np.ones(3)\ny = [1]")
    before = dict(notebook.names)
    notebook.run("check()")
    assert set(notebook.names) - {"__warningregistry__"} == set(before)
    assert all(notebook.names[name] is before[name] for name in before)


def test_a_variable_of_the_notebook_is_noticed_though_it_is_there() -> None:
    notebook = Notebook(SOFTMAX, OTHERS.replace("-np.clip(X,", "-np.clip(x,"))
    notebook.run("x = np.linspace(-5, 5, 100)")
    verdict = notebook.run("result = check(sigmoid)")
    assert verdict.findings[0].faults == ("reads-notebook-variable",)
    assert "Did you mean `X`?" in repr(verdict)


def test_a_function_s_name_that_was_given_to_something_else_is_told() -> None:
    notebook = Notebook(SOFTMAX, OTHERS)
    notebook.run("softmax = softmax(np.ones((2, 3)))")
    verdict = notebook.run("result = check()")
    (finding,) = [f for f in verdict if f.name == "softmax"]
    assert finding.passed is None
    assert "`softmax` is no function any more" in finding.message(1)


def test_what_is_not_written_yet_is_no_mistake() -> None:
    notebook = Notebook(
        "def softmax(X):\n    return None",
        "def nll(Y_true, Y_pred):\n    raise NotImplementedError",
        NETWORK.replace("error = self.forward(X) - one_hot(self.output_size, y)", "error = None"),
    )
    verdict = notebook.run("result = check()")
    assert not verdict
    found = {f.name: f.passed for f in verdict}
    assert found["softmax"] is found["nll"] is found["NeuralNet.grad_loss"] is None
    assert found["NeuralNet.forward"] is True
    assert "not written yet" in repr(verdict)


def test_what_is_imported_or_marked_is_left_out() -> None:
    notebook = Notebook("from chainrule import softmax, NeuralNet")
    notebook.run("# chainrule: skip\n" + NETWORK.replace("class NeuralNet", "class Published"))
    verdict = notebook.run("result = check()")
    assert not verdict
    assert repr(verdict).startswith("Nothing to check")
    assert "Nothing to check" in verdict._repr_html_()


def test_chainrule_s_own_functions_and_models_pass() -> None:
    assert check(softmax, sigmoid, dsigmoid, nll, one_hot)
    assert check(LogisticRegression, NeuralNet)


def test_what_cannot_be_checked_is_refused_in_a_sentence() -> None:
    with pytest.raises(ChainruleError, match=r"check takes the class, .*: check\(NeuralNet\)"):
        check(NeuralNet(2, 3, 2))  # type: ignore[arg-type]  # it is refused
    with pytest.raises(
        ChainruleError,
        match=r"check takes a function or a class itself, without a call: .*; got an int",
    ):
        check(3)  # type: ignore[arg-type]  # likewise
    with pytest.raises(ChainruleError, match="got a function called relu"):
        check(relu)
    with pytest.raises(ChainruleError, match="dict does not look like a network"):
        check(dict)
    with pytest.raises(ChainruleError, match="hint must be 1, 2 or 3; got 4"):
        check(softmax, hint=4)


class Tags(HTMLParser):
    """Looks whether every tag is closed, and for what would be loaded or executed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "style")
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        if tag != "rect":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_loads_nothing() -> None:
    wrong = SOFTMAX.replace("np.sum(e, axis=-1, keepdims=True)", "np.sum(e)")
    notebook = Notebook(wrong.replace("def softmax(X)", "def softmax(X='<b>')"), OTHERS, NETWORK)
    html = notebook.run("result = check(hint=3)")._repr_html_()
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    assert "wrong" in parser.text
    assert "softmax" in parser.text
    assert "expected, shape" in parser.text
    assert re.search(r'<svg role="img" aria-label="computed', html)
    assert len(html) < 60_000


def test_a_method_is_placed_at_its_line_in_the_cell() -> None:
    network = NETWORK.replace(" * dsigmoid(self.Z_h)", "")
    verdict = Notebook(SOFTMAX, OTHERS, network).run("result = check(NeuralNet)")
    (wrong,) = [finding for finding in verdict if finding.passed is False]
    assert network.splitlines()[wrong.line - 1].strip() == "def grad_loss(self, X, y):"
    assert f"(line {wrong.line})" in verdict._repr_html_()
