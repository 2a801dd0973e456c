"""A step that takes the gradient of the last of several samples, and nothing of the others."""

from pathlib import Path

import pytest

from recorded_runs import judged

TRAINING = """\
import numpy as np
X = np.random.randn(24, 4)
T = np.eye(3)[np.arange(24) % 3]
A, B = 0.4 * np.random.randn(4, 5), 0.4 * np.random.randn(5, 3)

def gradients(x, t):
    h = np.tanh(x @ A)
    d = h @ B - t
    return x.T @ (d @ B.T * (1 - h**2)), h.T @ d

for turn in range(20):
    BEFORE
    for i in range(0, 24, 8):
        a, b = gradients(X[i : i + 8], T[i : i + 8])
        EACH
        STEP
    AFTER
"""
UPDATE = "A, B = A - 0.01 * a, B - 0.01 * b"


def _text(
    step: str = "pass", after: str = "pass", each: str = "pass", before: str = "pass"
) -> str:
    text = TRAINING.replace("STEP", step).replace("AFTER", after)
    return text.replace("EACH", each).replace("BEFORE", before)


def test_gradients_that_each_next_one_replaces_are_told(tmp_path: Path) -> None:
    (mistake,) = judged(tmp_path, _text(after=UPDATE)).mistakes
    assert mistake.fault == "grad-not-added-up"
    assert "computed 3 times" in mistake.sentence


def test_so_are_those_that_are_handed_on_by_another_name(tmp_path: Path) -> None:
    step = "A, B = A - 0.01 * sum_a, B - 0.01 * sum_b"
    text = _text(before="sum_a, sum_b = 0 * A, 0 * B", each="sum_a, sum_b = a, b", after=step)
    (mistake,) = judged(tmp_path, text).mistakes
    assert mistake.fault == "grad-not-added-up"


def test_so_are_those_of_velocities(tmp_path: Path) -> None:
    after = "v, w = 0.9 * v - 0.01 * a, 0.9 * w - 0.01 * b; A, B = A + v, B + w"
    text = _text(after=after).replace("for turn", "v, w = 0 * A, 0 * B\nfor turn")
    (mistake,) = judged(tmp_path, text).mistakes
    assert mistake.fault == "grad-not-added-up"


@pytest.mark.parametrize(
    "text",
    [
        _text(step=UPDATE),
        _text(
            before="sum_a, sum_b = 0 * A, 0 * B",
            each="sum_a, sum_b = sum_a + a, sum_b + b",
            after="A, B = A - 0.01 * sum_a, B - 0.01 * sum_b",
        ),
        _text(
            before="every = []", each="every.append((a, b))",
            after="A, B = (p - 0.01 * sum(g) for p, g in zip((A, B), zip(*every)))",
        ),
        # looked at once, before the training; or in some epochs
        _text(step=UPDATE).replace(
            "for turn", "print(*[gradients(X[i:], T[i:])[0].std() for i in (0, 8)])\nfor turn"
        ),
        _text(
            before="if turn == 0: print([gradients(X[i:], T[i:])[0].std() for i in (0, 8)])",
            step=UPDATE,
        ),
        # the same gradient twice is no other
        _text(after=UPDATE).replace("X[i : i + 8], T[i : i + 8]", "X, T"),
    ],
    ids=["each", "added", "listed", "looked-at", "at-times", "the-same"],
)  # fmt: skip
def test_what_goes_into_steps_is_right(tmp_path: Path, text: str) -> None:
    one = judged(tmp_path, text)
    assert one.judgement.right
    assert not one.mistakes
