"""Parameters that are updated with the others, and go nowhere into the loss."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

IN_A_DICT = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
p = {"W": np.random.randn(4, 5), "b": np.zeros(5), "V": np.random.randn(5, 2), "c": np.zeros(2)}
S = np.random.randn(4, 2)
m = {k: np.zeros(v.shape) for k, v in p.items()}
q = {k: np.zeros(v.shape) for k, v in p.items()}
seen = np.zeros(2)
for t in range(1, 20):
    h = np.tanh(X @ p["W"] + p["b"])
    e = h @ p["V"] + p["c"] - Y
    print(0.5 * np.mean(e ** 2))
    e = e / e.size
    d = e @ p["V"].T * (1 - h ** 2)
    g = {"W": X.T @ d, "b": d.sum(axis=0), "V": h.T @ e, "c": e.sum(axis=0)}
    for k in p:
        p[k] = p[k] - 0.05 * g[k]
"""
STEP = "        p[k] = p[k] - 0.05 * g[k]\n"
MOMENTUM = """\
        m[k] = 0.9 * m[k] - 0.05 * g[k]
        p[k] = p[k] + m[k]
"""
ADAM = """\
        m[k] = 0.9 * m[k] + 0.1 * g[k]
        q[k] = 0.99 * q[k] + 0.01 * g[k] ** 2
        p[k] = p[k] - 0.05 * (m[k] / (1 - 0.9 ** t)) / (np.sqrt(q[k] / (1 - 0.99 ** t)) + 1e-8)
"""
OF_LAYERS = """\
import numpy as np
class Dense:
    def __init__(self, n, m):
        self.W, self.b = np.random.randn(n, m) * 0.5, np.zeros((1, m))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0, keepdims=True)
        return d @ self.W.T
    def update(self, rate):
        self.W -= rate * self.dW
        self.b -= rate * self.db
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
one, two = Dense(4, 5), Dense(5, 2)
for step in range(20):
    h = np.tanh(one.forward(X))
    e = two.forward(h) - Y
    print(0.5 * np.sum(e ** 2))
    one.backward(two.backward(e) * (1 - h ** 2))
    for layer in (one, two):
        layer.update(0.02)
"""
SAMPLE_BY_SAMPLE = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
W, b, V = np.random.randn(5, 4), np.zeros(5), np.random.randn(2, 5)
for step in range(20):
    dW, db, dV = np.zeros(W.shape), np.zeros(b.shape), np.zeros(V.shape)
    for x, y in zip(X, Y):
        h = np.tanh(W @ x + b)
        d = V @ h - y
        e = V.T @ d * (1 - h ** 2)
        dV += np.outer(d, h)
        dW += np.outer(e, x)
        db += e
    W -= 0.01 * dW
    b -= 0.01 * db
    V -= 0.01 * dV
"""


@pytest.mark.parametrize("step", [STEP, MOMENTUM, ADAM])
def test_a_bias_that_is_not_added(tmp_path: Path, step: str) -> None:
    right = IN_A_DICT.replace(STEP, step)
    assert judged_file(source_of(tmp_path, right).path).mistakes == ()
    wrong = right.replace(' + p["c"]', "")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert (mistake.code.line, mistake.fault) == (10, "forward-no-bias")


def test_it_may_begin_as_drawn_numbers_that_are_moved(tmp_path: Path) -> None:
    text = IN_A_DICT.replace('"c": np.zeros(2)', '"c": np.random.rand(2) - 0.5')
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    (mistake,) = judged_file(source_of(tmp_path, text.replace(' + p["c"]', "")).path).mistakes
    assert (mistake.code.line, mistake.fault) == (10, "forward-no-bias")


@pytest.mark.parametrize("text", [OF_LAYERS, SAMPLE_BY_SAMPLE])
def test_biases_that_each_have_a_statement_of_their_own(tmp_path: Path, text: str) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    wrong = text.replace("self.W + self.b", "self.W").replace("W @ x + b", "W @ x")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert (mistake.code.line, mistake.fault) == (7, "forward-no-bias")


def test_weights_that_are_trained_and_never_used_are_not_called_right(tmp_path: Path) -> None:
    right = IN_A_DICT.replace("g = {", 'g = {"S": X.T @ e, ').replace("S = ", 'p["S"] = ')
    right = right.replace(' + p["c"]', ' + p["c"] + X @ p["S"]')
    assert judged_file(source_of(tmp_path, right).path).mistakes == ()
    with pytest.raises(NotJudgedError, match="not depend on"):
        judged_file(source_of(tmp_path, right.replace(' + X @ p["S"]', "")).path)


@pytest.mark.parametrize("text", [
    IN_A_DICT + "    seen -= 0.05 * e.sum(axis=0)\n",
    IN_A_DICT + "    seen = 0.9 * seen + 0.1 * h.mean()\n",
    IN_A_DICT.replace(' + p["c"]', "").replace(', "c": np.zeros(2)', "")
    + "    seen += e.sum(axis=0)\n",
    IN_A_DICT.replace("for k in p:", 'g["c"] = np.zeros(2)\n    for k in p:').replace(
        ' + p["c"]', ""),
    IN_A_DICT.replace(STEP, STEP.replace("0.05", '0.05 * (k != "c")')).replace(' + p["c"]', ""),
    IN_A_DICT.replace(STEP, MOMENTUM),
])  # fmt: skip
def test_what_is_counted_kept_or_frozen_is_no_bias(tmp_path: Path, text: str) -> None:
    """Sums of errors, averages, a bias without a step, velocities."""
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, text).path).mistakes == ()
