"""Gradients that are clipped, number by number or in length: what is judged is the gradient."""

from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged

NETWORK = """\
import numpy as np
rng = np.random.default_rng(0)
X, T = rng.standard_normal((20, 5)), np.eye(3)[rng.integers(0, 3, 20)]
W, b = rng.standard_normal((5, 6)), np.zeros((1, 6))
V, c = rng.standard_normal((6, 3)), np.zeros((1, 3))
for epoch in range(6):
    h = np.tanh(X @ W + b)
    e = np.exp(h @ V + c)
    y = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.sum(T * np.log(y), axis=1))
    d = (y - T) / len(X)
    back = (d @ V.T) * (1 - h**2)
    dW, db = X.T @ back, back.sum(axis=0, keepdims=True)
    dV, dc = h.T @ d, d.sum(axis=0, keepdims=True)
"""
EACH = "    for p, g in ((W, dW), (b, db), (V, dV), (c, dc)):\n"
TOTAL = "    total = np.sqrt(sum(np.sum(g**2) for g in (dW, db, dV, dc)))\n"
NUMBERS = {
    "clip": "        p -= 0.1 * np.clip(g, -0.01, 0.02)\n",
    "in place": "        np.clip(g, -0.02, 0.02, out=g)\n        p -= 0.1 * g\n",
    "maximum of minimum": "        p -= 0.1 * np.maximum(np.minimum(g, 0.02), -0.02)\n",
    "sizes beside signs": "        p -= 0.1 * np.sign(g) * np.minimum(np.abs(g), 0.02)\n",
    "signs": "        p -= 0.01 * np.sign(g)\n",
    "a penalty beside it": "        p -= 0.1 * (np.clip(g, -0.02, 0.02) + 0.01 * p)\n",
    "a penalty in it": "        p -= 0.1 * np.clip(g + 0.01 * p, -0.02, 0.02)\n",
}
LENGTHS = {
    "a norm each": "        n = np.linalg.norm(g)\n        if n > 0.001:\n"
    "            g = g * 0.001 / n\n        p -= 0.1 * g\n",
    "of matrices alone": "        n = np.linalg.norm(g)\n        if len(g) > 1:\n"
    "            g = g / n * 0.5\n        p -= 0.1 * g\n",
    "at most": "        p -= 0.1 * g * min(1, 0.001 / (np.sqrt(np.sum(g * g)) + 1e-9))\n",
}
STYLES = {name: EACH + step for name, step in {**NUMBERS, **LENGTHS}.items()} | {
    "one norm of all": TOTAL + EACH + "        p -= 0.1 * g * 0.01 / total\n"
}
MISTAKES = {
    "grad-hidden-no-derivative": (" * (1 - h**2)", " * 1", 12),
    "grad-other-activation": ("(1 - h**2)", "(1 - h)", 12),
    "grad-inputs-swapped": ("X.T @ back", "h[:, :5].T @ back", 13),
}


@pytest.mark.parametrize("step", STYLES.values(), ids=STYLES.keys())
def test_a_clipped_gradient_is_right_if_it_was(tmp_path: Path, step: str) -> None:
    verdict = judged(tmp_path, NETWORK + step)
    assert (verdict.mistakes, verdict.clipped, verdict.partly) == ((), True, False)


@pytest.mark.parametrize("style", ["clip", "sizes beside signs", "a norm each", "a penalty in it"])
@pytest.mark.parametrize("fault", MISTAKES)
def test_mistakes_before_it_are_told_at_their_line(tmp_path: Path, style: str, fault: str) -> None:
    right, wrong, line = MISTAKES[fault]
    found = judged(tmp_path, NETWORK.replace(right, wrong) + STYLES[style]).mistakes
    assert [mistake.code.line for mistake in found] == [line]


def test_the_scale_before_numbers_are_clipped_is_judged(tmp_path: Path) -> None:
    text = NETWORK.replace("db = X.T @ back, back.sum", "db = X.T @ back, back.mean")
    found = judged(tmp_path, text + STYLES["clip"]).mistakes
    assert [(m.fault, m.code.line) for m in found] == [("grad-batch-scale", 13)]


def test_a_step_up_along_a_clipped_gradient_is_told(tmp_path: Path) -> None:
    for style in ("clip", "a norm each"):
        text = NETWORK + STYLES[style].replace("p -= ", "p += ")
        assert [m.fault for m in judged(tmp_path, text).mistakes] == ["train-sign"]


