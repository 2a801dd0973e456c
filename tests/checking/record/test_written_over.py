"""A layer's output that a second function writes over is no longer what the layer gives."""

from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged

TRAINING = """\
import numpy as np
X = np.random.randn(20, 6)
T = np.eye(4)[np.arange(20) % 4]
A, B = 0.4 * np.random.randn(6, 9), 0.4 * np.random.randn(9, 7)
C = 0.4 * np.random.randn(7, 4)

def cut(v):
    v[v < 0] = 0
    return v

def slope(v):
    v[v <= 0] = 0
    v[v > 0] = 1
    return v

def step(v):
    v[v <= 0] = 0
    v[v > 0] = 1
    return v

class Net:
    def forward(self, x):
        self.g = FIRST(x @ A)
        self.s = FIRST_SLOPE
        self.h = cut(self.g @ B)
        self.r = slope(self.h.copy())
        e = np.exp(self.h @ C)
        return e / e.sum(axis=1, keepdims=True)

    def train(self, x, t):
        global A, B, C
        c = self.forward(x) - t
        b = c @ C.T * self.r
        a = b @ B.T * self.s
        C = C - 0.01 * self.h.T @ c
        B = B - 0.01 * self.g.T @ b
        A = A - 0.01 * x.T @ a

net = Net()
for turn in range(20):
    net.train(X, T)
"""


def _text(first: str, slope: str) -> str:
    return TRAINING.replace("FIRST_SLOPE", slope).replace("FIRST", first)


def test_a_slope_that_is_written_into_the_output_is_told(tmp_path: Path) -> None:
    (mistake,) = judged(tmp_path, _text("cut", "slope(self.g)")).mistakes
    assert mistake.code.function == "slope"
    assert "in place" in mistake.sentence


def test_a_slope_of_a_copy_is_right(tmp_path: Path) -> None:
    assert not judged(tmp_path, _text("cut", "slope(self.g.copy())")).mistakes


def test_a_step_function_accuses_nobody_and_is_not_called_right(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError):
        judged(tmp_path, _text("step", "1.0"))
