"""What meets the probabilities of a softmax adds up to 1, or tells nothing of its error."""

from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import assert_told_apart, judged_file, source_of

COLUMNS = """\
import numpy as np
import pandas as pd

def squashed(v):
    return 1 / (1 + np.exp(-v))

frame = pd.read_csv("letters.csv")
wanted, strokes = frame.iloc[:, :6].values, frame.iloc[:, 6:].values
A = 0.2 * np.random.randn(strokes.shape[1], 9)
B = 0.2 * np.random.randn(9, 6)
for turn in range(5):
    for one, t in zip(strokes, wanted):
        inner = squashed(one @ A)
        powers = np.exp(inner @ B)
        p = powers / powers.sum()
        down = t - p
        back = inner * (1 - inner) * (B @ down)
        B += 0.1 * np.outer(inner, down)
        A += 0.1 * np.outer(one, back)
"""

WRITTEN = """\
import numpy as np

X = np.random.randn(30, 5)
kinds = np.arange(30) % 4
T = np.eye(4)[kinds]
A, B = 0.3 * np.random.randn(5, 7), 0.3 * np.random.randn(7, 4)
for turn in range(50):
    h = np.tanh(X @ A)
    p = np.exp(h @ B)
    p /= p.sum(axis=1, keepdims=True)
    d = (p - T) / 30
    back = (d @ B.T) * (1 - h ** 2)
    B -= 0.2 * h.T @ d
    A -= 0.2 * X.T @ back
"""


def test_targets_in_columns_of_a_table_are_one_hot_where_a_softmax_meets_them(
    tmp_path: Path,
) -> None:
    assert_told_apart(tmp_path, COLUMNS, "inner * (1 - inner) * (B @ down)", "B @ down")


def test_a_one_hot_target_that_is_multiplied_is_told_as_that(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, WRITTEN, "(p - T) / 30", "(p - 2 * T) / 30")
    (mistake,) = judged_file(tmp_path / "training.py").mistakes
    assert mistake.fault == ""
    assert "2 times" in mistake.sentence


@pytest.mark.parametrize("targets", ["0.98 * np.eye(4)[kinds] + 0.01", "np.random.rand(30, 4)"])
def test_nothing_is_accused_where_targets_are_no_distribution(
    tmp_path: Path, targets: str
) -> None:
    source = source_of(tmp_path, WRITTEN.replace("np.eye(4)[kinds]", targets))
    with pytest.raises(NotJudgedError, match="add up to"):
        judged_file(source.path)


ONE_BY_ONE = """\
import numpy as np
from reader import load

X, T = load()
W = np.random.randn(3, 4)
for turn in range(5):
    for x, t in zip(X, T):
        z = W @ x
        p = np.exp(z) / np.exp(z).sum()
        print(-np.sum(t * np.log(p)))
        W -= 0.1 * np.outer(p - t, x)
"""

BATCHES = """\
import h5py
import numpy as np

store = h5py.File("letters.h5")
X, T = store["x"][:], store["y"][:]
W = np.random.randn(X.shape[1], T.shape[1]) * 0.1
for turn in range(100):
    powers = np.exp(X @ W)
    p = powers / powers.sum(axis=1, keepdims=True)
    print(-np.mean(np.sum(T * np.log(p), axis=1)))
    W -= 0.1 * X.T @ (p - T) / len(X)
"""
READ = """\
X = np.loadtxt("inputs.csv", delimiter=",")
T = np.loadtxt("targets.csv", delimiter=",")
"""


@pytest.mark.parametrize(
    ("text", "error", "wrong"),
    [
        (ONE_BY_ONE, "p - t", "(p - t) * p * (1 - p)"),
        (ONE_BY_ONE.replace("        print(-np.sum(t * np.log(p)))\n", ""), "p - t",
         "(p - t) * p * (1 - p)"),
        (ONE_BY_ONE.replace("X, T = load()\n", READ).replace("(3, 4)", "(3, X.shape[1])"),
         "p - t", "t - p"),
        (BATCHES, "(p - T)", "(T - p)"),
    ],
)  # fmt: skip
def test_targets_that_are_made_up_are_a_distribution_where_a_softmax_meets_them(
    tmp_path: Path, text: str, error: str, wrong: str
) -> None:
    assert_told_apart(tmp_path, text, error, wrong)
