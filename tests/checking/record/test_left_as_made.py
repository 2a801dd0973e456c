"""Weights that never change: told where their gradient is computed, and said where it is not."""

from pathlib import Path

import pytest

from chainrule.checking.record._unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

NETWORK = """\
import numpy as np
X, T = np.random.randn(12, 4), np.random.randn(12, 2)
V = np.random.randn(4, 5) * 0.5
c = np.zeros(5)
W = np.random.randn(5, 2) * 0.5
b = np.zeros(2)
for i in range(9):
    h = np.tanh(X @ V + c)
    d = (h @ W + b - T) / len(X)
    e = d @ W.T * (1 - h ** 2)
    back = e @ V.T
    dV, dW = X.T @ e, h.T @ d
    W -= 0.1 * dW
    b -= 0.1 * d.sum(axis=0)
    V -= 0.1 * dV
    c -= 0.1 * e.sum(axis=0)
"""
IN_TWO_PARTS = """\
for i in range(99):
    h = np.tanh(X @ V + c)
    d = (h @ W + b - T) / len(X)
    V -= 0.1 * X.T @ (d @ W.T * (1 - h ** 2))
    W -= 0.1 * h.T @ d
"""


@pytest.mark.parametrize("change", ["    V -= 0.1 * dV\n", "    W -= 0.1 * dW\n"])
def test_weights_are_told_whose_gradient_comes_to_nothing(tmp_path: Path, change: str) -> None:
    (mistake,) = judged_file(source_of(tmp_path, NETWORK.replace(change, "")).path).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-missing-parameter", 12)


def test_the_gradient_by_the_samples_is_no_weights(tmp_path: Path) -> None:
    verdict = judged_file(source_of(tmp_path, NETWORK).path)
    assert (verdict.mistakes, verdict.as_made) == ((), ())


def test_drawn_weights_that_are_meant_to_stay_are_said(tmp_path: Path) -> None:
    text = NETWORK.replace("    V -= 0.1 * dV\n", "").replace("dV, dW = X.T @ e, ", "dW = ")
    verdict = judged_file(source_of(tmp_path, text).path)
    assert not verdict.mistakes
    assert [code.line for code in verdict.as_made] == [3]


def test_weights_that_are_trained_later_are_not_accused(tmp_path: Path) -> None:
    text = NETWORK.replace("range(9)", "range(99)").replace("    V -= 0.1 * dV\n", "")
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, text + IN_TWO_PARTS).path)
