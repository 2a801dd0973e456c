"""What a gradient does not tell: weights left as they were made, shared rows, another loss."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
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
    e = d @ W.T * (1 - h ** 2)
    V -= 0.1 * X.T @ e
    W -= 0.1 * h.T @ d
    c -= 0.1 * e.sum(axis=0)
    b -= 0.1 * d.sum(axis=0)
"""


@pytest.mark.parametrize("change", ["    V -= 0.1 * dV\n", "    W -= 0.1 * dW\n"])
def test_weights_are_told_whose_gradient_comes_to_nothing(tmp_path: Path, change: str) -> None:
    (mistake,) = judged_file(source_of(tmp_path, NETWORK.replace(change, "")).path).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-missing-parameter", 12)


def test_weights_are_told_whose_error_is_used_for_nothing(tmp_path: Path) -> None:
    text = NETWORK.replace("    V -= 0.1 * dV\n    c -= 0.1 * e.sum(axis=0)\n", "")
    text = text.replace("dV, dW = X.T @ e, ", "dW = ").replace("    back = e @ V.T\n", "")
    text = text.replace("np.zeros(5)", "0.0")
    assert "dW = h.T @ d" in text
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-missing-parameter", 10)


SQUARE = """\
import numpy as np
X, t = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]), np.array([[0], [1], [1], [0]])
A, B = np.random.random((3, 4)) * 2 - 1, np.random.random((4, 1)) * 2 - 1
for turn in range(2000):
    h = np.tanh(X @ A)
    d = h @ B - t
    BACK
    B -= 0.1 * h.T @ d
"""


@pytest.mark.parametrize(
    ("back", "lines"), [("e = d @ B.T * (1 - h ** 2)", [7]), ("print(np.sum(d ** 2))", [])]
)
def test_weights_of_written_samples_are_known_in_any_sizes(
    tmp_path: Path, back: str, lines: list[int]
) -> None:
    verdict = judged_file(source_of(tmp_path, SQUARE.replace("BACK", back)).path)
    assert [mistake.code.line for mistake in verdict.mistakes] == lines
    assert bool(verdict.as_made) is not bool(lines)


def test_drawn_and_scaled_biases_that_stay_are_told(tmp_path: Path) -> None:
    text = NETWORK.replace("c = np.zeros(5)", "c = 0.1 * np.random.randn(5)")
    assert not judged_file(source_of(tmp_path, text).path).mistakes
    text = text.replace("    c -= 0.1 * e.sum(axis=0)\n", "")
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.fault == "train-missing-parameter"


def test_a_mask_of_large_numbers_is_no_bias(tmp_path: Path) -> None:
    text = """\
import numpy as np
X, T = np.random.randn(12, 4), np.random.randn(12, 3)
CAUSAL = np.triu(np.full((3, 3), -1e9), 1)
V = np.random.randn(4, 3) * 0.5
for i in range(9):
    s = (X @ V)[:, None, :] + CAUSAL
    p = np.exp(s - s.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    h = p.sum(axis=1)
    loss = np.sum((h - T) ** 2) / 2
    d = np.repeat((h - T)[:, None, :], 3, axis=1)
    ds = p * (d - (d * p).sum(axis=2, keepdims=True))
    V -= 0.1 * X.T @ ds.sum(axis=1)
"""
    assert not judged_file(source_of(tmp_path, text).path).mistakes


def test_a_bias_that_nothing_is_added_to_is_not_right(tmp_path: Path) -> None:
    text = """\
import numpy as np
X = np.arange(1, 8).reshape(-1, 1)
T = 2 * X + 1
W, b = np.random.randn(1, 1), np.zeros((1, 1))
v, u = np.zeros((1, 1)), np.zeros((1, 1))
for i in range(99):
    d = 2 * (X @ W + b - T) / len(X)
    v = 0.5 * v - 0.01 * X.T @ d
    u = 0.5 * u - 0.01 * d.sum(axis=0)
    W += v
    b += u
"""
    assert not judged_file(source_of(tmp_path, text).path).mistakes
    with contextlib.suppress(NotJudgedError):
        source = source_of(tmp_path, text.replace("u = 0.5", "u - 0.5"))
        assert judged_file(source.path).mistakes


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
    with contextlib.suppress(NotJudgedError):
        assert not judged_file(source_of(tmp_path, text + IN_TWO_PARTS).path).mistakes


LISTS = """\
import math, random
inputs, targets = [[0.0, 1.0], [1.0, 0.5], [0.3, 0.8]], [1.0, 0.0, 1.0]
hidden = [[0.0 for j in range(3)] for i in range(2)]
for i in range(2):
    for j in range(3):
        hidden[i][j] = random.uniform(-1, 1)
out = [random.uniform(-1, 1) for j in range(3)]
for step in range(40):
    for x, t in zip(inputs, targets):
        h = [math.tanh(sum(x[i] * hidden[i][j] for i in range(2))) for j in range(3)]
        d = sum(h[j] * out[j] for j in range(3)) - t
        e = [d * out[j] * (1 - h[j] ** 2) for j in range(3)]
        for j in range(3):
            out[j] -= 0.1 * d * h[j]
            for i in range(2):
                hidden[i][j] -= 0.1 * e[j] * x[i]
"""


def test_rows_that_are_one_list_are_told_where_they_are_made(tmp_path: Path) -> None:
    text = LISTS.replace("[[0.0 for j in range(3)] for i in range(2)]", "[[0.0] * 3] * 2")
    (mistake,) = judged_file(source_of(tmp_path, text).path).mistakes
    assert mistake.code.line == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[0.0 for j in range(3)]", "[0.0] * 3"),  # each row a list of its own
        ("for step", "unused = [[0.0] * 3] * 2\nfor step"),  # nothing is written into it
    ],
)
def test_rows_of_their_own_pass(tmp_path: Path, old: str, new: str) -> None:
    assert not judged_file(source_of(tmp_path, LISTS.replace(old, new)).path).mistakes


LOSS = "loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))"
BEFORE_THE_SIGMOID = f"""\
import numpy as np
X = np.random.randn(20, 3)
t = (X.sum(axis=1) > 0).astype(float)
w = np.random.randn(3)
for i in range(20):
    z = X @ w
    p = 1 / (1 + np.exp(-z))
    {LOSS}
    w -= 0.1 * X.T @ (z - t) / len(X)
"""


def test_an_error_before_the_sigmoid_is_not_that_of_a_loss_after_it(tmp_path: Path) -> None:
    (mistake,) = judged_file(source_of(tmp_path, BEFORE_THE_SIGMOID).path).mistakes
    assert mistake.code.line == 9


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(z - t)", "(p - t)"),
        (LOSS, "loss = np.mean((z - t) ** 2)"),
        (LOSS, "hits = np.mean((p > 0.5) == t)"),
    ],
)  # fmt: skip
def test_an_error_that_is_that_of_the_loss_passes(tmp_path: Path, old: str, new: str) -> None:
    assert old in BEFORE_THE_SIGMOID
    text = BEFORE_THE_SIGMOID.replace(old, new)
    assert not judged_file(source_of(tmp_path, text).path).mistakes
