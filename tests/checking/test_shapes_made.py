"""Parameters that the constructor makes with a shape that does not fit the forward pass."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from learner_files import module

NET = """
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        draw = np.random.default_rng(0).normal
        self.W_h = draw(size=(n_in, n_hidden))
        self.W_h2 = draw(size=(n_in, n_hidden))
        self.W_o = draw(size=(n_hidden, n_out))
        self.b_h, self.b_h2, self.b_o = np.zeros(n_hidden), np.zeros(n_hidden), np.zeros(n_out)
    def forward(self, X):
        h = sigmoid(X @ self.W_h + self.b_h)
        h = sigmoid(h @ self.W_h2 + self.b_h2)
        return softmax(h @ self.W_o + self.b_o)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        p = self.forward(X)
        return -np.sum(np.log(p[np.arange(len(p)), y]))
"""


def forward(folder: Path, *changes: tuple[str, str]) -> Finding:
    code = NET
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return next(f for f in judge(module(folder, code)) if f.name == "Net.forward")


def test_a_second_layer_for_inputs_is_told_where_one_number_is_the_size_of_both(
    tmp_path: Path,
) -> None:
    finding = forward(tmp_path)
    assert finding.faults == ("wrong-shape",)
    assert "(n_in, n_hidden), where (n_hidden, n_hidden) belongs" in finding.message(3)


def test_what_else_is_wrong_with_the_forward_pass_is_told_beside_it(tmp_path: Path) -> None:
    finding = forward(tmp_path, ("softmax(h @ self.W_o + self.b_o)", "h @ self.W_o + self.b_o"))
    assert finding.faults == ("forward-logits", "wrong-shape")


@pytest.mark.parametrize(
    "change",
    [
        ("self.W_h2 = draw(size=(n_in, n_hidden))", "self.W_h2 = draw(size=(n_hidden, n_hidden))"),
        ("        h = sigmoid(h @ self.W_h2 + self.b_h2)\n", ""),
        ("sigmoid(h @ self.W_h2 + self.b_h2)", "h + sigmoid(X @ self.W_h2 + self.b_h2)"),
    ],
)
def test_a_matrix_that_fits_or_is_not_used_is_no_mistake(
    change: tuple[str, str], tmp_path: Path
) -> None:
    assert "wrong-shape" not in forward(tmp_path, change).faults


def test_where_other_shapes_do_not_suffice_the_first_line_that_fails_is_told(
    tmp_path: Path,
) -> None:
    finding = forward(tmp_path, ("softmax(h @ self.W_o + self.b_o)",
                                 "softmax((h @ self.W_o + self.b_o) @ self.W_o)"))  # fmt: skip
    assert (finding.passed, finding.faults) == (False, ("wrong-shape",))
    assert finding.problem is not None
    assert "self.W_h2" in finding.problem.source
