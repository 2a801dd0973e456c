"""Gradients that are made of comparisons, of which some numbers are wrong."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._unjudged import NotJudgedError
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
