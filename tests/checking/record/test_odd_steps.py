"""Steps of odd kinds: nothing right in them is accused, and judging them comes to an end."""

from pathlib import Path

import pytest

from chainrule.checking import chance
from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import assert_told_apart, judged_file, source_of

AN_AXIS_MORE = """\
import numpy as np
X, labels = np.random.randn(30, 4), np.random.randint(0, 3, 30)
samples = [(np.eye(3)[c], x) for c, x in zip(labels, X)]
def squash(z):
    return 1 / (1 + np.exp(-z))
W, V = np.random.randn(4, 6), np.random.randn(6, 3)
for epoch in range(20):
    for t, x in samples:
        x = x.reshape(1, 4)
        h = squash(x @ W)
        y = squash(h @ V)
        d = (y[0] - t.reshape(1, 3)) * y * (1 - y)
        back = d @ V.T * h * (1 - h)
        W = W - 0.5 * x.T @ back
        V = V - 0.5 * h.T @ d
"""


def test_a_row_and_an_array_of_one_axis_meet_number_by_number(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, AN_AXIS_MORE, "V.T * h * (1 - h)", "V.T * h")


SCHEDULE = """\
import numpy as np
class Linear:
    def __init__(self, inputs, outputs):
        self.W = np.random.normal(0, 0.5, (inputs, outputs))
        self.G = np.zeros_like(self.W)
    def forward(self, X):
        self.X = X
        return X @ self.W
    def backward(self, D):
        self.G[:] = self.X.T @ D
        return D @ self.W.T
layer = Linear(4, 1)
batches = []  # the data are not there
max_lr = 1e-3
min_lr = 1e-5
warmup = 0
epochs = 120
for epoch in range(1, epochs + 1):
    rate = min_lr + 0.5 * (max_lr - min_lr) * (1 + np.cos(np.pi * epoch / epochs))
    for X, T in batches:
        D = (layer.forward(X) - T) / len(X)
        layer.backward(D)
        layer.W -= rate * layer.G
"""


def test_a_rate_that_falls_is_no_parameter_where_nothing_is_trained(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError, match="no parameter"):
        judged_file(source_of(tmp_path, SCHEDULE).path)


HINGE = """\
import numpy as np
X = np.random.default_rng(0).normal(size=(40, 3))
y = np.where(X[:, 0] + 0.5 * X[:, 1] > 0, 1, -1)
w = np.zeros(3)
C = 100.0
for epoch in range(50):
    for x, t in zip(X, y):
        if 1 - t * np.dot(x, w) <= 0:
            g = w
        else:
            g = w - C * t * x
        w = w - 0.001 * g
    gaps = np.maximum(0, 1 - y * (X @ w))
    print(epoch, 0.5 * np.dot(w, w) + C * np.mean(gaps))
"""


@pytest.mark.parametrize("seed", [1, 5, 8])  # the labels are others: of 5 the first is within
def test_labels_that_are_made_of_samples_are_no_parameters(tmp_path: Path, seed: int) -> None:
    with chance.seeded(seed):
        assert judged_file(source_of(tmp_path, HINGE).path).mistakes == ()


ROW_BY_ROW = """\
import numpy as np
from sklearn import datasets
iris = datasets.load_iris()
X = iris["data"][:, (2, 3)].T
y = iris["target"]
X = np.r_[np.ones([1, len(X.T)]), X]
def descend(X, y, rate, epochs):
    k = len(np.unique(y))
    W = np.random.rand(k, X.shape[0])
    Y = np.eye(k)[y]
    costs, so_far = [0], 0
    for epoch in range(epochs):
        E = np.exp(X.T @ W.T)
        P = E / np.sum(E, axis=1).reshape(-1, 1)
        cost = -1 / X.shape[1] * np.sum(np.log(P[np.arange(X.shape[1]), y]))
        so_far += cost
        costs.append(cost + so_far)
        for i, column in enumerate((P - Y).T):
            g = 1 / X.shape[1] * np.sum(column.reshape(-1, 1) * X.T, axis=0)
            W[i] -= rate * g
    return W
print(descend(X, y, 0.01, 8000))
"""


