"""Mistakes told where they stand: in masks, in helpers that are used twice, sample by sample."""

from pathlib import Path

import pytest

from recorded_runs import judged

BEGIN = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
X = np.random.randn(7, 3)
Y = np.random.randint(0, 2, (7, 2))
sizes = [3, 4, 5, 2]
W = [np.random.randn(m, n) for m, n in zip(sizes[:-1], sizes[1:])]
b = [np.zeros(n) for n in sizes[1:]]
"""
MASKED = (
    BEGIN
    + """\
def relu_backward(d, z):
    d = np.array(d, copy=True)
    d[z <= 0] = 0
    return d
def helper(d, a):
    dW = a.T @ d / len(d)
    db = d.sum(axis=0) / len(d)
    return dW, db
for i in range(100):
    z1 = X @ W[0] + b[0]
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W[1] + b[1]
    a2 = np.maximum(z2, 0)
    d = sigmoid(a2 @ W[2] + b[2]) - Y
    g3 = helper(d, a2)
    d = relu_backward(d @ W[2].T, z2)
    g2 = helper(d, a1)
    d = relu_backward(d @ W[1].T, z1)
    g1 = helper(d, X)
    for k, (dW, db) in enumerate([g1, g2, g3]):
        W[k] -= 0.1 * dW
        b[k] -= 0.1 * db
"""
)
MOMENTUM = MASKED.replace(
    "for i in range(100)", "v = [0, 0, 0]\nu = [0, 0, 0]\nfor i in range(100)"
).replace(
    "W[k] -= 0.1 * dW\n        b[k] -= 0.1 * db",
    "v[k] = 0.9 * v[k] + dW; u[k] = 0.9 * u[k] + db\n"
    "        W[k] = W[k] - 0.1 * v[k]; b[k] = b[k] - 0.1 * u[k]",
)
SAMPLES = (
    BEGIN
    + """\
for i in range(100):
    gW = [np.zeros_like(w) for w in W]
    gb = [np.zeros_like(c) for c in b]
    for x, y in zip(X, Y):
        a = [x]
        for w, c in zip(W, b):
            a.append(sigmoid(a[-1] @ w + c))
        d = a[-1] - y
        for k in reversed(range(3)):
            gW[k] = gW[k] + np.outer(a[k], d)
            gb[k] = gb[k] + d
            if k:
                s = a[k]
                d = (W[k] @ d) * s * (1 - s)
    for k in range(3):
        W[k] = W[k] - 0.1 * gW[k]
        b[k] = b[k] - 0.1 * gb[k]
"""
)
SKIP_GRAM = """\
import numpy as np
W = np.random.randn(6, 4)
U = np.random.randn(4, 6)
pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
def train_pair(center, context):
    global U
    h = W[center]
    u = h @ U
    p = np.exp(u - u.max())
    p = p / p.sum()
    e = p.copy()
    e[context] -= 1
    dU = np.outer(h, e)
    dh = U @ e
    U = U - 0.1 * dU
    W[center] = W[center] - 0.1 * dh
for epoch in range(100):
    for center, context in pairs:
        train_pair(center, context)
"""
EMBEDDING = """\
import numpy as np
E = np.random.randn(5, 4)
W = np.random.randn(8, 5)
words = np.array([[0, 1], [1, 2], [2, 3], [3, 1], [4, 4]])
following = np.array([2, 3, 1, 4, 0])
for i in range(100):
    x = E[words].reshape(5, 8)
    p = np.exp(x @ W)
    p = p / p.sum(axis=1, keepdims=True)
    d = p.copy()
    d[np.arange(5), following] -= 1
    dW = x.T @ d
    dx = (d @ W.T).reshape(5, 2, 4)
    W -= 0.1 * dW
    np.subtract.at(E, words, 0.1 * dx)
"""
AVERAGED = """\
import numpy as np
E, W = np.random.randn(6, 4), np.random.randn(4, 6)
examples = [([0, 2, 3, 0], 1), ([1, 2, 4, 5], 3), ([3, 1, 1, 2], 5), ([2, 4, 5, 0], 4)]
for i in range(50):
    for context, word in examples:
        h = E[context].mean(axis=0)
        p = np.exp(h @ W)
        p = p / p.sum()
        loss = -np.log(p[word])
        d = p.copy()
        d[word] -= 1
        dh = W @ d
        W -= 0.1 * np.outer(h, d)
        np.add.at(E, context, -0.1 * dh / len(context))
"""
SAMPLED = """\
import numpy as np
rng = np.random.default_rng(3)
U, V = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
pairs = [(0, 1), (1, 2), (0, 3), (2, 4), (3, 1), (4, 0)]

