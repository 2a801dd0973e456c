"""Hidden units that the constructor makes alike."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from learner_files import module

NET = """
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        draw = np.random.default_rng(0).normal
        self.W1, self.W2 = {}, {}
        self.b1, self.b2 = {}, np.zeros(n_out)
    def forward(self, X):
        h = 1 / (1 + np.exp(-(X @ self.W1 + self.b1)))
        e = np.exp(h @ self.W2 + self.b2)
        return e / e.sum(axis=-1, keepdims=True)
    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
    def loss(self, X, y):
        return -np.sum(np.log(self.forward(X)[np.arange(len(X)), y]))
"""
DRAWN_1, DRAWN_2 = "draw(size=(n_in, n_hidden))", "draw(size=(n_hidden, n_out))"
ZEROS = "np.zeros(n_hidden)"


@pytest.mark.parametrize(
    ("W1", "W2", "b1", "alike"),
    [
        ("np.zeros((n_in, n_hidden))", "np.zeros((n_hidden, n_out))", ZEROS, True),
        (
            "np.full((n_in, n_hidden), 0.1)",
            "np.ones((n_hidden, 1)) * draw(size=n_out)",
            ZEROS,
            True,
        ),
        ("draw(size=(n_in, 1)) * np.ones(n_hidden)", "np.ones((n_hidden, n_out))", ZEROS, True),
        (DRAWN_1, DRAWN_2, ZEROS, False),
        (DRAWN_1, "np.zeros((n_hidden, n_out))", ZEROS, False),
        ("np.zeros((n_in, n_hidden))", DRAWN_2, ZEROS, False),
        (
            "np.zeros((n_in, n_hidden))",
            "np.zeros((n_hidden, n_out))",
            "draw(size=n_hidden)",
            False,
        ),
    ],
)
def test_units_that_stay_copies_of_each_other_get_a_remark(
    W1: str, W2: str, b1: str, alike: bool, tmp_path: Path
) -> None:
    found = {f.name: f for f in judge(module(tmp_path, NET.format(W1, W2, b1)))}
    assert found["Net.forward"].passed
    assert ("units-alike" in found["Net.forward"].remarks) is alike
