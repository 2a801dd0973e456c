"""Gradients that are made of comparisons, of which some numbers are wrong."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

HINGES = """\
import numpy as np
X, W = np.random.randn(40, 3), np.random.randn(3, 5)
labels = np.random.randint(0, 5, 40)
every = np.arange(40)
def look(W):
    s = X @ W
    over = np.maximum(0, s - s[every, labels].reshape(-1, 1) + 1)
    over[every, labels] = 0
    back = np.where(over > 0, 1.0, 0.0)
    back[every, labels] = -back.sum(axis=1)
    return over.sum() / 40 + 0.05 * np.sum(W ** 2), X.T @ back / 40 + 0.1 * W
for step in range(30):
    value, slope = look(W)
    W -= 0.1 * slope
    print(value)
"""
LARGEST = """\
    back = np.zeros(s.shape)
    worst = over.argmax(axis=1)
    back[every, worst] = 1
    back[every, labels] -= 1
"""


@pytest.mark.parametrize(("wrong", "line"), [
    ("= -1.0", 10), ("= -back.sum()", 10), ("= -1", 9),  # whole numbers are seen in the array
])  # fmt: skip
def test_what_is_written_into_a_gradient_of_comparisons(
    tmp_path: Path, wrong: str, line: int
) -> None:
    assert judged_file(source_of(tmp_path, HINGES).path).mistakes == ()
    text = HINGES.replace("= -back.sum(axis=1)", wrong)
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.code.line == line


def test_the_gradient_of_another_loss_is_not_accused(tmp_path: Path) -> None:
    begin, end = HINGES.index("    back = "), HINGES.index("    return")
    with contextlib.suppress(NotJudgedError):
        text = HINGES[:begin] + LARGEST + HINGES[end:]
        assert judged_file(source_of(tmp_path, text).path).mistakes == ()


# ---- a mask by itself ---------------------------------------------------------------------------

LAYERS = """\
import numpy as np
X, T = np.random.randn(30, 4), np.random.randn(30, 1)
class Linear:
    def __init__(self, n, m):
        self.W, self.b = np.random.randn(n, m), np.zeros(m)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T
    def step(self):
        self.W -= 0.01 * self.dW
        self.b -= 0.01 * self.db
class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)
    def backward(self, g):
        BACK
    def step(self):
        pass
layers = [Linear(4, 6), Relu(), Linear(6, 5), Relu(), Linear(5, 1)]
for epoch in range(9):
    h = X
    for layer in layers:
        h = layer.forward(h)
    loss = np.mean((h - T) ** 2)
    g = 2 * (h - T) / len(X)
    for layer in reversed(layers):
        g = layer.backward(g)
    for layer in layers:
        layer.step()
"""


@pytest.mark.parametrize(
    "back",
    [
        "g = g.copy(); g[self.x > 0] = 1; g[self.x <= 0] = 0; return g",
        "return (self.x > 0).astype(float)",
        "return np.where(self.x > 0, 1.0, 0.0)",
    ],
)
def test_a_mask_that_drops_what_comes_in_is_told(tmp_path: Path, back: str) -> None:
    (mistake,) = judged_file(source_of(tmp_path, LAYERS.replace("BACK", back)).path).mistakes
    assert mistake.code.line in (10, 20)
    assert "a mask by itself" in mistake.sentence


@pytest.mark.parametrize(
    "back",
    [
        "g = g.copy(); g[self.x <= 0] = 0; return g",
        "return (self.x > 0).astype(float) * g",
        "return np.where(self.x > 0, g, 0.0)",
    ],
)
def test_a_mask_of_what_comes_in_is_right(tmp_path: Path, back: str) -> None:
    assert not judged_file(source_of(tmp_path, LAYERS.replace("BACK", back)).path).mistakes


ZEROS = """\
import numpy as np
X, T = np.random.randn(9, 4), np.random.randn(9, 3)
U, a, V, c = np.random.randn(4, 5), np.zeros(5), np.random.randn(5, 3), np.zeros(3)
middle, before, S = np.zeros(4), np.zeros((9, 5)), np.random.randn(5, 5)
for step in range(9):
    x = X - middle
    h = np.tanh(x @ U + before @ S + a)
    loss = np.sum((h @ V + c - T) ** 2) / 2
    dc, e = np.zeros(3), h @ V + c - T
    dc += ERROR
    k = e @ V.T * (1 - h * h)
    for p, g in zip([U, S, a, V, c], [x.T @ k, before.T @ k, k.sum(axis=0), h.T @ e, dc]):
        p -= 0.02 * np.clip(g, -99, 99)
    before = h
    middle MOVES
"""


def test_a_gradient_that_stays_zero_is_told(tmp_path: Path) -> None:
    text = ZEROS.replace("ERROR", "dc").replace("middle MOVES", "pass")
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.code.line in (9, 10)


@pytest.mark.parametrize("moves", ["+= 0.0", "+= 0.1 * (X.mean(axis=0) - middle)"])
def test_what_is_no_parameter_may_change_by_itself(tmp_path: Path, moves: str) -> None:
    text = ZEROS.replace("ERROR", "e.sum(axis=0)").replace("MOVES", moves)
    with contextlib.suppress(NotJudgedError):
        assert not judged_file(source_of(tmp_path, text).path).mistakes
