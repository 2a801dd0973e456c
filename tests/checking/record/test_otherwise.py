"""Mistakes that leave no operation behind: what is written over, or handed back as it is."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._source.assigned import assignments
from chainrule.checking.record._source.program import hands_back
from chainrule.checking.record._standins.form import Form, Variant
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.run import record
from recorded_runs import SECONDS, judged, judged_file, source_of

POOLED = """\
import numpy as np
X, T = np.random.randn(7, 6), np.random.randn(7, 3)
W, V = np.random.randn(6, 6), np.random.randn(4, 3)
def pool(x):
    return np.stack([x[:, i:i + 3].max(axis=1) for i in range(4)], axis=1)
def pool_back(d, x):
    dx = np.zeros_like(x)
    for n in range(len(x)):
        for i in range(4):
            dx[n, i + np.argmax(x[n, i:i + 3])] += d[n, i]
    return dx
for step in range(9):
    z = X @ W
    h = pool(z)
    d = h @ V - T
    loss = 0.5 * np.sum(d ** 2)
    back = d @ V.T
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ pool_back(back, z)
"""
SLIDING = """\
import numpy as np
X, T = np.random.randn(7, 9), np.random.randn(7, 1)
K, L, w = np.random.randn(3), np.random.randn(3), np.random.randn(5, 1)
class Filter:
    def __init__(self, k):
        self.k = k
    def forward(self, x):
        self.x = x
        return np.stack([x[:, i:i + 3] @ self.k for i in range(x.shape[1] - 2)], axis=1)
    def backward(self, d):
        dx, self.dk = np.zeros_like(self.x), np.zeros(3)
        for i in range(d.shape[1]):
            self.dk += self.x[:, i:i + 3].T @ d[:, i]
            dx[:, i:i + 3] += d[:, i:i + 1] * self.k
        return dx
one, two = Filter(K), Filter(L)
for step in range(9):
    h = np.tanh(one.forward(X))
    u = two.forward(h)
    d = 2 * (u @ w - T) / len(X)
    loss = np.mean((u @ w - T) ** 2)
    back = d @ w.T
    w -= 0.1 * u.T @ d
    one.backward(two.backward(back) * (1 - h * h))
    one.k -= 0.1 * one.dk
    two.k -= 0.1 * two.dk
"""
ROWS = """\
import numpy as np
words, T = np.array([[0, 1, 1], [2, 0, 3], [4, 4, 1], [3, 2, 2]]), np.random.randn(4, 2)
E, W = np.random.randn(5, 4), np.random.randn(4, 2)
for step in range(9):
    v = E[words].mean(axis=1)
    d = v @ W - T
    loss = 0.5 * np.sum(d ** 2)
    dv = d @ W.T
    W -= 0.1 * v.T @ d
    dE = np.zeros_like(E)
    np.add.at(dE, words, dv[:, None, :] / 3)
    E -= 0.1 * dE
"""
OVERWRITTEN = {
    "the maxima of windows": (POOLED, "+= d[n, i]", "= d[n, i]"),
    "slices": (SLIDING, "dx[:, i:i + 3] +=", "dx[:, i:i + 3] ="),
    "rows that come twice": (
        ROWS, "np.add.at(dE, words, dv[:, None, :] / 3)", "dE[words] += dv[:, None, :] / 3",
    ),
}  # fmt: skip
LAYERS = """\
import numpy as np
X, T = np.random.randn(30, 5), np.random.randn(30, 3)
class Dense:
    def __init__(self, a, b):
        self.W = np.random.randn(a, b)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, d):
        self.dW = self.x.T @ d
        return d @ self.W.T
class Same:
    W = dW = 0
    def forward(self, x):
        return x
    def backward(self, d):
        return d
class Tanh:
    W = dW = 0
    def forward(self, x):
        self.a = np.tanh(x)
        return self.a
    def backward(self, given):
        return given * (1 - self.a ** 2)
class Dropout:
    W = dW = 0
    def forward(self, x):
        self.mask = np.random.rand(*x.shape) < 0.7
        return x * self.mask / 0.7
    def backward(self, passed):
        return passed * self.mask / 0.7
net = [Dense(5, 6), Tanh(), Same(), Dense(6, 6), Same(), Tanh(), Dropout(), Dense(6, 3)]
for step in range(9):
    a = X
    for layer in net:
        a = layer.forward(a)
    d = a - T
    loss = 0.5 * np.sum(d ** 2)
    for layer in net[::-1]:
        d = layer.backward(d)
    for layer in net:
        layer.W -= 0.01 * layer.dW
