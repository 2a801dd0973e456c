"""The numbers in the lab's text are those that come out."""

import re

import numpy as np
import pytest

from chainrule import LogisticRegression, one_hot
from chainrule.lab._sources import parts
from chainrule.lab._worked import worked_numbers

TEXTS = {part.number: part.text.replace("−", "-") for part in parts()}
NUMBER = r"-?\d+(?:\.\d+)?"


def section(part: int, heading: str) -> str:
    """The text from a heading to the next cell."""
    text = TEXTS[part]
    start = text.index(f"## {heading}\n")
    return text[start : text.index("\n# %%", start)].replace("\n# ", "\n")


def written(number: float) -> str:
    is_short = abs(number - round(number, 1)) < 1e-12
    return f"{number:g}" if is_short else f"{number:.3f}"


def equations(text: str) -> list[tuple[str, str]]:
    """What is computed, and what is said to come of it: `1 · 0.5 + 2 = 2.5`."""
    term = rf"\(?{NUMBER}\)?"
    return re.findall(rf"({term}(?: ?(?:·|\+|-|/|\\cdot) ?{term})+) = ({NUMBER})", text)


@pytest.mark.parametrize(
    ("part", "heading", "at_least"),
    [
        (3, "Once with numbers", 9),
        (5, "Forward, by hand", 7),
        (6, "Backward, by hand", 17),
    ],
)
def test_each_sum_and_product_that_is_written_out_is_right(
    part: int, heading: str, at_least: int
) -> None:
    found = equations(section(part, heading))
    assert len(found) >= at_least
    for left, right in found:
        value = eval(left.replace("·", "*").replace("\\cdot", "*"))
        # The terms are rounded to three decimals, and so is what comes out.
        assert value == pytest.approx(float(right), abs=0.0025), f"{left} = {right}"


def test_the_regression_with_numbers_is_what_grad_loss_gives() -> None:
    text = section(3, "Once with numbers")
    rows = [line for line in text.split("\n") if re.match(r"\| [01] \|", line)]
    vectors = [[eval(v) for v in re.findall(r"\([^)]*\)", row)] for row in rows]
    x, y, t, difference = (np.array(column, float) for column in zip(*vectors, strict=True))
    np.testing.assert_array_equal(t, one_hot(2, [0, 1]))
    np.testing.assert_allclose(difference, y - t)
    grad_W, grad_b = LogisticRegression(3, 2).grad_loss(x, t, y)
    rows = [line for line in text.split("\n") if re.match(r"\| (pixel|bias)", line)]
    said = np.array([re.findall(rf"= ({NUMBER})", row) for row in rows], float)
    np.testing.assert_allclose(said, np.vstack([grad_W, grad_b]), atol=1e-12)


def test_each_number_of_the_network_worked_by_hand_stands_in_the_text() -> None:
    numbers = worked_numbers()
    forward, backward = section(5, "Forward, by hand"), section(6, "Backward, by hand")
    for text, names in (
        (forward, ("x", "z_h", "h", "z_o", "y", "loss")),
        (backward, [name for name in numbers if name.startswith("grad")]),
    ):
        for name in names:
            for number in numbers[name].flat:
                value = written(float(number))
                assert re.search(rf"(?<![\d.]){re.escape(value)}(?![\d.]*\d)", text), (name, value)


def test_no_number_of_the_network_worked_by_hand_is_made_up() -> None:
    numbers = worked_numbers()
    h, z_o = numbers["h"], numbers["z_o"]
    exponentials = np.exp(z_o)
    more = (1 - h, h * (1 - h), exponentials, exponentials.sum())
    known = {written(float(n)) for values in (*numbers.values(), *more) for n in np.ravel(values)}
    for part, heading in ((5, "Forward, by hand"), (6, "Backward, by hand")):
        for number in re.findall(r"-?\d+\.\d{3}", section(part, heading)):
            assert number in known or number.removeprefix("-") in known, (heading, number)


def test_the_parameters_are_the_same_in_text_code_and_picture() -> None:
    code = re.search(r"small\.W_h, .*?\n.*?\n", TEXTS[5])
    assert code is not None
    assert code[0] in TEXTS[6]
    names: dict[str, object] = {"np": np}
    exec(f"class small: pass\n{code[0]}", names)
    from chainrule.lab._worked import PARAMETERS

    for name, values in PARAMETERS.items():
        np.testing.assert_array_equal(getattr(names["small"], name), values)
    text = section(5, "Forward, by hand")
    for name in ("W_h", "W_o"):
        rows = "pmatrix} " + r" \\ ".join(
            " & ".join(f"{v:g}" for v in row) for row in PARAMETERS[name]
        )
        assert rows in text
    assert "b_h = (0,\\ 0.1,\\ 0.5)" in text
    assert "b_o = (0,\\ 0.5)" in text


# What the published lab has, and what of it a learner does or sees here.
PUBLISHED = {
    "one_hot": r"^def one_hot\(n_classes, y\)",
    "softmax": r"^def softmax\(X\)",
    "nll": r"^def nll\(Y_true, Y_pred\)",
    "sigmoid": r"^def sigmoid\(X\)",
    "dsigmoid": r"^def dsigmoid\(X\)",
    "softmax regression": r"^class LogisticRegression:",
    "its gradient": r"def grad_loss\(self, X, y_true, y_pred\)",
    "one epoch": r"^def train_epoch\(",
    "the network": r"^class NeuralNet:",
    "its halves": r"def forward_hidden\(self, X\)[\s\S]*def forward_output\(self, H\)",
    "its gradient by name": r"def grad_loss\(self, X, y\)",
    "its step": r"def train\(self, x, y, learning_rate\)",
    "predict and accuracy": r"def predict\(self, X\)[\s\S]*def accuracy\(self, X, y\)",
    "a prediction beside the truth": r"pictures\.prediction\(",
    "curves of loss and accuracy": r"pictures\.training_curves\(",
    "the worst predictions": r"^def worst_predictions\([\s\S]*pictures\.images_to_guess\(",
    "learning rate": r"runs\(digits, learning_rate=",
    "hidden size": r"runs\(digits, hidden=width\)",
    "a second hidden layer": r"^class DeepNet:",
    "best test accuracy": r"^open_test\(|= open_test\(",
    "other initialisations": r'init="glorot"[\s\S]*init="zeros"',
    "other activations": r'"sigmoid", "tanh", "relu"',
    "mini-batches": r"batch_size=16",
    "the gradient's norm": r'"grad_norm"',
    "momentum": r"momentum=0\.9",
    "Keras": r"keras\.Sequential",
    "over- and underfitting": r"under- and overfitting",
    "the published gradient": r"^class PublishedNet:",
}


@pytest.mark.parametrize("item", PUBLISHED)
def test_all_that_the_published_lab_has_is_in_this_one(item: str) -> None:
    assert re.search(PUBLISHED[item], "\n".join(TEXTS.values()), re.MULTILINE)
