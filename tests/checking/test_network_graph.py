"""The picture of a learner's class in a notebook."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from chainrule.checking.verdict import Verdict
from lab_answers import LAB, Answer
from learner_files import FUNCTIONS, NETWORK
from notebook_cells import Notebook

OWN = NETWORK.replace("W_h", "W1").replace("b_h", "b1").replace("W_o", "W2").replace("b_o", "b2")
OUTPUT_GRADIENT = "self.H.T @ error_o"


def verdict(network: str) -> Verdict:
    result: Any = Notebook(FUNCTIONS, network).run("result = check(NeuralNet, hint=1)")
    assert isinstance(result, Verdict)
    return result


def lab_page(exercise: str, change: tuple[str, str]) -> str:
    """What is shown of an answer in the notebook of its part."""
    part = LAB.exercises[exercise].part
    start = f"from chainrule.lab import start\nstart(part={part}, made_with='0.1.0')\n"
    code = Answer(exercise, (change,), {}).code
    result: Any = Notebook(start, code).run(f"result = check({exercise}, hint=1)")
    assert isinstance(result, Verdict)
    return result._repr_html_()


def pictures(page: str) -> list[ElementTree.Element]:
    found = re.findall(r"<svg role=\"img\" aria-label=\"The computation.*?</svg>", page)
    return [ElementTree.fromstring(svg) for svg in found]


def words(picture: ElementTree.Element) -> str:
    return str(picture.get("aria-label"))


def titles(picture: ElementTree.Element) -> list[str]:
    return [str(group.findtext("title")) for group in picture.findall("g")]


def test_a_mistake_is_seen_in_the_learner_s_network() -> None:
    page = verdict(OWN.replace(OUTPUT_GRADIENT, "self.Z_h.T @ error_o"))._repr_html_()
    (picture,) = pictures(page)
    assert "The mistake: grad_W2 (in grad_loss)." in words(picture)
    assert "Not judged" not in words(picture)
    assert "z_h = x @ W1 + b1, in forward: right" in titles(picture)
    # What stands there and what belongs there is for the next hints to say.
    assert "grad_W2, in grad_loss: the mistake" in titles(picture)
    assert "h.T @ grad_z_o" not in page
    assert page.index("NeuralNet.grad_loss") < page.index("aria-label=")


def test_what_is_computed_from_a_mistake_says_so() -> None:
    page = verdict(OWN.replace("* dsigmoid(self.Z_h)", ""))._repr_html_()
    (picture,) = pictures(page)
    assert "The mistake: grad_z_h (in grad_loss)." in words(picture)
    assert "Computed from it: grad_W1 (in grad_loss), grad_b1 (in grad_loss)." in words(picture)


def test_what_is_not_written_reveals_nothing() -> None:
    body = OWN.partition("    def grad_loss(self, X, y):\n")[0]
    page = verdict(f"{body}    def grad_loss(self, X, y):\n        raise NotImplementedError\n")
    (picture,) = pictures(page._repr_html_())
    assert "Not judged: grad_loss." in words(picture)
    assert "grad_z" not in page._repr_html_()


def test_a_gradient_that_nothing_explains_is_one_box() -> None:
    page = verdict(OWN.replace(OUTPUT_GRADIENT, f"{OUTPUT_GRADIENT} + 0.3"))._repr_html_()
    (picture,) = pictures(page)
    assert "The mistake: grad_loss." in words(picture)
    assert "grad_z" not in page


def test_an_unknown_forward_pass_is_not_drawn() -> None:
    page = verdict(OWN.replace("softmax(self.H", "softmax(1.7 + np.cos(self.H)"))._repr_html_()
    assert pictures(page) == []


def test_what_is_right_is_drawn_and_folded() -> None:
    page = verdict(NETWORK)._repr_html_()
    (picture,) = pictures(page)
    assert words(picture).endswith("All of it is right.")
    assert "<summary>The computation of NeuralNet</summary>" in page


def test_a_network_without_hidden_layers_and_biases_has_its_own_steps() -> None:
    text = """
class Softmax:
    def __init__(self, input_size, output_size):
        self.M = np.zeros((input_size, output_size))
    def forward(self, X):
        return softmax(X @ self.M)
    def loss(self, X, y):
        return nll(one_hot(self.M.shape[1], y), self.forward(X))
    def grad_loss(self, X, y):
        return {"M": X.T @ (one_hot(self.M.shape[1], y) - self.forward(X))}
"""
    result = Notebook(FUNCTIONS, text).run("result = check(Softmax)")
    (picture,) = pictures(result._repr_html_())
    assert "z = x @ M, in forward: right" in titles(picture)
    assert "The mistake: grad_z (in grad_loss)." in words(picture)


def test_nothing_is_drawn_for_text_or_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def network_graph(*_: object) -> None:
        pytest.fail("a graph was made")

    monkeypatch.setattr("chainrule.checking.diagnosis.html.network_graph", network_graph)
    result = verdict(NETWORK)
    assert repr(result)
    assert result.to_dict()["passed"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("y_pred - t", "t - y_pred", "The mistake: grad_z_o (in grad_loss)."),
        ("grad_h * dsigmoid(z_h)", "grad_h", "The mistake: grad_z_h (in grad_loss)."),
        (
            "dsigmoid(z_h)  # (N, H)\n        grad_W_h = X.T @ grad_z_h",
            "dsigmoid(z_h)\n        grad_W_h = X.T @ grad_h",
            "The mistake: grad_W_h (in grad_loss).",
        ),
        ("return nll(", "return -nll(", "The mistake: loss (in loss)."),
    ],
)
def test_under_the_contract_of_the_lab_the_mistake_is_seen(old: str, new: str, said: str) -> None:
    page = lab_page("NeuralNet", (old, new))
    (picture,) = pictures(page)
    assert said in words(picture)
    assert "All of it is right" not in page
    method = said.partition("(in ")[2].partition(")")[0]
    card = page.index(f"<strong>wrong</strong> <code>NeuralNet.{method}</code>")
    assert card < page.index("aria-label=")
    assert "<strong>wrong</strong>" not in page[card + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        ("return sigmoid(X @", "return sigmoid(-X @"),
        ("np.argmax(self.forward", "np.max(self.forward"),
    ],
)
def test_where_a_method_is_wrong_that_is_not_drawn_nothing_looks_right(
    change: tuple[str, str],
) -> None:
    assert pictures(lab_page("NeuralNet", change)) == []