"""
HANDED_BACK = {
    "an activation": ("given * (1 - self.a ** 2)", "given", "grad-hidden-no-derivative"),
    "dropout that scales": ("passed * self.mask / 0.7", "passed / 0.7", "grad-dropout-missing"),
    "dropout": ("passed * self.mask / 0.7", "passed", "grad-dropout-missing"),
}


def line_of(text: str, part: str) -> int:
    (line,) = (i for i, line in enumerate(text.split("\n"), 1) if part in line)
    return line


@pytest.mark.parametrize("text", [POOLED, SLIDING, ROWS, LAYERS])
def test_what_is_right_passes(tmp_path: Path, text: str) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()


@pytest.mark.parametrize(("text", "right", "wrong"), OVERWRITTEN.values(), ids=OVERWRITTEN.keys())
def test_what_is_written_over_is_told_where_it_is_written(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert right in text
    source = text.replace(right, wrong)
    (mistake,) = judged_file(source_of(tmp_path, source).path).mistakes
    assert (mistake.code.line, mistake.fault) == (line_of(source, wrong), "grad-not-added-up")


def test_nothing_that_is_right_for_what_goes_in_is_accused(tmp_path: Path) -> None:
    """The record alone does not see what is written over, and only that it is wrong after it."""
    with pytest.raises(NotJudgedError):
        judged(tmp_path, POOLED.replace("+= d[n, i]", "= d[n, i]"))


@pytest.mark.parametrize(("right", "wrong", "fault"), HANDED_BACK.values(), ids=HANDED_BACK.keys())
def test_what_a_layer_leaves_out_is_told_in_that_layer(
    tmp_path: Path, right: str, wrong: str, fault: str
) -> None:
    assert right in LAYERS
    source = LAYERS.replace(right, wrong)
    (mistake,) = judged_file(source_of(tmp_path, source).path).mistakes
    assert (mistake.code.line, mistake.fault) == (line_of(source, f"return {wrong}"), fault)


def test_only_a_place_that_is_not_written_out_may_come_twice(tmp_path: Path) -> None:
    source = source_of(tmp_path, "a[0] = b\na[i] = b\nfor j in c:\n    a[j] -= b\n    a[:2] = b\n")
    assert assignments(source) == [(0, 4, 4), (0, 2, 0)]


@pytest.mark.parametrize(("body", "expected"), [
    ("return x", True),
    ("return x, None", True),
    ("return x * 1.0", False),
    ("x[0] = 1\n    return x", False),
    ("x = x + 1\n    return x", False),
    ("return y", False),
])  # fmt: skip
def test_a_function_hands_back_what_it_does_not_change(
    tmp_path: Path, body: str, expected: bool
) -> None:
    assert hands_back(source_of(tmp_path, f"def back(self, x):\n    {body}\n")) is expected


@pytest.mark.parametrize(("statement", "sums"), [
    ("a[k] += b", [1, 2, 6]),
    ("a[k] = b", [1, 2, 6]),
    ("a[k] -= b", [1, -2, -4]),
])  # fmt: skip
def test_an_assignment_adds_each_time_that_a_place_is_named(
    tmp_path: Path, statement: str, sums: list[float]
) -> None:
    text = (
        "import numpy as np\na, k, b = np.array([1., 0, 1]), [1, 2, 2], np.array([2., 4, 1])\n"
        f"{statement}\nnp.exp(a)\n"
    )
    form = Form(variant=Variant(added=(0, 3, 0)))
    table = record(source_of(tmp_path, text), form, 0, {}, SECONDS)
    assert table.inputs(len(table.operations) - 1)[0].tolist() == sums


ONE_OUTPUT = """\
import numpy as np
class Network:
    def __init__(self):
        self.W = [np.random.randn(3, 3), np.random.randn(3, 1)]
    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))
    def slope(self, x):
        return x * (1 - x)
    def learn(self, x, t):
        a = [np.atleast_2d(x)]
        for W in self.W:
            a.append(self.sigmoid(a[-1] @ W))
        d = [(a[-1] - t) * self.slope(a[-1])]
        d.append(d[-1] @ self.W[1].T * self.slope(a[1]))
        for i in (0, 1):
            self.W[i] += -0.5 * a[i].T @ d[1 - i]
    def loss(self, X, t):
        p = X
        for W in self.W:
            p = self.sigmoid(p @ W)
        return 0.5 * np.sum((p - t) ** 2)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
t = np.array([[0], [1], [1], [0]])
network = Network()
for epoch in range(1000):
    for x, one in zip(X, t):
        network.learn(x, one)
    if epoch == 0 or (epoch + 1) % 100 == 0:
        print(network.loss(X, t))
"""


def test_with_one_output_what_a_slope_gives_is_no_loss_that_is_gone_down_on(
    tmp_path: Path,
) -> None:
    """Everything that is computed of a single number has its gradient along that of the loss."""
    assert judged_file(source_of(tmp_path, ONE_OUTPUT).path).mistakes == ()
    with contextlib.suppress(NotJudgedError):
        wrong = ONE_OUTPUT.replace("(a[-1] - t)", "(a[-1] + t)")
        assert judged_file(source_of(tmp_path, wrong).path).mistakes
