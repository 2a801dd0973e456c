"""Mistakes of public networks by kinds: each in several styles, found at its line and named."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.findings import findings_of
from chainrule.faults._catalogue import RECORD_FAULTS
from public_layers import (
    ATTENTION,
    DROPOUT,
    GELU,
    LAYERS,
    NORMALISED,
    POOLED,
    RECURRENT,
    RELU_DROPOUT,
    RESIDUAL,
    STATES,
    TIED,
    UNITS,
    WINDOWS,
)
from public_networks import (
    ADAM,
    AGAIN,
    BIASES,
    COLUMNS,
    MOMENTUM,
    NEURONS,
    ONE_UNIT,
    PARAMETERS,
    ROWS,
    SINGLE,
    SLOPES,
    TWICE,
    UPDATE,
)
from recorded_runs import judged, judged_file, source_of

SLOPES_OF_A_LINE = """\
import numpy as np
X, t = np.random.randn(6, 3), np.random.randn(6)
w = np.random.randn(3)
for k in range(60):
    e = X @ w - t
    loss = 0.5 * np.sum(e ** 2)
    g = np.zeros(3)
    for j in range(3):
        for i in range(6):
            g[j] += e[i] * X[i, j]
    w -= 0.1 * g
"""
IN_LISTS = """\
import math, random
X = [[1.0, random.gauss(0, 1), random.gauss(0, 1)] for _ in range(6)]
y = [1, 0, 1, 0, 0, 1]
b = [random.gauss(0, 1) for _ in range(3)]
def guess(row):
    return 1 / (1 + math.exp(-sum(c * v for c, v in zip(b, row))))
for step in range(9):
    g = [0.0] * 3
    for j in range(3):
        for i in range(6):
            g[j] += (guess(X[i]) - y[i]) * X[i][j]
    b = [c - 0.1 * d for c, d in zip(b, g)]
"""
ALIKE = """\
import numpy as np
X, t = np.random.randn(9, 4), np.random.randn(9, 4)
p = {k: np.random.randn(4, 4) for k in "ABC"} | {"a": np.zeros(4), "b": np.zeros(4)}
for step in range(9):
    g = np.tanh(X @ p["A"] + p["a"])
    h = np.tanh(g @ p["B"] + p["b"])
    s1, s2 = 1 - g ** 2, 1 - h ** 2
    e = h @ p["C"] - t
    print(np.sum(e ** 2) / 2)
    d = e @ p["C"].T
    slopes = {"C": h.T @ e, "B": g.T @ (d * s2), "b": (d * s2).sum(axis=0)}
    d = d * s2 @ p["B"].T
    slopes |= {"A": X.T @ (d * s1), "a": (d * s1).sum(axis=0)}
    for k in p:
        p[k] -= 0.02 * slopes[k]
"""
GATES = """\
import numpy as np
X, t = np.random.randn(5, 3), np.random.randn(4)
W, V = np.random.randn(3, 4), np.random.randn(3, 4)
for step in range(9):
    c, kept, loss = np.ones(4), [], 0
    for x in X:
        g, u = 1 / (1 + np.exp(-x @ W)), np.tanh(x @ V)
        kept.append((x, g, u, c))
        c = g * c + (1 - g) * u
        loss += np.sum((c - t) ** 2) / 2
    print(loss)
    dW, dV, dc = np.zeros(W.shape), np.zeros(V.shape), 0
    for i in range(4, -1, -1):
        x, g, u, before = kept[i]
        dc = dc + c - t
        dV += np.outer(x, dc * (1 - g) * (1 - u ** 2))
        dW += np.outer(x, dc * (before - u) * g * (1 - g))
        c, dc = before, dc * g
    W -= 0.1 * dW
    V -= 0.1 * dV
