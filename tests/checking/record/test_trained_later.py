"""Networks that a file trains after something else: they are judged, too."""

from pathlib import Path

import pytest

from chainrule.checking.record._unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

SLOPE_FIRST = """\
import numpy as np
def slope(f, x):
    found = np.zeros_like(x)
    for i in range(x.size):
        kept = x[i]
        x[i] = kept + 1e-4
        above = f(x)
        x[i] = kept - 1e-4
        found[i] = (above - f(x)) / 2e-4
        x[i] = kept
    return found
# %%
def descend(f, x, steps):
    way = []
    for step in range(steps):
        way.append(x.copy())
        x -= 0.1 * slope(f, x)
    return x, np.array(way)
end, way = descend(lambda x: x[0] ** 2 + 3 * x[1] ** 2, np.array([-2.0, 1.5]), 30)
print(way[:, 0].max())
# %%
X, T = np.random.rand(8, 4), np.eye(3)[np.arange(8) % 3]
W, V = np.random.randn(4, 5), np.random.randn(5, 3)
for step in range(9):
    h = np.tanh(X @ W)
    d = (h @ V - T) / len(X)
    back = d @ V.T * (1 - h ** 2)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
"""
MACHINE_FIRST = """\
import numpy as np

def squash(z):
    return 1 / (1 + np.exp(-z))

class Net:
    def __init__(self):
        self.W, self.b = np.random.normal(0, 0.1, (6, 5)), np.zeros(5)
        self.V, self.c = np.random.normal(0, 0.1, (5, 3)), np.zeros(3)
        self.a = np.zeros(6)

    def reconstruct(self, X):
        for epoch in range(9):
            there = squash(X @ self.W + self.b)
            chosen = (np.random.rand(*there.shape) < there) * 1
            seen = (np.random.rand(*X.shape) < squash(chosen @ self.W.T + self.a)) * 1
            again = squash(seen @ self.W + self.b)
            self.W += 0.1 * (X.T @ there - seen.T @ again) / len(X)
            self.b += 0.1 * (there - again).mean(axis=0)
            self.a += 0.1 * (X - seen).mean(axis=0)

    def learn(self, X, T):
        for epoch in range(9):
            h = squash(X @ self.W + self.b)
            d = (h @ self.V + self.c - T) / len(X)
            back = d @ self.V.T * h * (1 - h)
            self.V -= 0.1 * h.T @ d
            self.c -= 0.1 * d.sum(axis=0)
            self.W -= 0.1 * X.T @ back
            self.b -= 0.1 * back.sum(axis=0)

if __name__ == "__main__":
    X, T = np.random.rand(8, 6), np.eye(3)[np.arange(8) % 3]
    net = Net()
    net.reconstruct(X)
    net.learn(X, T)
"""
UNKNOWN_FIRST = """\
import numpy as np
X, T = np.random.rand(8, 4), np.random.rand(8, 3)
W, V = np.random.randn(4, 5), np.random.randn(5, 3)
for step in range(9):
    h = np.tanh(X @ W)
    d = np.cbrt(h @ V - T) * np.abs(T + 2 * h.sum())
    back = d @ V.T * (1 + h ** 4)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
A = np.random.randn(4, 3)
for step in range(9):
    A -= 0.1 * X.T @ (X @ A - T)
"""
LATER = {
    "after a slope in a notebook": (SLOPE_FIRST, " * (1 - h ** 2)", ""),
    "after a machine that learns its inputs": (MACHINE_FIRST, " * h * (1 - h)", " * h"),
}


@pytest.mark.parametrize("case", LATER)
def test_what_is_trained_after_something_without_targets_is_judged(
    tmp_path: Path, case: str
) -> None:
    source, right, wrong = LATER[case]
    judged = judged_file(source_of(tmp_path, source).path)
    assert not judged.mistakes
    assert any("was not judged" in note for note in judged.notes)
    broken = source.replace(right, wrong)
    assert broken != source
    judged = judged_file(source_of(tmp_path, broken).path)
    mistakes = [mistake.code for mistake in judged.mistakes]
    lines = source.split("# %%\n")[mistakes[0].cell - 1 if mistakes[0].cell else 0].split("\n")
    assert [right in lines[code.line - 1] for code in mistakes] == [True]


def test_a_right_network_does_not_speak_for_one_before_it(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, UNKNOWN_FIRST).path)
