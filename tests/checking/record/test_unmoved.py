"""Parameters that are changed by zeros, where their gradient should have been put."""

import contextlib
from pathlib import Path

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

LAYERS_IN_A_LOOP = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
sizes = [4, 6, 5, 2]
W = [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]
for step in range(20):
    h = [X]
    for w in W:
        h.append(np.tanh(h[-1] @ w))
    print(0.5 * np.sum((h[-1] - Y) ** 2))
    grads = [np.zeros(w.shape) for w in W]
    d = (h[-1] - Y) * (1 - h[-1] ** 2)
    for i in range(len(W) - 1, -1, -1):
        grads[i] = h[i].T @ d
        d = d @ W[i].T * (1 - h[i] ** 2)
    for w, g in zip(W, grads):
        w -= 0.05 * g
"""
LOOKING_AHEAD = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
W, V = np.random.randn(4, 5), np.random.randn(5, 2)
v, u = np.zeros(W.shape), np.zeros(V.shape)
for step in range(20):
    A, B = W + 0.9 * v, V + 0.9 * u
    h = np.tanh(X @ A)
    e = h @ B - Y
    print(0.5 * np.sum(e ** 2))
    u = 0.9 * u - 0.01 * h.T @ e
    v = 0.9 * v - 0.01 * X.T @ (e @ B.T * (1 - h ** 2))
    W, V = W + v, V + u
"""


def test_a_gradient_that_a_loop_does_not_come_to(tmp_path: Path) -> None:
    text = LAYERS_IN_A_LOOP.replace("len(W) - 1, -1, -1", "len(W) - 1, 0, -1")
    assert judged_file(source_of(tmp_path, LAYERS_IN_A_LOOP).path).mistakes == ()
    mistakes = judged_file(source_of(tmp_path, text).path).mistakes
    assert {(m.code.line, m.fault) for m in mistakes} == {(10, "train-missing-parameter")}


def test_velocities_that_begin_as_zeros_are_no_gradients(tmp_path: Path) -> None:
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, LOOKING_AHEAD).path).mistakes == ()


def test_a_sum_that_nothing_is_added_to(tmp_path: Path) -> None:
    text = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
W, b = np.random.randn(4, 2), np.random.randn(2)
for step in range(20):
    e = X @ W + b - Y
    print(0.5 * np.sum(e ** 2))
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    dW += X.T @ e
    db += e.sum(axis=0)
    W -= 0.01 * dW
    b -= 0.01 * db
"""
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    wrong = text.replace("db += e", "db + e")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert (mistake.code.line, mistake.fault) == (8, "train-missing-parameter")
