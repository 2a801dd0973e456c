"""A part of an array that is taken where the one beside it belongs: another column is left out."""

from pathlib import Path

import pytest

from recorded_runs import judged

BATCH = """\
import numpy as np
X, T = np.random.randn(9, 4), np.random.randn(9, 3)
ones = np.ones((9, 1))
U, V = np.random.randn(5, 6), np.random.randn(7, 3)
for step in range(9):
    x = np.hstack([ones, X])
    z = x @ U
    h = np.hstack(SIDES)
    e = h @ V - T
    loss = np.mean((h @ V - T) ** 2)
    d = e / 9
    k = BACK * (1 - np.tanh(z) ** 2)
    U = U - 0.1 * x.T @ k
    V = V - 0.1 * h.T @ d
"""
FLAT = """\
import numpy as np
X, T = np.random.randn(4, 5), np.random.randn(4, 3)
theta = np.random.randn(5 * 6 + 3 * 7)
def cost(theta, X, T):
    U, V = theta[:30].reshape(6, 5), theta[30:].reshape(3, 7)
    z = X @ U.T
    h = np.concatenate([np.ones((len(X), 1)), np.tanh(z)], axis=1)
    e = h @ V.T - T
    k = BACK * (1 - np.tanh(z) ** 2)
    return np.sum(e ** 2), 2 * np.concatenate([(k.T @ X).ravel(), (e.T @ h).ravel()])
for step in range(9):
    loss, grad = cost(theta, X, T)
    theta = theta - 0.01 * grad
"""
SINGLE = """\
import numpy as np
X, T = np.random.randn(4, 5), np.random.randn(4, 3)
U, V = np.random.randn(6, 5), np.random.randn(3, 7)
for step in range(3):
    for x, t in zip(X, T):
        h = np.append(1, np.tanh(U @ x))
        e = V @ h - t
        loss = 0.5 * np.sum(e ** 2)
        back = V.T @ e * (1 - h * h)
        V = V - 0.1 * np.outer(e, h)
        U = U - 0.1 * np.outer(PART, x)
"""
FIRST, LAST = "[ones, np.tanh(z)]", "[np.tanh(z), ones]"


def _batch(sides: str, back: str) -> str:
    return BATCH.replace("SIDES", sides).replace("BACK", back)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (_batch(FIRST, "d @ V[:-1].T"), 12),
        (_batch(LAST, "d @ V[1:].T"), 12),
        (_batch(FIRST, "(d @ V.T)[:, :-1]"), 12),
        (FLAT.replace("BACK", "e @ V[:, :-1]"), 9),
        (SINGLE.replace("PART", "back[:-1]"), 11),
    ],
)
def test_the_wrong_column_that_is_left_out_is_told(tmp_path: Path, text: str, line: int) -> None:
    (mistake,) = judged(tmp_path, text).mistakes
    assert mistake.code.line == line
    assert "a part of an array is taken here" in mistake.sentence


@pytest.mark.parametrize(
    "text",
    [
        _batch(FIRST, "d @ V[1:].T"),
        _batch(LAST, "d @ V[:-1].T"),
        FLAT.replace("BACK", "e @ V[:, 1:]"),
        SINGLE.replace("PART", "back[1:]"),
    ],
)
def test_the_right_one_is_right(tmp_path: Path, text: str) -> None:
    assert not judged(tmp_path, text).mistakes
