"""What is written beside the error of an output may say which loss it is of."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

TRAINING = """\
import numpy as np
X = np.random.randn(12, 3)
t = (X[:, :1] > 0) * 1.0
V, w = 0.5 * np.random.randn(3, 4), 0.5 * np.random.randn(4, 1)
def gradients(x, t):
    h = np.tanh(x @ V)
    y = 1 / (1 + np.exp(-h @ w))
    BESIDE
    d = y - t
    return x.T @ (d @ w.T * (1 - h * h)), h.T @ d, np.sum((y - t) ** 2)
for turn in range(20):
    v, u, squares = gradients(X, t)
    V -= 0.1 * v
    w -= 0.1 * u
    print(squares)
"""


@pytest.mark.parametrize(
    "beside", ["# the derivative of the cross-entropy", "# Kreuzentropie:\n    # y - t", "pass"]
)
def test_what_is_meant_is_right_if_it_is_said(tmp_path: Path, beside: str) -> None:
    one = judged_file(source_of(tmp_path, TRAINING.replace("BESIDE", beside)).path)
    if beside == "pass":
        assert [mistake.fault for mistake in one.mistakes] == ["grad-output-mismatch"]
    else:
        assert one.mistakes == ()
        assert "squared error" in one.notes[-1]


def test_a_word_elsewhere_says_nothing_of_it(tmp_path: Path) -> None:
    text = "# no cross-entropy here\n" + TRAINING.replace("BESIDE", "pass")
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.fault == "grad-output-mismatch"


def test_another_mistake_is_told_all_the_same(tmp_path: Path) -> None:
    text = TRAINING.replace("BESIDE", "# cross-entropy").replace("(1 - h * h)", "(1 - h)")
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.code.line == 10
