"""Kinds of training that are right, each with a mistake that is then not called right."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

HEAD = "import numpy as np\nX, t = np.random.randn(9, 4), np.random.randn(9, 2)\n"
LAYERS = """\
p = {"W": np.random.randn(4, 5), "b": np.zeros(5), "V": np.random.randn(5, 2), "c": np.zeros(2)}
def forward(x):
    h = np.tanh(x @ p["W"] + p["b"])
    return h, h @ p["V"] + p["c"]
def backward(h, x, d):
    e = d @ p["V"].T * (1 - h ** 2)
    return {"W": x.T @ e, "b": e.sum(0), "V": h.T @ d, "c": d.sum(0)}
"""
PRINTED = """\
def gradient(x, t):
    h, y = forward(x)
    print(0.5 * np.sum((y - t) ** 2))
    return backward(h, x, y - t)
"""
TEACH = """\
for epoch in range(30):
    for k, g in gradient(X, t).items():
        p[k] -= 0.1 * g
"""

# name: a right training, what stands in it, and what a mistake puts there
KINDS = {
    "orthogonal first weights": (
        HEAD
        + LAYERS.replace("np.random.randn(5, 2)", "np.linalg.qr(np.random.randn(5, 2))[0]")
        + "def gradient(x, t):\n    h, y = forward(x)\n    return backward(h, x, y - t)\n"
        + TEACH,
        ("(1 - h ** 2)", "(1 - h)"),
    ),
    "windows that are a view": (
        """\
import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
x, t = np.random.randn(6, 9), np.random.randn(6)
k, v = np.random.randn(3), np.random.randn(7)
for step in range(30):
    seen = sliding_window_view(x, 3, axis=1)
    h = np.tanh(seen @ k)
    e = (h @ v - t) / len(x)
    print(0.5 * np.sum((h @ v - t) ** 2) / len(x))
    back = e[:, None] * v * (1 - h ** 2)
    again = as_strided(x, (6, 7, 3), (*x.strides, x.strides[1]))
    k -= 0.1 * np.einsum("nl,nlk->k", back, again)
    v -= 0.1 * h.T @ e
""",
        ('"nl,nlk->k", back, again', '"nl,nlk->k", back, again[:, :, ::-1]'),
    ),
    "noise of a long tail": (
        "import numpy as np\nX = np.random.gamma(2.0, 1.0, (9, 4))\n"
        "t = X[:, :2] + np.random.standard_t(3, (9, 2)) * 0.1\n"
        + LAYERS
        + "def gradient(x, t):\n    h, y = forward(x)\n    return backward(h, x, y - t)\n"
        + TEACH,
        ("d @ p", "2 * d @ p"),
    ),
    "AdaDelta": (
        HEAD
        + LAYERS
        + PRINTED
        + """\
squares = {k: np.zeros_like(a) for k, a in p.items()}
steps = {k: np.zeros_like(a) for k, a in p.items()}
for epoch in range(30):
    for k, g in gradient(X, t).items():
        squares[k] = 0.9 * squares[k] + 0.1 * g ** 2
        d = np.sqrt(steps[k] + 1e-5) / np.sqrt(squares[k] + 1e-5) * g
        steps[k] = 0.9 * steps[k] + 0.1 * d ** 2
        p[k] -= d
""",
        ("e.sum(0)", "(e * h).sum(0)"),
    ),
    "AdaDelta whose averages begin as plain numbers": (
        HEAD
        + LAYERS
        + PRINTED
        + """\
kept = {}
for epoch in range(30):
    for k, g in gradient(X, t).items():
        squares, steps = kept.get(k, (0, 0))
        squares = 0.9 * squares + 0.1 * g ** 2
        d = np.sqrt(steps + 1e-5) / np.sqrt(squares + 1e-5) * g
        kept[k] = squares, 0.9 * steps + 0.1 * d ** 2
        p[k] -= d
""",
        ("e.sum(0)", "(e * h).sum(0)"),
    ),
    "counts, whose likelihood is never computed": (
        HEAD
        + LAYERS
        + """\
counts = np.random.poisson(2.0, (9, 2))
counts[0] = 3
def gradient(x, t):
    h, y = forward(x)
    return backward(h, x, np.exp(y) - counts)
"""
        + TEACH,
        ("(1 - h ** 2)", "(1 - h)"),
    ),
    "averages of one number, written as steps": (
        HEAD
        + LAYERS.replace("(5, 2)", "(5, 1)").replace("zeros(2)", "zeros(1)")
        + """\
m = {k: np.zeros_like(a) for k, a in p.items()}
v = {k: np.zeros_like(a) for k, a in p.items()}
for i in range(1, 30):
    h, y = forward(X)
    print(0.5 * np.sum((y - t[:, :1]) ** 2))
    for k, g in backward(h, X, y - t[:, :1]).items():
        m[k] += 0.1 * (g - m[k])
        v[k] += 0.01 * (g * g - v[k])
        p[k] -= 0.01 * m[k] / (1 - 0.9 ** i) / (np.sqrt(v[k] / (1 - 0.99 ** i)) + 1e-8)
