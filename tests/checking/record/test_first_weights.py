"""A forward pass that goes on with the weights of before the first step."""

from pathlib import Path

import pytest

from recorded_runs import judged

TRAINING = """\
import numpy as np
X = np.random.randn(12, 4)
T = np.random.randn(12, 2)
A, B = 0.5 * np.random.randn(4, 3), 0.5 * np.random.randn(3, 2)
params = [A, B]
BEFORE
for turn in range(30):
    FORWARD
    d = (y - T) / len(X)
    slopes = [X.T @ (d @ B.T * (1 - h * h)), h.T @ d]
    STEP
"""
FORWARD = "h = np.tanh(X @ A); y = h @ B"
LISTED = "params = [p - 0.1 * s for p, s in zip(params, slopes)]"
IN_PLACE = "A -= 0.1 * slopes[0]; B -= 0.1 * slopes[1]"


def _text(before: str, forward: str, step: str) -> str:
    return TRAINING.replace("BEFORE", before).replace("FORWARD", forward).replace("STEP", step)


@pytest.mark.parametrize(
    ("text", "line"),
    [(_text("pass", FORWARD, LISTED), 8), (_text(FORWARD, "pass", IN_PLACE), 6)],
    ids=["other-names", "before-the-loop"],
)
def test_new_weights_that_nothing_reads_are_told(tmp_path: Path, text: str, line: int) -> None:
    assert [mistake.code.line for mistake in judged(tmp_path, text).mistakes] == [line]


MANY = """\
import numpy as np
X = np.random.randn(12, 4)
T = np.random.randn(12, 2)
A = 0.5 * np.random.randn(4, 2)
for turn in range(30):
    slopes = [np.outer(x, x @ A - t) for x, t in zip(X, T)]
    for slope in slopes:
        A -= 0.01 * slope
"""


@pytest.mark.parametrize(
    "text",
    [
        _text("pass", FORWARD, IN_PLACE),
        _text("pass", FORWARD, f"{LISTED}; A, B = params"),
        MANY,
        _text("pass", FORWARD, f"{IN_PLACE}; A -= 0.01 * A; B -= 0.01 * B"),
    ],
    ids=["in-place", "named-again", "one-after-the-other", "in-two-steps"],
)
def test_what_reads_them_is_right(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()
