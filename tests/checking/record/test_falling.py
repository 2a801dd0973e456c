"""A sigmoid that falls is told where all wrong signs come of it, and not otherwise."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from chainrule.checking.learner.running import load
from chainrule.checking.record.findings import with_training
from recorded_runs import source_of

XOR = """\
import numpy as np
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
T = np.array([[0], [1], [1], [0]])
V, W, c = np.random.randn(3, 4), np.random.randn(4, 1), np.random.randn(1, 1)
def sigmoid(x):
    return 1 / (1 + np.exp(x))
def slope(s):
    return s * (1 - s)
for i in range(100):
    h = sigmoid(X @ V)
    p = sigmoid(h @ W + c)
    d = (p - T) * slope(p)
    e = d @ W.T * slope(h)
    W -= 0.5 * h.T @ d
    c -= 0.5 * d.sum(axis=0)
    V -= 0.5 * X.T @ e
"""
OWN = XOR.replace("return s * (1 - s)", "return s * (s - 1)")


def wrong(tmp_path: Path, text: str) -> list[tuple[str, tuple[str, ...]]]:
    """What is accused, and of what."""
    source = source_of(tmp_path, text)
    found = with_training(source.path, judge(load(source)))
    return [(f.name, f.faults) for f in found if f.passed is False]


def test_it_is_told_in_place_of_the_signs_that_it_turns(tmp_path: Path) -> None:
    assert wrong(tmp_path, XOR) == [("sigmoid", ("sigmoid-sign",))]
    assert wrong(tmp_path, XOR.replace("np.exp(x)", "np.exp(-x)")) == []


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("W -=", "W -="),
        ("c -= 0.5", "c += 0.5"),
        ("V -= 0.5", "V += 0.5"),
    ],
)
def test_it_is_not_told_with_a_slope_of_its_own(tmp_path: Path, right: str, other: str) -> None:
    found = wrong(tmp_path, OWN.replace(right, other))
    assert "sigmoid" not in dict(found)
    assert bool(found) == (right != other)
