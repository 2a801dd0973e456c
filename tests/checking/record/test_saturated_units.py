"""Units that large data saturate: rounding and what overflows are no mistakes, and hide none."""

from pathlib import Path

import pytest

from chainrule.checking import chance
from recorded_runs import assert_told_apart, judged_file, source_of

OVERFLOWS = """\
import numpy as np
import pandas as pd

def squash(z):
    return 1.0 / (1.0 + np.exp(-z))

table = pd.read_csv("train.csv", index_col=0)
X, T = table.iloc[:, :-1].values, table.iloc[:, -1:].values
sizes = [X.shape[1], 128, 64, 32, 1]
weights = [np.random.uniform(-1, 1, (a, b)) for a, b in zip(sizes, sizes[1:])]
shifts = [np.zeros((1, b)) for b in sizes[1:]]
for epoch in range(50):
    for k in range(0, len(T), 32):
        x, t = X[k:k + 32], T[k:k + 32]
        layers = [x]
        for i in range(4):
            z = layers[-1] @ weights[i] + shifts[i]
            layers.append(squash(z) if i < 3 else z)
        loss = np.sum((t - layers[4]) ** 2) / len(t)
        d = 2 * (layers[4] - t) / len(t)
        slopes, sums = [0] * 4, [0] * 4
        for i in (3, 2, 1, 0):
            slopes[i], sums[i] = layers[i].T @ d, d.sum(axis=0, keepdims=True)
            d = d @ weights[i].T * layers[i] * (1 - layers[i])
        for i in range(4):
            weights[i] = weights[i] - 0.01 * slopes[i]
            shifts[i] = shifts[i] - 0.01 * sums[i]
"""

OF_PICTURES = """\
import numpy as np

def squash(z):
    return 1 / (1 + np.exp(-z))

U = np.random.normal(0, 784 ** -0.5, (150, 784))
V = np.random.normal(0, 150 ** -0.5, (10, 150))
with open("digits.csv") as file:
    lines = file.readlines()
for epoch in range(3):
    for line in lines:
        numbers = line.split(",")
        x = np.array(numbers[1:], dtype=float).reshape(-1, 1)
        t = np.zeros((10, 1)) + 0.01
        t[int(numbers[0])] = 0.99
        h = squash(np.dot(U, x))
        y = squash(np.dot(V, h))
        d = (t - y) * y * (1 - y)
        back = np.dot(V.T, d)
        V += 0.05 * np.dot(d, h.T)
        U += 0.05 * np.dot(back * h * (1 - h), x.T)
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_what_overflows_is_judged_by_steps_in_which_it_does_not(tmp_path: Path, seed: int) -> None:
    with chance.seeded(seed):
        assert judged_file(source_of(tmp_path, OVERFLOWS).path).mistakes == ()


@pytest.mark.parametrize("seed", [6, 30413])
def test_a_layer_that_saturated_units_keep_from_moving_is_looked_at(
    tmp_path: Path, seed: int
) -> None:
    with chance.seeded(seed):
        assert_told_apart(tmp_path, OF_PICTURES, "np.dot(V.T, d)", "np.dot(V.T, t - y)")


LOST_LOSS = """\
import numpy as np
X, y = np.arange(9 * 40).reshape(9, 40) * 371 % 4096, np.arange(9) % 3
W, V = 1e-4 * np.random.randn(40, 6), 1e-4 * np.random.randn(6, 3)

def loss_and_slopes(X, y):
    h = np.maximum(0, X @ W)
    p = np.exp(h @ V)
    for i in range(len(X)):
        p[i, :] /= np.sum(p[i, :])
    loss = 0
    for i in range(len(X)):
        loss += -np.log(p[i, y[i]])
    loss = loss / len(X) + 0.005 * (np.sum(W * W) + np.sum(V * V))
    d = p.copy()
    for i in range(len(X)):
        d[i, y[i]] -= 1
    d /= len(X)
    dV = h.T @ d + 0.01 * V
    back = (h > 0) * (d @ V.T)
    return loss, X.T @ back + 0.01 * W, dV

w = v = 0.0
losses = []
for step in range(20):
    loss, dW, dV = loss_and_slopes(X, y)
    losses.append(loss)
    w = 0.9 * w - 1e-5 * dW
    W += w
    v = 0.9 * v - 1e-5 * dV
    V += v
"""


def test_a_loss_that_is_no_number_with_usual_first_values_is_seen_with_smaller_ones(
    tmp_path: Path,
) -> None:
    assert_told_apart(tmp_path, LOST_LOSS, "(h > 0) * (d @ V.T)", "(d @ V.T)")


UNSCALED = """\
import numpy as np
import pandas as pd

table = np.array(pd.read_csv("train.csv"))[:500]
kinds, X = table[:, 0], table[:, 1:]
T = np.eye(10)[kinds]
A, a = 0.01 * np.random.randn(784, 12), np.zeros(12)
B, b = 0.01 * np.random.randn(12, 8), np.zeros(8)
C, c = 0.01 * np.random.randn(8, 10), np.zeros(10)
for step in range(100):
    g = np.maximum(0, X @ A + a)
    h = np.maximum(0, g @ B + b)
    e = np.exp(h @ C + c)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(T * np.log(p)) / len(X)
    dc = (p - T) / len(X)
    dh = dc @ C.T * (h > 0)
    dg = dh @ B.T * (g > 0)
    C -= 0.01 * h.T @ dc
    c -= 0.01 * dc.sum(axis=0)
    B -= 0.01 * g.T @ dh
    b -= 0.01 * dh.sum(axis=0)
    A -= 0.01 * X.T @ dg
    a -= 0.01 * dg.sum(axis=0)
"""
LOSS = "    loss = -np.sum(T * np.log(p)) / len(X)\n"


@pytest.mark.parametrize("text", [UNSCALED, UNSCALED.replace(LOSS, "")])
def test_probabilities_that_are_1_by_rounding_accuse_nobody(tmp_path: Path, text: str) -> None:
    for seed in (2, 3, 5):
        with chance.seeded(seed):
            assert_told_apart(tmp_path, text, "dh @ B.T * (g > 0)", "dh @ B.T")