def learn(word, near, others):
    u, v, w = U[word], V[near], V[others]
    p, q = 1 / (1 + np.exp(-v @ u)), 1 / (1 + np.exp(-w @ u))
    loss = -np.log(p) - np.log(1 - q).sum()
    du = (p - 1) * v + q @ w
    dv, dw = (p - 1) * u, np.outer(q, u)
    U[word] -= 0.1 * du
    V[near] -= 0.1 * dv
    np.add.at(V, others, -0.1 * dw)
    return loss

for i in range(20):
    total = 0
    for word, near in pairs:
        total += learn(word, near, rng.choice(5, 3))
"""
RIGHT = {
    "rows that change one after the other": SKIP_GRAM,
    "rows that are averaged, some of them twice": AVERAGED,
    "rows that are drawn, some of them twice": SAMPLED,
    "rows that are taken several times": EMBEDDING,
    "a mask": MASKED,
    "a mask by np.where": MASKED.replace("d[z <= 0] = 0", "d = np.where(z <= 0, 0, d)"),
    "a mask, with momentum": MOMENTUM,
    "samples one by one": SAMPLES,
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_passes(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()


SLOPE = MASKED.replace(
    "helper(d, a)", "slope(z):\n    return np.where(z > 0, 1, 0)\ndef helper(d, a)"
)
for _n in "12":
    SLOPE = SLOPE.replace(f"relu_backward(d @ W[{_n}].T, z{_n})", f"d @ W[{_n}].T * slope(z{_n})")
WRONG = {
    "a slope that only moves numbers": (
        SLOPE, "np.where(z > 0, 1, 0)", "np.where(z > 0, z, 0)",
        ("np.where(z > 0, z, 0)", "grad-other-activation"),
    ),
    "a mask that is turned round": (MASKED, "z <= 0", "z > 0", ("d[z > 0] = 0", "grad-relu-mask")),
    "the same with momentum": (MOMENTUM, "z <= 0", "z > 0", ("d[z > 0] = 0", "grad-relu-mask")),
    "by np.where": (
        MASKED, "d[z <= 0] = 0", "d = np.where(z > 0, 0, d)",
        ("np.where(z > 0, 0, d)", "grad-relu-mask"),
    ),
    "a mask of what is masked": (
        MASKED, "d[z <= 0]", "d[d <= 0]", ("d[d <= 0] = 0", "grad-relu-mask"),
    ),
    "a right mask of the wrong thing": (
        MASKED, "relu_backward(d @ W[1].T, z1)", "relu_backward(d @ W[1].T, -z1)",
        ("relu_backward(d @ W[1].T, -z1)", "grad-relu-mask"),
    ),
    "in a helper that is used for each layer": (
        MASKED, "d.sum(axis=0)", "d.sum()", ("d.sum()", "grad-bias-not-summed"),
    ),
    "a layer's own output, sample by sample": (
        SAMPLES.replace("sizes = [3, 4, 5, 2]", "sizes = [3, 3, 3, 2]"),
        "np.outer(a[k], d)", "np.outer(a[max(k, (k + 1) % 3)], d)",
        ("np.outer(a[max(k, (k + 1) % 3)], d)", "grad-inputs-swapped"),
    ),
    "changes of the same row are not added up": (
        EMBEDDING, "np.subtract.at(E, words, 0.1 * dx)", "E[words] -= 0.1 * dx",
        ("E[words] -= 0.1 * dx", "grad-not-added-up"),
    ),
    "nor are like changes of the same row": (
        AVERAGED, "np.add.at(E, context, -0.1 * dh / len(context))",
        "E[context] -= 0.1 * dh / len(context)",
        ("E[context] -= 0.1 * dh / len(context)", "grad-not-added-up"),
    ),
    "of rows that are drawn": (
        SAMPLED, "(p - 1) * v + q @ w", "(p - 1) * v", ("(p - 1) * v", "grad-path-missing"),
    ),
    "no slope, sample by sample": (
        SAMPLES, "(W[k] @ d) * s * (1 - s)", "W[k] @ d",
        ("W[k] @ d", "grad-hidden-no-derivative"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_told_once_where_it_stands(
    tmp_path: Path, text: str, right: str, wrong: str, expected: tuple[str, str]
) -> None:
    assert right in text
    source = text.replace(right, wrong)
    mistakes = judged(tmp_path, source).mistakes
    assert [(m.code.line, m.fault) for m in mistakes] == [
        (next(i for i, line in enumerate(source.split("\n"), 1) if expected[0] in line),
         expected[1])
    ]  # fmt: skip


UNITS = """\
import math, random
random.seed(1)
def f(x):
    return math.tanh(x)
def slope(x):
    return 1 - math.tanh(x) * math.tanh(x)
