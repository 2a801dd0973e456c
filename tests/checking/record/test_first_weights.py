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


SHOWN_AT_TIMES = """\
import numpy as np
X = np.random.randn(12, 4)
T = np.random.randn(12, 2)
A, B = 0.5 * np.random.randn(4, 3), 0.5 * np.random.randn(3, 2)
def predict(x):
    h = np.tanh(x @ A)
    return h, h @ B
def slopes():
    FORWARD
    d = y - T
    return X.T @ (d @ B.T * (1 - h * h)), h.T @ d
for turn in range(30):
    if turn % 10 == 0:
        print(np.sum((predict(X)[1] - T) ** 2))
    a, b = slopes()
    A -= 0.01 * a
    B -= 0.01 * b
"""
CARRIED = """\
import numpy as np
X = np.random.randn(30, 2)
T = np.random.randn(30, 2)
A, B = 0.5 * np.random.randn(2, 3), 0.5 * np.random.randn(3, 3)
C = 0.5 * np.random.randn(3, 2)
h = np.zeros(3)
for x, t in zip(X, T):
    before = h
    h = np.tanh(x @ A + before @ B)
    d = h @ C - t
    e = C @ d * (1 - h * h)
    C -= 0.01 * np.outer(h, d)
    A -= 0.01 * np.outer(x, e)
    B -= 0.01 * np.outer(before, e)
"""


@pytest.mark.parametrize(
    "text",
    [
        SHOWN_AT_TIMES.replace("FORWARD", "h, y = predict(X)"),
        SHOWN_AT_TIMES.replace("FORWARD", "h = np.tanh(X @ A); y = h @ B"),
        CARRIED,
        _text(
            "v = [0 * A, 0 * B]",
            FORWARD,
            "v = [0.9 * u + s for u, s in zip(v, slopes)]\n    A -= 0.01 * v[0]; B -= 0.01 * v[1]",
        ),
        _text("pass", FORWARD, IN_PLACE),
        _text("pass", FORWARD, f"{LISTED}; A, B = params"),
        MANY,
        _text("pass", FORWARD, f"{IN_PLACE}; A -= 0.01 * A; B -= 0.01 * B"),
    ],
    ids=[
        "shown-at-times",
        "shown-by-another",
        "carried",
        "momentum",
        "in-place",
        "named-again",
        "one-after-the-other",
        "in-two-steps",
    ],
)
def test_what_reads_them_is_right(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()