def test_rows_that_change_one_by_one_beside_a_sum_of_losses(tmp_path: Path) -> None:
    """What is known to be changed, and what is a state, are each found out after the other."""
    assert_told_apart(tmp_path, ROW_BY_ROW, "(P - Y).T", "(P + Y).T")


NEGATIVES = """\
import numpy as np
rng = np.random.default_rng(0)
words = 40
pairs = [(int(a), int(b)) for a, b in rng.integers(0, words, size=(200, 2))]
def squash(z):
    return 1 / (1 + np.exp(-z))
E = rng.uniform(-0.5, 0.5, size=(words, 8)) / words
C = np.zeros((words, 8))
for epoch in range(10):
    total = 0.0
    for centre, near in pairs:
        others = []
        while len(others) <= 5:
            w = np.random.randint(0, words)
            if w != centre:
                others.append(w)
        others = np.array(others)
        v = E[centre]
        p = squash(C[near] @ v)
        q = squash(C[others] @ v)
        total += -(np.log(p) + np.sum(np.log(1.0 - q + 1e-10)))
        up, down = p - 1.0, q
        g = up * C[near] + down @ C[others]
        C[near] -= 0.05 * up * v
        C[others] -= 0.05 * down[:, np.newaxis] * v
        E[centre] -= 0.05 * g
    print(epoch, total / len(pairs))
"""


def test_a_word_that_is_drawn_twice_loses_a_change(tmp_path: Path) -> None:
    """The one table begins with zeros, so that the other does not change at first."""
    faults = {m.fault for m in judged_file(source_of(tmp_path, NEGATIVES).path).mistakes}
    assert faults == {"grad-not-added-up"}


A_SUM_IN_PYTHON = """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = (X[:, 0] > 0).astype(int)
def norm(Z):
    return (Z - np.mean(Z)) / np.std(Z)
def one_hot(y):
    T = np.zeros((2, y.size))
    for i in range(y.size):
        T[int(y[i]), i] = 1
    return T
W = {k: np.random.rand(n, m) - 0.5 for k, (n, m) in enumerate([(6, 4), (6, 6), (2, 6)], 1)}
B = {k: np.random.rand(len(W[k]), 1) - 0.5 for k in W}
for t in range(1, 51):
    data = np.hstack((X, y[:, None]))
    np.random.shuffle(data)
    batches = np.array([data[i * 20:(i + 1) * 20] for i in range(3)])
    miss = 0
    for i in range(3):
        x, l = batches[i, :, :4].T, batches[i, :, 4]
        Z, out, dZ, dW, dB = {}, {0: x}, {}, {}, {}
        for k in W:
            Z[k] = W[k] @ out[k - 1] + B[k]
            if k < 3:
                out[k] = norm(np.maximum(0, Z[k]))
            else:
                out[k] = np.exp(Z[k]) / sum(np.exp(Z[k]))
        for k in (3, 2, 1):
            if k == 3:
                dZ[k] = out[k] - one_hot(l)
            else:
                dZ[k] = W[k + 1].T @ dZ[k + 1] * (Z[k] > 0).astype("int")
            dW[k] = (1 / 20) * dZ[k] @ out[k - 1].T
            dB[k] = (1 / 20) * np.sum(dZ[k])
        for k in W:
            W[k] += -0.01 * 0.9999 ** t * dW[k] + (0 / 20) * W[k]
            B[k] -= 0.01 * 0.9999 ** t * dB[k]
        miss += 1 / 20 * np.sum(-one_hot(l) * np.log(out[3]))
    print(t, miss / 3)
"""


def test_sums_of_pythons_own_are_looked_at_where_layers_differ(tmp_path: Path) -> None:
    """A place in the code may read one thing in one layer, and two in the next."""
    faults = {m.fault for m in judged_file(source_of(tmp_path, A_SUM_IN_PYTHON).path).mistakes}
    assert "grad-bias-not-summed" in faults