def test_errors_that_are_clipped_are_right_if_they_were(tmp_path: Path) -> None:
    step = EACH + "        p -= 0.1 * g\n"
    of_output = NETWORK.replace("    back =", "    d = np.clip(d, -0.01, 0.01)\n    back =") + step
    of_hidden = NETWORK.replace("    back =", "    r = np.clip(d @ V.T, -0.02, 0.02)\n    back =")
    of_hidden = of_hidden.replace("(d @ V.T) *", "r *") + step
    for text, line in ((of_output, 13), (of_hidden, 12)):  # where the slope may be missing first
        verdict = judged(tmp_path, text)
        assert (verdict.mistakes, verdict.clipped) == ((), True)
        without = judged(tmp_path, text.replace(" * (1 - h**2)", " * 1"))
        assert [mistake.code.line for mistake in without.mistakes] == [line]


BOUNDED = """\
import numpy as np
X, t = np.random.randn(20, 3), 3 * np.random.randn(20, 1)
w, b = np.random.randn(3, 1), np.random.randn(1, 1)
for epoch in range(6):
    r = X @ w + b - t
    small = np.abs(r) <= 1
    loss = np.sum(np.where(small, 0.5 * r**2, np.abs(r) - 0.5))
    d = np.clip(r, -1, 1)
    w -= 0.01 * X.T @ d
    b -= 0.01 * d.sum(axis=0, keepdims=True)
"""


def test_the_derivative_of_a_loss_with_bounds_is_no_clip(tmp_path: Path) -> None:
    verdict = judged(tmp_path, BOUNDED)
    assert (verdict.mistakes, verdict.clipped) == ((), False)


NO_CLIPS = {
    "half of the numbers are lost": EACH + "        p -= 0.1 * np.maximum(g, 0)\n",
    "what is small is lost": EACH + "        p -= 0.1 * np.floor(100 * g) / 100\n",
    "large numbers are made larger": EACH + "        p -= 0.1 * g * np.abs(g)\n",
}


@pytest.mark.parametrize("step", NO_CLIPS.values(), ids=NO_CLIPS.keys())
def test_what_is_no_clip_is_not_taken_for_one(tmp_path: Path, step: str) -> None:
    assert is_not_right(tmp_path, NETWORK + step)


def test_errors_of_one_sign_that_are_lost_are_no_clip(tmp_path: Path) -> None:
    text = NETWORK.replace("    back =", "    d = np.maximum(d, 0)\n    back =")
    assert is_not_right(tmp_path, text + EACH + "        p -= 0.1 * g\n")


def is_not_right(folder: Path, text: str) -> bool:
    try:
        return bool(judged(folder, text).mistakes)
    except NotJudgedError:
        return True


CUT_OFF = (
    NETWORK.replace("np.tanh(X @ W + b)", "np.clip(X @ W + b, -1, 1)").replace(
        "(1 - h**2)", "(np.abs(h) < 1)"
    )
    + EACH
    + "        p -= 0.1 * g\n"
)


def test_what_is_clipped_on_the_way_forward_is_part_of_the_network(tmp_path: Path) -> None:
    verdict = judged(tmp_path, CUT_OFF)
    assert (verdict.mistakes, verdict.clipped) == ((), False)
    without = judged(tmp_path, CUT_OFF.replace(" * (np.abs(h) < 1)", ""))
    assert [mistake.code.line for mistake in without.mistakes] == [12]


VELOCITIES = """\
import math
import numpy as np
rng = np.random.default_rng(2)
X = rng.standard_normal((20, 3))
Y = X[:, :1] * X[:, 1:2]
P = [rng.standard_normal((3, 6)), np.zeros(6), rng.standard_normal((6, 1)), np.zeros(1)]
V = [np.zeros_like(p) for p in P]
for step in range(40):
    h = np.tanh(X @ P[0] + P[1])
    d = (h @ P[2] + P[3] - Y) / 20
    loss = float(np.sum(d * d)) * 10
    e = (d @ P[2].T) * (1 - h**2)
    G = [X.T @ e, e.sum(axis=0), h.T @ d, d.sum(axis=0)]
    length = math.sqrt(sum(float((g * g).sum()) for g in G))
    for p, g, v in zip(P, G, V):
        v *= 0.8
        v += g * min(1.0, 0.01 / (length + 1e-6))
        p -= 0.1 * v
"""


def test_a_common_length_clips_what_velocities_are_made_of(tmp_path: Path) -> None:
    """The gradient of a single bias is of the size of that length, and divided by no root."""
    assert not judged(tmp_path, VELOCITIES).mistakes
    wrong = judged(tmp_path, VELOCITIES.replace("(1 - h**2)", "(1 - h)"))
    assert [mistake.code.line for mistake in wrong.mistakes] == [12]