class Unit:
    def __init__(self, n):
        self.w = [random.uniform(-1, 1) for _ in range(n)]
    def go(self, xs):
        self.xs, self.z = xs, sum(w * x for w, x in zip(self.w, xs))
        self.a = f(self.z)
        return self.a
    def change(self):
        for i, x in enumerate(self.xs):
            self.w[i] -= 0.1 * self.d * x
hidden, top = [Unit(2) for _ in range(3)], Unit(3)
for step in range(40):
    x, t = random.choice([([0.1, 0.9], 0.2), ([0.7, 0.4], -0.4)])
    y = top.go([unit.go(x) for unit in hidden])
    loss = (y - t) ** 2 / 2
    top.d = (y - t) * slope(top.z)
    for j, unit in enumerate(hidden):
        unit.d = top.w[j] * top.d * slope(unit.z)
    for unit in [top, *hidden]:
        unit.change()
"""
OF_SIGMOIDS = UNITS.replace("math.tanh(x)\n", "1 / (1 + math.exp(-x))\n", 1).replace(
    "1 - math.tanh(x) * math.tanh(x)", "f(x) * (1 - f(x))"
)


@pytest.mark.parametrize("text", [UNITS, OF_SIGMOIDS])
def test_a_slope_that_one_function_gives_for_all_layers_is_told_where_each_calls_it(
    tmp_path: Path, text: str
) -> None:
    assert judged(tmp_path, text).mistakes == ()
    wrong = text.replace("slope(top.z)", "slope(top.a)").replace("slope(unit.z)", "slope(unit.a)")
    told = [(m.code.line, m.fault) for m in judged(tmp_path, wrong).mistakes]
    assert told == [(n, "grad-hidden-derivative-at-activation") for n in (22, 24)]


ONE_BY_ONE = """\
import numpy as np
rng = np.random.default_rng(0)
w1, w2, b, v1, c = rng.standard_normal(5)
def f(x):
    return 1 / (1 + np.exp(-x))
data = [[0.2, 0.5, 0], [0.4, 1.0, 1], [1.0, 0.3, 1], [0.9, 0.8, 0]]
for epoch in range(50):
    x, y, t = data[epoch % 4]
    z = x * w1 + y * w2 + b
    p = f(z)
    u = p * v1 + c
    q = f(u)
    loss = (q - t) ** 2
    slope_u = f(u) * (1 - f(u))
    slope_z = f(z) * (1 - f(z))
    dv1 = 2 * (q - t) * slope_u * p
    dc = 2 * (q - t) * slope_u
    dw1 = dc * v1 * slope_z * x
    dw2 = dc * v1 * slope_z * y
    db = dc * v1 * slope_z
    w1, w2, b = w1 - 0.1 * dw1, w2 - 0.1 * dw2, b - 0.1 * db
    v1, c = v1 - 0.1 * dv1, c - 0.1 * dc
"""


def test_a_right_slope_is_not_accused_of_what_it_is_multiplied_with(tmp_path: Path) -> None:
    assert judged(tmp_path, ONE_BY_ONE).mistakes == ()
    wrong = ONE_BY_ONE.replace("dc * v1", "dv1")
    assert sorted(m.code.line for m in judged(tmp_path, wrong).mistakes) == [18, 19, 20]


ALL_OPEN = """\
import numpy as np
X, T = np.random.randn(40, 4), np.eye(3)[np.random.randint(0, 3, 40)]
V, W = np.random.randn(4, 7) * 0.5, np.random.randn(7, 3) * 0.5
def slope(a):
    d = np.zeros_like(a)
    d[a >= 0] = 1
    return d
for epoch in range(200):
    h = np.maximum(X @ V, 0)
    E = np.exp(h @ W)
    P = E / E.sum(axis=1, keepdims=True)
    d = (P - T) / 40
    back = d @ W.T
    back = BACK
    W = W - 0.1 * h.T @ d
    V = V - 0.1 * X.T @ back
"""


@pytest.mark.parametrize("back", ["back * (h >= 0)", "back * slope(h)", "slope(h) * back"])
def test_a_mask_that_leaves_nothing_out_is_where_one_is_missing(tmp_path: Path, back: str) -> None:
    """What a rectifier gives is nowhere below 0, so that all of it counts as open."""
    (mistake,) = judged(tmp_path, ALL_OPEN.replace("BACK", back)).mistakes
    assert (mistake.fault, mistake.code.line) == ("grad-hidden-no-derivative", 14)
    right = back.replace("h >= 0", "h > 0").replace("slope(h)", "(h > 0)")
    assert judged(tmp_path, ALL_OPEN.replace("BACK", right)).mistakes == ()