""",
        ("d.sum(0)", "(d ** 2).sum(0)"),
    ),
    "a loss that is computed after each epoch": (
        HEAD
        + LAYERS
        + """\
def cost(x, t):
    y = forward(x)[1]
    return np.mean(np.sqrt(1 + (y - t) ** 2))
def gradient(x, t):
    h, y = forward(x)
    return backward(h, x, (y - t) / np.sqrt(1 + (y - t) ** 2) / t.size)
"""
        + TEACH
        + "    if epoch == 20:\n        print(cost(X, t))\n",
        ("(y - t) / np", "2 * (y - t) / np.abs(y - t) / np"),
    ),
    "a sum of the losses of two heads": (
        HEAD
        + LAYERS.replace('"V":', '"U": np.random.randn(5, 3), "V":')
        + """\
labels = np.arange(9) % 3
def both(x, t, labels):
    h, y = forward(x)
    q = np.exp(h @ p["U"])
    q = q / q.sum(1, keepdims=True)
    return h, y, q
def total(x, t, labels):
    _, y, q = both(x, t, labels)
    return 0.5 * np.mean((y - t) ** 2) - np.mean(np.log(q[np.arange(9), labels]))
def gradient(x, t, labels):
    h, y, q = both(x, t, labels)
    d, s = (y - t) / t.size, (q - np.eye(3)[labels]) / 9
    e = (d @ p["V"].T + s @ p["U"].T) * (1 - h ** 2)
    return {"W": x.T @ e, "b": e.sum(0), "V": h.T @ d, "c": d.sum(0), "U": h.T @ s}
"""
        + TEACH.replace("(X, t)", "(X, t, labels)"),
        (" + s @ p", " - s @ p"),
    ),
    "a loss with straight sides": (
        HEAD
        + LAYERS
        + """\
q = np.array([0.2, 0.8])
def cost(y, t):
    return np.mean(np.maximum(q * (t - y), (q - 1) * (t - y)))
def slope(y, t):
    return np.where(t > y, -q, 1 - q) / t.size
def gradient(x, t):
    h, y = forward(x)
    return backward(h, x, slope(y, t))
"""
        + TEACH,
        ("d.sum(0)", "d.max(0)"),
    ),
    "an advantage that is taken for a number": (
        HEAD
        + LAYERS
        + """\
labels, reward = np.arange(9) % 2, np.random.randn(9)
value = {"v": np.random.randn(4)}
def chances(x):
    h, y = forward(x)
    q = np.exp(y)
    return h, q / q.sum(1, keepdims=True)
def cost(x, labels, advantage, reward):
    q = chances(x)[1]
    return -np.mean(advantage * np.log(q[np.arange(9), labels])) + 0.5 * np.mean(
        (x @ value["v"] - reward) ** 2)
def gradient(x, labels, advantage, reward):
    h, q = chances(x)
    d = (q - np.eye(2)[labels]) * advantage[:, None] / 9
    return backward(h, x, d) | {"v": x.T @ (x @ value["v"] - reward) / 9}
for epoch in range(30):
    advantage = reward - X @ value["v"]
    for k, g in gradient(X, labels, advantage, reward).items():
        (value if k == "v" else p)[k] -= 0.1 * g
""",
        ("(q - np.eye(2)[labels]) *", "(q + np.eye(2)[labels]) *"),
    ),
    "a bias of which the loss has differences alone": (
        HEAD
        + LAYERS
        + """\
for epoch in range(30):
    h, y = forward(X)
    other, z = forward(X[::-1])
    d = (y - z) / 9
    print(0.5 * np.sum((y - z) ** 2) / 9)
    one, two = backward(h, X, d), backward(other, X[::-1], -d)
    for k in p:
        p[k] -= 0.1 * (one[k] + two[k])
""",
        ("one[k] + two[k]", "one[k] - two[k]"),
    ),
    "first numbers in one statement": (
        """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8)
class Line:
    def __init__(self):
        self.c, self.w = 0.0, np.random.randn(3)
a, b, one = 0.0, np.zeros(3), Line()
for i in range(30):
    e = X @ one.w + one.c - t
    print(0.5 * np.sum(e ** 2))
    a += e.sum() ** 2
    b += (X.T @ e) ** 2
    one.c -= 0.1 * e.sum() / np.sqrt(a + 1e-8)
    one.w -= 0.1 * X.T @ e / np.sqrt(b + 1e-8)
""",
        ("0.1 * e.sum()", "0.1 * e.prod()"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_training_is_called_right(kind: str, tmp_path: Path) -> None:
    assert judged_file(source_of(tmp_path, KINDS[kind][0]).path).mistakes == ()


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_mistake_it_is_not(kind: str, tmp_path: Path) -> None:
    text, (right, wrong) = KINDS[kind]
    assert right in text
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, text.replace(right, wrong, 1)).path).mistakes
