"""Small slips in the functions and methods of the lab: each by its name; and right look-alikes."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from learner_files import module

NET = """
import numpy as np
def one_hot(k, y):
    return np.eye(k)[y]
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
def nll(t, y):
    t, y = np.atleast_2d(t), np.atleast_2d(y)
    return -np.sum(t * np.log(np.clip(y, 1e-15, 1))) / len(t)
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        draw = np.random.default_rng(0).normal
        self.W_h, self.b_h = draw(size=(n_in, n_hidden)), draw(size=n_hidden)
        self.W_o, self.b_o = draw(size=(n_hidden, n_out)), draw(size=n_out)
        self.n_out = n_out
    def forward(self, X):
        self.H = sigmoid(X @ self.W_h + self.b_h)
        z = self.H @ self.W_o + self.b_o
        return softmax(z)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
    def loss(self, X, y):
        y_pred = self.forward(X)
        return nll(one_hot(self.n_out, y), y_pred)
    def grad_loss(self, X, y):
        y_pred = self.forward(X)
        e = (y_pred - one_hot(self.n_out, y)) / len(X)
        e_h = e @ self.W_o.T * self.H * (1 - self.H)
        return {"W_h": X.T @ e_h, "b_h": e_h.sum(0), "W_o": self.H.T @ e, "b_o": e.sum(0)}
    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis], np.array([y]))
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]
"""
OWN_LOSS = "return nll(one_hot(self.n_out, y), y_pred)"
OF_BATCH = "-np.sum(t * np.log(np.clip(y, 1e-15, 1))) / len(t)"
STEP = 'self.W_h -= learning_rate * grads["W_h"]'


def wrong(folder: Path, *changes: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    """What is accused of the network with these changes, and of which mistakes."""
    return {f.name: f.faults for f in found(folder, *changes) if f.passed is False}


def found(folder: Path, *changes: tuple[str, str]) -> list[Finding]:
    code = NET
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return judge(module(folder, code))


UNPACKED = (
    ("y_pred = self.forward(X)", "other, y_pred = self.forward(X)"),
    ("np.argmax(self.forward(X), axis=-1)", "np.argmax(self.forward(X)[1], axis=-1)"),
)
ROWS = (
    "e = np.exp(z - z.max(axis=-1, keepdims=True))\n    return e / e.sum(axis=-1, keepdims=True)"
)
RIGHT = {
    "as it is": (),
    "hidden units and outputs": (("return softmax(z)", "return self.H, softmax(z)"), *UNPACKED),
    "logits and outputs": (("return softmax(z)", "return z, softmax(z)"), *UNPACKED),
    "one sample's loss": ((OWN_LOSS, "return -np.log(y_pred[y])"),),
    "factors of rows that cancel": ((ROWS, "e = 3 * np.exp(z - z.max(axis=-1, keepdims=True))\n"
                                     "    return e / e.sum(axis=-1, keepdims=True)"),),
    "a step by its minus": ((STEP, 'self.W_h = -learning_rate * grads["W_h"] + self.W_h'),),
    "a product from the left": (("X @ self.W_h", "(self.W_h.T @ X.T).T"),),
    "labels as floats": (("np.eye(k)[y]", "np.eye(k, dtype=np.float64)[y]"),),
}  # fmt: skip


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_what_looks_like_a_slip_is_not_accused(
    changes: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    assert wrong(tmp_path, *changes) == {}


SLIPS = [
    (ROWS, "e = np.exp(z)\n    return e / e.mean(axis=-1, keepdims=True)", "softmax",
     "softmax-not-normalised"),
    (ROWS, "e = np.exp(z / 2)\n    return e / e.sum(axis=-1, keepdims=True)", "softmax",
     "softmax-not-exp"),
    ("e.sum(axis=-1, keepdims=True)", "e.sum(axis=-1, keepdim=True)", "softmax", "misspelt-name"),
    ("e.sum(axis=-1, keepdims=True)", "np.rowwise(e)", "softmax", "not-in-library"),
    ("np.eye(k)[y]", "np.eye(k, dtype=np.int)[y]", "one_hot", "not-in-library"),
    ("    e = np.exp(z - z.max(axis=-1, keepdims=True))\n    return e", "    e = np.exp(z - z.max("
     "axis=-1, keepdims=True))\n    e = e", "softmax", "missing-return"),
    (OF_BATCH, "-np.sum(np.log(t * y + 1e-9))", "nll", "loss-not-nll"),
    (OF_BATCH, "-np.sum(t * np.log(np.clip(y, 0.01, 1))) / len(t)", "nll", "loss-not-nll"),
    (OF_BATCH, "-t * np.log(y + 1e-15) / len(t)", "nll", "nll-not-summed"),
    ("return softmax(z)", "return softmax(z), z", "Net.forward", "returns-several"),
    ("return softmax(z)", "return self.H", "Net.forward", "forward-other-layer"),
    ("X @ self.W_h", "self.W_h @ X", "Net.forward", "forward-product-order"),
    ("np.argmax(self.forward(X), axis=-1)", "np.argmax(X, axis=-1)", "Net.predict",
     "predict-not-argmax"),
    ("np.mean(self.predict(X) == y)", "np.mean(self.predict(X) - y)", "Net.accuracy",
     "accuracy-wrong"),
    ("self.predict(X) == y", "self.forward(X) == y", "Net.accuracy", "accuracy-wrong"),
    ("(y_pred - one_hot(self.n_out, y))", "-one_hot(self.n_out, y) / y_pred", "Net.grad_loss",
     "grad-output-no-derivative"),
    ("(y_pred - one_hot(self.n_out, y))", "np.abs(y_pred - one_hot(self.n_out, y))",
     "Net.grad_loss", "grad-output-sign"),
    (STEP, 'self.W_h = learning_rate * grads["W_h"]', "Net.train", "train-step-alone"),
    (STEP, 'self.W_h -= grads["W_h"] / learning_rate', "Net.train", "train-learning-rate"),
    ('"b_o": e.sum(0)}', '"b_o", e.sum(0)}', "Net.grad_loss", "does-not-parse"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "name", "fault"), SLIPS)
def test_a_slip_is_named(old: str, new: str, name: str, fault: str, tmp_path: Path) -> None:
    accused = wrong(tmp_path, (old, new))
    assert fault in accused.pop(name)
    assert not accused  # least of all what is right beside it


def test_a_softmax_that_fails_on_one_sample_divides_by_the_sum_all_the_same(
    tmp_path: Path,
) -> None:
    accused = wrong(tmp_path, ("e.sum(axis=-1, keepdims=True)", "e.sum(axis=1, keepdims=True)"))
    assert accused["softmax"] == ("softmax-one-sample-fails",)


@pytest.mark.parametrize("divided", [" / len(X)", ""])
def test_of_an_unknown_loss_neither_a_sum_nor_a_mean_is_held_against_the_gradient(
    divided: str, tmp_path: Path
) -> None:
    changes = (OF_BATCH, "-np.mean(np.log((t + 1) / (y + 1)))"), (" / len(X)", divided)
    assert wrong(tmp_path, *changes) == {"nll": ("loss-not-nll",)}


def test_another_activation_under_the_name_of_sigmoid_is_said_to_be_that(tmp_path: Path) -> None:
    changed = ("1 / (1 + np.exp(-np.clip(z, -500, 500)))", "np.maximum(z, 0)")
    first = next(f for f in found(tmp_path, changed) if f.name == "sigmoid")
    assert (first.passed, first.reason) == (None, "this is relu, under another name")


def test_an_argument_that_a_function_of_the_file_lacks_is_no_matter_of_a_library(
    tmp_path: Path,
) -> None:
    accused = wrong(tmp_path, ("return softmax(z)", "return softmax(z, where=0)"))
    assert accused["Net.forward"] == ()
