"""Networks that learn sample by sample: with inputs of 0, or the first before a loop of others."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

ZEROS_FIRST = """\
import numpy as np
X, T = np.array([[0, 0], [0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 0, 1, 1, 0])

class Unit:
    def __init__(self, inputs):
        self.w, self.b = np.random.uniform(-1, 1, inputs), np.random.uniform()
    def go(self, x):
        self.x, self.a = x, 1 / (1 + np.exp(-(self.w @ x + self.b)))
        return self.a
    def step(self, d):
        self.w += 0.1 * d * self.x
        self.b += 0.1 * d

hidden, output = [Unit(2) for _ in range(4)], [Unit(4)]
for epoch in range(30):
    for x, t in zip(X, T):
        for layer in (hidden, output):
            x = np.array([unit.go(x) for unit in layer])
        error = np.array([t - x[0]])
        for layer in (output, hidden):
            ds = [e * unit.a * (1 - unit.a) for e, unit in zip(error, layer)]
            error = np.array([unit.w for unit in layer]).T @ ds
            for unit, d in zip(layer, ds):
                unit.step(d)
"""
FIRST_BEFORE = """\
import numpy as np
X, T = np.random.rand(6, 5), np.arange(6) % 3
W, b, V, c = np.random.randn(4, 5), np.zeros(4), np.random.randn(3, 4), np.zeros(3)

def backward(x, t):
    z = W @ x + b
    h = np.clip(z, 0, None)
    e = np.exp(V @ h + c)
    d = e / e.sum() - np.array([1 if t == k else 0 for k in range(3)])
    back = V.T @ d * np.where(z > 0, 1, 0)
    return [np.outer(back, x), back, np.outer(d, h), d]

for epoch in range(9):
    sums = backward(X[0], T[0])
    for x, t in zip(X[1:], T[1:]):
        for total, one in zip(sums, backward(x, t)):
            total += one
    W -= 0.1 * sums[0] / len(X)
    b -= 0.1 * sums[1] / len(X)
    V -= 0.1 * sums[2] / len(X)
    c -= 0.1 * sums[3] / len(X)
"""
BACK = "            error = np.array([unit.w for unit in layer]).T @ ds\n"
STEPS = "            for unit, d in zip(layer, ds):\n                unit.step(d)\n"
MISTAKES = {
    "updated weights": (ZEROS_FIRST.replace(BACK + STEPS, STEPS + BACK), "error = np.array([u"),
    "no slope": (FIRST_BEFORE.replace(" * np.where(z > 0, 1, 0)", ""), "back = V.T @ d"),
}


@pytest.mark.parametrize("source", [ZEROS_FIRST, FIRST_BEFORE])
def test_right_ones_are_right(tmp_path: Path, source: str) -> None:
    assert not judged_file(source_of(tmp_path, source).path).mistakes


@pytest.mark.parametrize("case", MISTAKES)
def test_wrong_ones_are_told_at_their_line(tmp_path: Path, case: str) -> None:
    source, line = MISTAKES[case]
    mistakes = judged_file(source_of(tmp_path, source).path).mistakes
    assert [line in source.split("\n")[m.code.line - 1] for m in mistakes] == [True]
    assert all(mistake.fault for mistake in mistakes)
