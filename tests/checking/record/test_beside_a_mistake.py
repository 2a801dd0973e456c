"""Right code beside a mistake is not told with it, and the mistake where it stands."""

from pathlib import Path

import pytest

from recorded_runs import assert_told_apart, judged_file, source_of

LAYERS = """\
import numpy as np

def cut(v):
    return np.maximum(0, v)

def slope(v):
    return (v > 0).astype(float)

sizes = [5, 9, 7, 3]
W = [0.5 * np.random.randn(b, a) for a, b in zip(sizes, sizes[1:])]
X = np.random.randn(30, 5)
T = np.eye(3)[np.arange(30) % 3]
for epoch in range(5):
    for x, t in zip(X, T):
        z, a = [], [x]
        for w in W:
            z.append(w @ a[-1])
            a.append(cut(z[-1]))
        e = np.exp(z[-1])
        p = e / e.sum()
        d = p - t
        for i in (2, 1, 0):
            before = W[i].T @ d
            W[i] = W[i] - 0.05 * np.outer(d, a[i])
            if i:
                d = before * slope(z[i - 1])
"""

UNITS = """\
import numpy as np

def s(v):
    return 1 / (1 + np.exp(-v))

A, a = np.random.rand(1, 1) - 0.5, np.random.rand(1, 1)
B, b = np.random.rand(1, 1) - 0.5, np.random.rand(1, 1)
for turn in range(300):
    for given, wanted in ((0, 1), (1, 0)):
        x = np.array([[given]])
        h = s(A @ x + a)
        o = s(B @ h + b)
        e = wanted - o
        d = e * o * (1 - o)
        B += 0.4 * d @ h.T
        b += d
        k = (B.T @ e) * h * (1 - h)
        A += 0.4 * k @ x.T
        a += k
"""

PAIR = """\
import numpy as np

def s(v):
    return 1 / (1 + np.exp(-v))

X = np.random.randn(12, 3)
t = (X[:, :1] > 0) * 1.0
A, a = np.random.randn(3, 5), np.random.randn(1, 5)
B, b = np.random.randn(5, 1), np.random.randn(1, 1)
for turn in range(300):
    h = s(X @ A + a)
    o = s(h @ B + b)
    d = o - t
    k = d @ B.T * h * (1 - h)
    of_a, of_b = k.sum(0, keepdims=True), d.sum(0, keepdims=True)
    slopes = [X.T @ k, of_a, h.T @ d, of_b]
    for array, by in zip([A, a, B, b], slopes):
        array -= 0.1 * by
"""


def test_one_wrong_slope_of_several_layers_is_told_alone(tmp_path: Path) -> None:
    wrong = "(v >= 0) + 0.05 * (v < 0)"
    assert_told_apart(tmp_path, LAYERS, "(v > 0).astype(float)", wrong)


def test_rates_of_their_own_are_not_told_beside_a_wrong_gradient(tmp_path: Path) -> None:
    verdict = judged_file(source_of(tmp_path, UNITS).path)
    assert [mistake.code.line for mistake in verdict.mistakes] == [17]


@pytest.mark.parametrize("wrong", ["of_a.mean()]", "of_a.sum()]"])
def test_a_gradient_of_another_in_a_list_is_told_there(tmp_path: Path, wrong: str) -> None:
    assert_told_apart(tmp_path, PAIR, "of_b]", wrong)


def test_a_parameter_that_is_changed_twice_is_told_there(tmp_path: Path) -> None:
    text = PAIR[: PAIR.index("    of_a")] + (
        "    A -= 0.1 * X.T @ k\n    a -= 0.1 * k.sum(0)\n    B -= 0.1 * h.T @ d\n"
        "    b -= 0.1 * d.sum(0)\n"
    )
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    again = text.replace("    b -=", "    B -= 0.1 * h.T @ d\n    b -=")
    (mistake,) = judged_file(source_of(tmp_path, again).path).mistakes
    assert mistake.code.line == again[: again.index("    b -=")].count("\n")
    assert "once more" in mistake.sentence