"""
RIGHT = {
    "sums in a loop": SLOPES_OF_A_LINE,
    "one sample after the other": SLOPES_OF_A_LINE.replace("    w -= 0.1 * g", "    i = k % 6\n"
                                                           "    w -= 0.1 * e[i] * X[i]")
    .replace("0.5 * np.sum(e ** 2)", "0.5 * e[k % 6] ** 2"),
    "a temperature that fades": ROWS.replace("for i", "heat = 2.0\nfor i")
    .replace("s = np.exp(h @ W2 + b2)", "heat = heat - 0.1 * heat\n    s = np.exp(h @ W2 + b2)"),
    "weights that fade before their step": ROWS.replace("    W2 -=", "    b1 -= 0.01 * b1\n"
                                                        "    W2 -= 0.001 * W2\n    W2 -="),
    "a slope with the parentheses": ROWS.replace("(1 - h ** 2)", "1 * (1 - h ** 2) - 0"),
    "Adam": ADAM, "RMSprop": ADAM.replace("first /", "g[k] /"),
    "Adam without corrections": ADAM.replace(" / (1 - beta ** i)", "")
    .replace(" / (1 - gamma ** i)", ""),
    "windows": WINDOWS, "a recurrent one": RECURRENT,
    "rows": ROWS, "a GELU": GELU,
    "columns": COLUMNS, "layers": LAYERS, "methods": PARAMETERS, "update": UPDATE,
    "one unit": ONE_UNIT,
    "dropout": DROPOUT, "dropout after a ReLU": RELU_DROPOUT, "a way past a layer": RESIDUAL,
    "one sample in another shape": SINGLE,
    "neurons": NEURONS, "biases one by one": BIASES,
    "tied": TIED, "unit by unit": UNITS, "softmax within": ATTENTION, "momentum": MOMENTUM,
    "states": STATES, "normalised": NORMALISED, "functions": SLOPES, "pooled": POOLED,
    "a slope of zeros and ones, by the activation": SLOPES.replace("* slope(z)", "* slope(h)")
    .replace("np.tanh(z)\n", "np.maximum(z, 0)\n")
    .replace("1 - np.tanh(z) ** 2", "np.where(z > 0, 1.0, 0.0)"),
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_passes(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()


@pytest.mark.parametrize("text", [TWICE, UPDATE.replace("0.1 *", "(0.1, 0.01)[i] *")])
def test_what_may_be_meant_is_not_accused(tmp_path: Path, text: str) -> None:
    with contextlib.suppress(NotJudgedError):
        assert judged(tmp_path, text).mistakes == ()


def test_products_of_each_sample_that_are_added_up_in_lists_are_right(tmp_path: Path) -> None:
    assert judged(tmp_path, IN_LISTS).mistakes == ()


def test_new_values_that_a_caller_may_keep_are_not_accused(tmp_path: Path) -> None:
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, AGAIN).path).mistakes == ()


_KEPT = "        layer.dW[:], layer.db[:] = 0, 0\n"
STEP = "        v *= 0.9\n        v += g\n        W -= 0.1 * v\n"
AHEAD = MOMENTUM.replace(
    STEP, "        v[:] = 0.9 * v - 0.1 * g\n        W[:] = W + 0.9 * v - 0.1 * g\n"
)
BALL = MOMENTUM.replace("[np.zeros((4, 4)) for _ in range(3)]", "[W.copy() for W in weights]")
BALL = BALL.replace(
    STEP, "        o = W.copy()\n        W[:] = W - 0.1 * g + 0.9 * (W - v)\n        v[:] = o\n"
)
WRONG = {  # id: (text, what is right there, what stands there, a part of the line that is told)
    "grad-output-every-label": [
        (ROWS, "d[np.arange(len(y)), y] -= 1", "d[:, y] -= 1", "d[:, y]"),
        (ROWS, "d[np.arange(len(y)), y] -= 1", "d[:, y] = d[:, y] - 1", "d[:, y]"),
        (COLUMNS, "P[y, np.arange(y.size)] -= 1", "P[y] -= 1", "P[y] -="),
        (COLUMNS, "P[y, np.arange(y.size)] -= 1", "P[y, :] -= 1.0", "P[y, :] -="),
    ],
    "grad-output-labels": [
        (ROWS, "d = p.copy()\n    d[np.arange(len(y)), y] -= 1", "d = p - y[:, None]", "d = p -"),
        (ROWS, "d = p.copy()\n    d[np.arange(len(y)), y] -= 1", "d = p - np.c_[y]", "d = p -"),
        (COLUMNS, "P[y, np.arange(y.size)] -= 1", "P = P - y", "P = P - y"),
    ],
    "grad-output-sign": [
        (PARAMETERS, "d = out - t", "d = out + t", "d = out + t"),
    ],
    "train-learning-rate": [
        (PARAMETERS, "rate * h.T @ d", "h.T @ d", "self.v -="),
        (PARAMETERS, "rate * e.sum(axis=0)", "e.sum(axis=0)", "self.b -="),
        (MOMENTUM.replace("0.1", "0.2"), "v += g", "v += 0.2 * g", "W -= 0.2 * v"),
    ],
    "train-missing-parameter": [
        (UPDATE, "    W[i] = W[i] - 0.1 * grads[i]", "    w = W[i] - 0.1 * grads[i]", "w ="),
        (UPDATE, "    for i in range(len(W)):\n        W[i] = W[i] - 0.1 * grads[i]",
         "    for w, g in zip(W, grads):\n        w = w - 0.1 * g", "w = w"),
        (COLUMNS, "        p[k] = p[k] - 0.1 * g[k]", "        new = p[k] - 0.1 * g[k]", "new ="),
        (PARAMETERS.replace("self.W -= rate", "W = self.W - rate")
         .replace("self.b -= rate", "b = self.b - rate")
         .replace("self.c -= rate", "c = self.c - rate"),
         "self.v -= rate", "v = self.v - rate", "W = self.W"),
        (PARAMETERS, "        self.W -= rate", "        W = self.W.copy()\n        W -= rate",
         "W -= rate"),
    ],
    "train-gradients-kept": [
        (LAYERS, _KEPT, "", "layer.backward(d)"),
        (LAYERS.replace(_KEPT, ""), "rate = 0.1\n", "rate = 0.1\nfor layer in net[::2]:\n"
         "    layer.dW[:], layer.db[:] = 0, 0\n", "layer.backward(d)"),
        (LAYERS.replace("rate * ", "0.1 * "), _KEPT, "", "layer.backward(d)"),
        (UNITS.replace("for i in r", "gW, gV = np.zeros((3, 3)), np.zeros((3, 2))\nfor i in r"),
         "    gW, gV = np.zeros((3, 3)), np.zeros((3, 2))\n    for x", "    for x", "gW += "),
    ],
    "grad-output-shape": [
        (ONE_UNIT, "np.random.randn(8)", "np.random.randn(8, 1)", "d = p - t"),
        (ONE_UNIT.replace("p - t", "t - p").replace("-= 0.1", "+= 0.1"), "np.random.randn(8)",
         "np.random.randn(8, 1)", "d = t - p"),
    ],
    "grad-other-activation": [
        (ROWS, "(1 - h ** 2)", "h * (1 - h)", "e = d"),
        (COLUMNS, "P * A * (1 - A)", "P * (1 - A ** 2)", "D = p"),
        (GATES, "(before - u) * g * (1 - g)", "(before - u) * (1 / (1 + np.exp(-g)))", "dW += "),
        (ROWS, "(1 - h ** 2)", "(np.exp(-z) / (1 + np.exp(-z)) ** 2)", "e = d"),
        (PARAMETERS, "(1 - h * h)", "(1 + h * h)", "e = np"),
        (GELU, " + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)", "", "return 0.5"),
        (PARAMETERS.replace("class Net", "def slope(h):\n    return 1 - h * h\nclass Net")
         .replace("(1 - h * h)", "slope(h)"), "return 1 - h * h", "return 1 - h", "return 1 - h"),
        (SLOPES, "1 - np.tanh(z) ** 2", "(np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)",
         "return (np.exp"),
        (SLOPES.replace("np.tanh(z)\n", "np.where(z > 0, z, 0.3 * z)\n"),
         "1 - np.tanh(z) ** 2", "np.where(0.3 * z > 0, 1.0, 0.0)", "return np.where(0"),
        (SLOPES, "* slope(z)", "* bend(z)", "e = d"),
    ],
    "grad-relu-mask": [
        (LAYERS, "d * (self.x > 0)", "d * (d > 0)", "d * (d > 0)"),
        (LAYERS, "return d * (self.x > 0)", "d[d <= 0] = 0\n        return d", "d[d <= 0] = 0"),
        (LAYERS, "return d * (self.x > 0)", "return np.where(d > 0, d, 0)", "np.where"),
        (LAYERS, "d * (self.x > 0)", "np.maximum(d, 0)", "np.maximum(d, 0)"),
        (SLOPES.replace("np.tanh(z)\n", "np.maximum(z, 0)\n"), "1 - np.tanh(z) ** 2",
         "(z > 1) * 1.0", "return (z > 1)"),
    ],
    "grad-dropout-missing": [
        (DROPOUT, "d @ W2.T * mask", "d @ W2.T", "e = e * (1 - a ** 2)"),
        (DROPOUT.replace(" / keep", ""), "d @ W2.T * mask", "d @ W2.T", "e = e * (1 - a"),
        (RELU_DROPOUT, "    back = back * m / 0.6\n", "", "* (z > 0)"),
        (RELU_DROPOUT, "back * m / 0.6", "back / 0.6", "* (z > 0)"),
    ],
    "grad-softmax-diagonal": [
        (ATTENTION, "a * (g - np.sum(g * a, axis=1, keepdims=True))", "g * a * (1 - a)", "e = g"),
        (ATTENTION, "a * (g - np.sum(g * a, axis=1, keepdims=True))", "a * (1 - a) * g", "e = a"),
        (ATTENTION, "a * (g - np.sum(g * a, axis=1, keepdims=True))", "g * (a - a ** 2)", "e = g"),
    ],
    "grad-chain-broken": [
        (ROWS, "e = d @ W2.T * (1 - h ** 2)", "e = 1 - h ** 2", "e = 1"),
        (PARAMETERS, "np.outer(d, self.v) * (1 - h * h)", "1 - h * h", "e = 1"),
    ],
    "grad-parentheses": [
        (ROWS, "* (1 - h ** 2)", "* 1 - h ** 2", "e = d"),
        (COLUMNS, "P * A * (1 - A)", "P * A * 1 - A", "D = "),
        (RECURRENT, "dz = dh * (1 - h[k] ** 2)", "dz = 1 - h[k] ** 2 * dh", "dz = "),
    ],
    "grad-weights-for-inputs": [
        (ROWS, "W2 -= 0.1 * h.T @ d", "W2 -= 0.1 * (W2 * d.sum())", "W2 -= "),
        (LAYERS, "self.dW += self.x.T @ d", "self.dW += self.W * d.sum()", "self.dW += "),
    ],
    "grad-other-layer": [
        (ALIKE, "(d * s2).sum(axis=0)", "e.sum(axis=0)", '"b": e'),
    ],
    "grad-sum-before-product": [
        (SLOPES_OF_A_LINE, "g[j] += e[i] * X[i, j]", "g[j] += e[i]\n        g[j] *= X[i, j]",
         "g[j] *= "),
        (SLOPES_OF_A_LINE, "g[j] += e[i] * X[i, j]", "g[j] = e.sum() * X[:, j].sum()", "g[j] = "),
        (SLOPES_OF_A_LINE, "w -= 0.1 * g", "w -= 0.1 * np.sum(e) * X[-1]", "w -= "),
        (IN_LISTS, " * X[i][j]", "\n        g[j] *= X[i][j]", "g[j] *= "),
        (IN_LISTS, " * X[i][j]", "\n        g[j] = g[j] * X[0][j]", "g[j] = "),
    ],
    "grad-missing-parameter": [
        (ROWS, "b1 -= 0.1 * e.sum(axis=0)", "b1 -= 0.1 * b1", "b1 -= "),
        (COLUMNS, '"b1": D.sum(axis=1, keepdims=True)', '"b1": np.clip(p["b1"], -1, 1)',
         "p[k] = "),
    ],
    "grad-path-missing": [
        (RESIDUAL, "dz @ W.T + dy", "dz @ W.T", "dx = dz"),
        (RESIDUAL, "dz @ W.T + dy", "dy", "dV = "),
        (TIED, " + X.T @ (d @ W * (1 - h ** 2))", "", "dW = "),
        (TIED, "d.T @ h + ", "", "dW = "),
        (STATES, "        later = B.T @ dz\n", "", "dh = "),
        (STATES, "        later = B.T", "        past = B.T", "past = "),
        (STATES, "        dy = ", "        later = np.zeros_like(h)\n        dy = ", "later = B"),
    ],
    "grad-not-added-up": [
        (WINDOWS, "dx[i : i + k] += d[i]", "dx[i : i + k] = d[i]", "dx[i : i + k] ="),
        (UNITS, "e += d[j]", "e = d[j]", "e = d[j]"),
        (UNITS, "e += d[j] * V[:, j]", "e[:] = d[j] * V[:, j]", "e[:] ="),
    ],
    "grad-hidden-weights-not-transposed": [
        (RECURRENT, 'dh = p["W"].T @ dz', 'dh = p["W"] @ dz', 'dh = p["W"] @'),
        (RECURRENT.replace("-9, 9", "-1, 1"), 'p["W"].T @ dz', 'dz @ p["W"].T', "dh = dz"),
    ],
    "grad-penalty": [
        (TIED, "np.sum(d ** 2) / 2", "np.sum(d ** 2) / 2 + 0.1 * np.sum(W ** 2)", "dW = "),
    ],
    "train-sign": [
        (MOMENTUM, "W -= 0.1 * v", "W += 0.1 * v", "W += 0.1 * v"),
        (ADAM, "p[k] -= ", "p[k] += ", "p[k] += "),
    ],
    "grad-output-sigmoid-factor": [
        (ROWS.replace("    d = p.copy()", "    print(np.mean(-np.log(p[np.arange(7), y])))\n"
                      "    d = p.copy()"),
         "d /= len(y)", "d = d * p * (1 - p) / len(y)", "d = d * p"),
        (COLUMNS, "P[y, np.arange(y.size)] -= 1",
         "Q = P.copy(); P[y, np.arange(y.size)] -= 1; P *= Q * (1 - Q)", "P *= Q"),
    ],
    "train-moment-correction": [
        (ADAM, "s[k] / (1 - gamma ** i)", "s[k] / (1 - beta ** i)", "second = "),
        (ADAM, "m[k] / (1 - beta ** i)", "m[k] / (1 - gamma ** i)", "first = "),
    ],
    "train-moment-multiplied": [
        (ADAM, "m[k] / (1 - beta ** i)", "m[k] * (1 - beta ** i)", "first = "),
        (ADAM, "s[k] / (1 - gamma ** i)", "s[k] * (1 - gamma ** i)", "second = "),
    ],
    "train-moment-stored": [
        (ADAM.replace("0.01 * first", "0.01 * m[k]"), "first = m", "m[k] = m", "m[k] = m[k] /"),
        (ADAM.replace("sqrt(second", "sqrt(s[k]"), "second = s", "s[k] = s", "s[k] = s[k] /"),
    ],
    "train-moment-weights": [
        (ADAM, "(1 - beta) * g[k]", "g[k]", "m[k] = beta"),
        (ADAM, "(1 - gamma) * g[k]", "(1 - beta) * g[k]", "s[k] = gamma"),
        (ADAM, "beta * m[k] + (1 - beta) * g[k]", "(1 - beta) * m[k] + beta * g[k]", "m[k] = (1"),
    ],
    "train-step-count": [
        (ADAM, "h = np.tanh", "i = 1; h = np.tanh", "first = "),
        (ADAM, "range(1, 5)", "range(4)", "first = "),
        (ADAM, "h = np.tanh", "i = 0; h = np.tanh", "first = "),
        (ADAM.replace("for i", "i = 0\nfor _"), "    g = {", "    i += 2\n    g = {", "first = "),
    ],
    "train-square-missing": [
        (ADAM, "g[k] ** 2", "g[k]", "s[k] = "),
        (ADAM, "+ (1 - gamma) * g", "- (1 - gamma) * g", "s[k] = "),
    ],
    "train-root-missing": [
        (ADAM, "np.sqrt(second)", "second", "p[k] -= "),
        (ADAM.replace("first /", "g[k] /"), "np.sqrt(second)", "second", "p[k] -= "),
    ],
    "train-momentum-sign": [
        (MOMENTUM.replace("v *= 0.9", "v[:] = 0.9 * v + g").replace("        v += g\n", ""),
         "0.9 * v + g", "g - 0.9 * v", "v[:] = "),
        (AHEAD, "= 0.9 * v - 0.1 * g", "= 0.9 * v + 0.1 * g", "v[:] = "),
        (AHEAD, "W + 0.9 * v", "W - 0.9 * v", "v[:] = "),
        (BALL, "+ 0.9 * (W - v)", "- 0.9 * (W - v)", "W[:] = "),
        (BALL, "(W - v)", "(v - W)", "W[:] = "),
    ],
    "train-state-lost": [
        (MOMENTUM, "    for W, v", "    velocities = [np.zeros((4, 4)) for _ in range(3)]\n"
         "    for W, v", "    velocities"),
        (ADAM.replace("first /", "g[k] /"), "gamma * s[k] + ", "", "s[k] = "),
    ],
    "train-shared-memory": [
        (MOMENTUM, "[np.zeros((4, 4)) for _ in range(3)]", "[np.zeros((4, 4))] * 3", "v += g"),
        (MOMENTUM.replace("v += g", "v -= 0.1 * g").replace("W -= 0.1 * v", "W += v"),
         "[np.zeros((4, 4)) for _ in range(3)]", "[np.zeros((4, 4))] * 3", "v -= 0.1 * g"),
    ],
    "train-step-alone": [
        (ROWS, "W2 -= 0.1", "W2 =- 0.1", "W2 =- "),
        (ROWS, "W1 -= 0.1", "W1 = -0.1", "W1 = "),
        (NEURONS, "top.w[i] += 0.2", "top.w[i] = 0.2", "top.w[i] = "),
    ],
    "train-whole-numbers": [
        (BIASES, "[0.0, 0.0, 0.0, 0.0]", "[0, 0, 0, 0]", "b[j] = b[j]"),
        (BIASES.replace("    W -= 0.1 * np.outer(X[k], e)", "    for j in range(3):\n"
                        "        W[j] = W[j] - 0.1 * X[k, j] * e"),
         "W, v = np.random.randn(3, 4)", "W, v = np.array([[2, -1, 1, 0], [0, 1, -2, 1], "
         "[1, 2, 0, 1]])", "W[j] = W[j]"),
        (BIASES, "np.zeros(1)", "np.zeros(1, dtype=int)", "c[0] -= "),
    ],
}  # fmt: skip
CASES = [(fault, *case) for fault, cases in WRONG.items() for case in cases]


@pytest.mark.parametrize(("fault", "text", "right", "wrong", "told"), CASES)
def test_a_mistake_is_found_at_its_line_and_named(
    tmp_path: Path, fault: str, text: str, right: str, wrong: str, told: str
) -> None:
    assert right in text
    source = text.replace(right, wrong)
    mistakes = judged(tmp_path, source).mistakes
    assert fault in [mistake.fault for mistake in mistakes]
    lines = [source.split("\n")[mistake.code.line - 1] for mistake in mistakes]
    assert any(told in line for line in lines), lines


@pytest.mark.parametrize(
    ("text", "right", "wrong", "told"),
    [
        (STATES, "1 - hs[t] ** 2", "1 - hs[t]", "dz = "),
        (NORMALISED, "(e * n).sum(axis=0)", "e.sum(axis=0)", "dz = "),
    ],
)
def test_a_mistake_without_a_name_is_found_at_its_line(
    tmp_path: Path, text: str, right: str, wrong: str, told: str
) -> None:
    (mistake,) = judged(tmp_path, text.replace(right, wrong)).mistakes
    assert told in text.replace(right, wrong).split("\n")[mistake.code.line - 1]


def test_a_return_that_ends_a_loop_too_soon_is_found(tmp_path: Path) -> None:
    text = POOLED.replace("    return dx", "        return dx")
    source = source_of(tmp_path, text)
    ((finding,), line) = findings_of(judged_file(source.path), source), text.split("\n")[14]
    assert (finding.name, finding.faults, finding.line) == ("back", ("grad-path-missing",), 15)
    assert line == "        return dx"


def test_each_mistake_that_only_a_record_tells_is_tried() -> None:
    assert set(RECORD_FAULTS) <= set(WRONG)
