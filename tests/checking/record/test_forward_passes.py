"""What a forward pass may be beside the one that a step goes back through."""

from pathlib import Path

import pytest

from recorded_runs import assert_told_apart

# The loss that is printed is that of all samples, from a pass of its own; a step is that of one.
ONE_OF_ALL = """\
import math
import random


class Neuron:
    def __init__(self, bias, weights):
        self.bias, self.weights = bias, weights

    def output(self, inputs):
        total = self.bias
        for weight, value in zip(self.weights, inputs):
            total += weight * value
        return 1 / (1 + math.exp(-total))


hidden = [Neuron(random.random(), [random.uniform(-1, 1) for _ in range(2)]) for _ in range(3)]
last = Neuron(random.random(), [random.uniform(-1, 1) for _ in range(3)])
pairs = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]


def forward(inputs):
    h = [neuron.output(inputs) for neuron in hidden]
    return h, last.output(h)


for step in range(400):
    inputs, target = random.choice(pairs)
    h, y = forward(inputs)
    d = (y - target) * y * (1 - y)
    into = [d * last.weights[j] * h[j] * (1 - h[j]) for j in range(3)]
    for j in range(3):
        last.weights[j] -= 0.5 * d * h[j]
        for i in range(2):
            hidden[j].weights[i] -= 0.5 * into[j] * inputs[i]
        hidden[j].bias -= 0.5 * into[j]
    last.bias -= 0.5 * d
    print(sum(0.5 * (forward(x)[1] - t) ** 2 for x, t in pairs))
"""
# A bias that is added to what goes round in a recurrent network is no update of it.
RECURRENT = """\
import numpy as np
x, target = np.random.randn(7, 5, 2), np.random.randn(7, 1)
U, W, b = np.random.randn(2, 4), np.random.randn(4, 4), np.zeros(4)
v = np.random.randn(4, 1)
for step in range(30):
    h = [np.zeros((7, 4))]
    for t in range(5):
        h.append(np.tanh(x[:, t] @ U + h[-1] @ W + b))
    e = h[-1] @ v - target
    print(0.5 * np.sum(e ** 2))
    dv = h[-1].T @ e
    dU, dW, db = np.zeros(U.shape), np.zeros(W.shape), np.zeros(b.shape)
    back = e @ v.T
    for t in range(4, -1, -1):
        d = back * (1 - h[t + 1] ** 2)
        dU += x[:, t].T @ d
        dW += h[t].T @ d
        db += d.sum(axis=0)
        back = d @ W.T
    for p, g in ((U, dU), (W, dW), (b, db), (v, dv)):
        p -= 0.01 * g
"""


UNITS = """\
import math
import random


class Unit:
    def __init__(self, count):
        self.weights, self.bias = [random.uniform(-1, 1) for _ in range(count)], random.random()

    def fire(self, inputs):
        z = self.bias + sum(w * x for w, x in zip(self.weights, inputs))
        self.value = 1 / (1 + math.exp(-z))
        return self.value


layers = [[Unit(2) for _ in range(3)], [Unit(3)]]
pairs = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
for step in range(300):
    for inputs, target in pairs:
        given = [inputs]
        for layer in layers:
            given.append([unit.fire(given[-1]) for unit in layer])
        (last,) = layers[1]
        last.error = (target - last.value) * last.value * (1 - last.value)
        for j, unit in enumerate(layers[0]):
            total = 0
            for later in layers[1]:
                total += later.error * later.weights[j]
            unit.error = total * unit.value * (1 - unit.value)
        for layer, values in zip(layers, given):
            for unit in layer:
                for j, value in enumerate(values):
                    unit.weights[j] += 0.5 * unit.error * value
                unit.bias += 0.5 * unit.error
"""
DRAWN = """\
import numpy as np
rng = np.random.default_rng(2)
X, labels = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
Y = np.eye(3)[labels]
kept = rng.random(60) < 0.8
X, Y = (X - X.mean(axis=0))[kept], Y[kept]
W, V = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
for epoch in range(50):
    h = np.tanh(X @ W)
    z = h @ V
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    d = (p - Y) / len(X)
    dV, dW = h.T @ d, X.T @ (d @ V.T * (1 - h ** 2))
    V -= 0.1 * dV
    W -= 0.1 * dW
"""


def test_samples_that_are_kept_by_chance(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, DRAWN, "(p - Y) / len(X)", "(p - Y) * p * (1 - p) / len(X)")


def test_steps_of_one_sample_beside_the_loss_of_all(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, ONE_OF_ALL, "last.weights[j] * h[j] * (1", "last.weights[j] * (1")


def test_units_that_add_up_values_in_the_place_of_errors(tmp_path: Path) -> None:
    assert_told_apart(
        tmp_path, UNITS, "later.error * later.weights[j]", "later.value * later.weights[j]"
    )


def test_a_bias_of_what_goes_round(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, RECURRENT, "dW += h[t].T @ d", "dW += h[t + 1].T @ d")


# The logits of a run may all have one sign: then one of the two masks chooses nothing.
HALVES = """\
import numpy as np


def sigmoid(z):
    out = np.empty_like(z)
    negative = z < 0
    out[negative] = np.exp(z[negative]) / (1 + np.exp(z[negative]))
    out[~negative] = 1 / (1 + np.exp(-z[~negative]))
    return out


X = np.array([[1.0, 1.5], [2.0, 1.0], [2.0, 2.5], [3.0, 2.0], [0.5, 0.1]])
t = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
w, b = np.zeros(2), 0.0
for epoch in range(9):
    p = sigmoid(X @ w + b)
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    d = p - t
    w = w - 0.1 * X.T @ d / len(t)
    b = b - 0.1 * d.mean()
"""


@pytest.mark.parametrize(
    ("right", "wrong"), [("d = p - t", "d = (p - t) * p * (1 - p)"), ("X.T @ d", "X.T @ (d * p)")]
)
def test_a_mask_that_chooses_nothing(tmp_path: Path, right: str, wrong: str) -> None:
    assert_told_apart(tmp_path, HALVES, right, wrong)
