"""Networks in which nothing is right, or two mistakes meet in one product."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

CUT_OUTPUT = """\
import numpy as np
X, T = np.random.rand(9, 5), np.eye(3)[np.arange(9) % 3]
W, b = np.random.randn(5, 6), np.random.randn(6)
V, c = np.random.randn(6, 3), np.random.randn(3)
for epoch in range(9):
    z = X @ W + b
    h = np.tanh(z)
    u = h @ V + c
    y = np.maximum(u, 0)
    d = (y - T) * (u > 0) / len(X)
    back = d @ V.T * (1 - h * h)
    V -= 0.1 * h.T @ d
    c -= 0.1 * d.sum(axis=0)
    W -= 0.1 * X.T @ back
    b -= 0.1 * back.sum(axis=0)
"""
SOFTMAX_OUTPUT = """\
import numpy as np
X, T = np.random.rand(9, 5), np.eye(3)[np.arange(9) % 3]
W, b = np.random.randn(6, 5), np.random.randn(6, 1)
V, c = np.random.randn(3, 6), np.random.randn(3, 1)

def softmax(z):
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)

def slope(z):
    s = softmax(z)
    return s * (1 - s)

def back_from(y, t):
    return y * (y - t - np.sum(y * (y - t), axis=0, keepdims=True))

for epoch in range(9):
    h = np.tanh(W @ X.T + b)
    y = softmax(V @ h + c)
    d = back_from(y, T.T)
    back = V.T @ d * (1 - h * h)
    V -= 0.1 * d @ h.T
    c -= 0.1 * d.sum(axis=1, keepdims=True)
    W -= 0.1 * back @ X
    b -= 0.1 * back.sum(axis=1, keepdims=True)
"""
IN_ARRAYS = """\
import numpy as np
X, T = np.random.rand(9, 5), np.random.rand(9, 2)
W, V = np.random.randn(5, 6), np.random.randn(6, 2)
for epoch in range(9):
    h = 1 / (1 + np.exp(-(X @ W)))
    y = 1 / (1 + np.exp(-(h @ V)))
    error = y - T
    d = error * y * (1 - y)
    back = d @ V.T
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ (back * h * (1 - h))
"""
IN_NUMBERS = """\
import math
import random
W = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
V = [[random.uniform(-1, 1) for _ in range(5)] for _ in range(2)]

def unit(w, x):
    z = w[0]
    for i, one in enumerate(x):
        z += w[i + 1] * one
    return 1 / (1 + math.exp(-z))

def step(x, t):
    h = [unit(w, x) for w in W]
    y = [unit(v, h) for v in V]
    errors = [b - a for a, b in zip(y, t)]
    ds = [e * a * (1 - a) for e, a in zip(errors, y)]
    backs = []
    for i in range(len(h)):
        total = 0
        for k, v in enumerate(V):
            total += v[i + 1] * ds[k]
        backs.append(total * h[i] * (1 - h[i]))
    for k, v in enumerate(V):
        for j, one in enumerate([1] + h):
            v[j] += 0.1 * ds[k] * one
    for i, w in enumerate(W):
        for j, one in enumerate([1] + x):
            w[j] += 0.1 * backs[i] * one

for epoch in range(50):
    for x, t in (([0.2, 0.9], [0, 1]), ([0.7, 0.4], [1, 0]), ([0.5, 0.8], [1, 1])):
        step(x, t)
"""
IN_LAYERS = """\
import numpy as np
X = np.random.rand(3, 12)
T = np.random.rand(1, 12)

class Layer:
    def __init__(self, size, units, last=False):
        self.W, self.b, self.last = np.random.randn(units, size), np.zeros((units, 1)), last
    def forward(self, x):
        self.x, z = x, self.W @ x + self.b
        self.out = 1 / (1 + np.exp(-z)) if self.last else np.maximum(z, 0)
        return self.out
    def backward(self, back):
        slope = self.out * (1 - self.out) if self.last else 1.0 * (self.out > 0)
        d = back * slope
        self.dW, self.db = d @ self.x.T / 12, d.sum(axis=1, keepdims=True) / 12
        return self.W.T @ d

layers = [Layer(3, 6), Layer(6, 4), Layer(4, 1, last=True)]
for epoch in range(9):
    y = X
    for layer in layers:
        y = layer.forward(y)
    loss = -np.mean(T * np.log(y) + (1 - T) * np.log(1 - y))
    back = -(T / y - (1 - T) / (1 - y))
    for layer in layers[::-1]:
        back = layer.backward(back)
    for layer in layers:
        layer.W -= 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
"""
_BACK = IN_NUMBERS[
    IN_NUMBERS.index("    backs = []") : IN_NUMBERS.index(
        "    for k, v in enumerate(V):\n        for j"
    )
]
_AFTER = IN_NUMBERS.index("    for i, w in enumerate(W):")
WRONG = {
    "what goes back through every layer has no slope": (
        IN_LAYERS.replace("self.W.T @ d", "self.W.T @ back"), "self.W.T @ back",
        {"grad-output-mismatch"},
    ),
    "the slope of a cut output is missing": (
        CUT_OUTPUT.replace(" * (u > 0)", ""), "(y - T) / len(X)", {"grad-output-mismatch"},
    ),
    "a softmax's slope is taken of its output": (
        SOFTMAX_OUTPUT.replace("d = back_from(y, T.T)", "d = (y - T.T) * slope(y)"),
        "* slope(y)", {"grad-softmax-diagonal"},
    ),
    "updated weights and no slope, in arrays": (
        IN_ARRAYS.replace("    back = d @ V.T\n", "")
        .replace("    W -=", "    back = error @ V.T\n    W -="),
        "error @ V.T", {"grad-hidden-stale-or-updated-weights", "grad-output-mismatch"},
    ),
    "updated weights and no slope, in numbers": (
        (IN_NUMBERS[:_AFTER] + _BACK.replace("ds[k]", "errors[k]") + IN_NUMBERS[_AFTER:])
        .replace(_BACK, "", 1),
        "total += v[i + 1] * errors[k]",
        {"grad-hidden-stale-or-updated-weights", "grad-output-mismatch"},
    ),
}  # fmt: skip
RIGHT = {
    "a cut output": CUT_OUTPUT,
    "an output that is not cut": CUT_OUTPUT.replace("np.maximum(u, 0)", "u").replace(
        " * (u > 0)", ""
    ),
    "a softmax under a squared error": SOFTMAX_OUTPUT,
    "a softmax under a likelihood": SOFTMAX_OUTPUT.replace("back_from(y, T.T)", "y - T.T"),
    "arrays": IN_ARRAYS,
    "numbers": IN_NUMBERS,
    "layers": IN_LAYERS,
}


@pytest.mark.parametrize("case", WRONG)
def test_mistakes_are_told_at_their_line(tmp_path: Path, case: str) -> None:
    source, line, faults = WRONG[case]
    assert source.count(line) == 1
    mistakes = judged_file(source_of(tmp_path, source).path).mistakes
    assert {source.split("\n")[m.code.line - 1].count(line) for m in mistakes} == {1}
    assert {mistake.fault for mistake in mistakes} == faults


@pytest.mark.parametrize("case", RIGHT)
def test_their_like_are_right(tmp_path: Path, case: str) -> None:
    assert not judged_file(source_of(tmp_path, RIGHT[case]).path).mistakes
