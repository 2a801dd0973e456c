"""What the customs of the lab accuse is not accused where the file's own training is right."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source
from chainrule.checking.record.findings import with_training

BIAS_ROWS = """
import numpy as np


class Net:
    def __init__(self):
        self.W1, self.b1 = np.random.randn(2, 5), np.zeros((1, 5))
        self.W2, self.b2 = np.random.randn(5, 1), np.zeros((1, 1))

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def train(self, X, y, rounds=300, alpha=0.1):
        for _ in range(rounds):
            a = self.sigmoid(X @ self.W1 + self.b1)
            p = self.sigmoid(a @ self.W2 + self.b2)
            d2 = (p - y) * p * (1 - p)
            d1 = d2 @ self.W2.T * a * (1 - a)
            self.W2 -= alpha * a.T @ d2
            self.b2 -= alpha * d2.sum(axis=0, keepdims=True)
            self.W1 -= alpha * X.T @ d1
            self.b1 -= alpha * d1.sum(axis=0, keepdims=True)

    def predict(self, X):
        return self.sigmoid(self.sigmoid(X @ self.W1 + self.b1) @ self.W2 + self.b2)


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
net = Net()
net.train(X, np.array([[0], [1], [1], [0]]))
"""
COLUMNS = """
import numpy as np


def softmax(Z):
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)


def step(W, X, Y, rate):
    P = softmax(W @ X)
    return W - rate * (P - Y) @ X.T / X.shape[1]


X = measured()
W = np.random.randn(4, 3)
for _ in range(100):
    W = step(W, X, np.eye(4)[:, np.zeros(X.shape[1], int)], 0.1)
"""


def findings(tmp_path: Path, text: str) -> dict[str, Finding]:
    path = tmp_path / "network.py"
    path.write_text(text)
    results = with_training(path, judge(load(read_source(path))))
    names = [finding.name for finding in results]
    assert len(names) == len(set(names)), names
    return {finding.name: finding for finding in results}


def test_methods_unlike_the_lab_s_are_not_accused_beside_a_training_that_is_right(
    tmp_path: Path,
) -> None:
    results = findings(tmp_path, BIAS_ROWS)
    assert results["Net.train"].passed
    assert "squared error" in results["Net.train"].message()
    assert all(finding.passed is not False for finding in results.values())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("self.W2 -= alpha * a.T @ d2", "self.W2 += alpha * a.T @ d2"),
        ("d1 = d2 @ self.W2.T * a * (1 - a)", "d1 = d2 @ self.W2.T"),
    ],
)
def test_a_training_that_is_wrong_is_still_accused(right: str, wrong: str, tmp_path: Path) -> None:
    assert right in BIAS_ROWS
    results = findings(tmp_path, BIAS_ROWS.replace(right, wrong))
    assert results["Net.train"].passed is False


def test_a_helper_is_not_accused_whose_use_could_not_be_judged(tmp_path: Path) -> None:
    results = findings(tmp_path, COLUMNS)
    assert results["training"].passed is None
    assert results["softmax"].passed is True  # for samples in columns, as `W @ X` has them


OTHER_CONTRACT = """
import numpy as np


class Scores:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)

    def forward(self, X):
        return np.maximum(X @ self.W1 + self.b1, 0) @ self.W2 + self.b2

    def loss(self, X, y):
        Z = self.forward(X)
        Z = Z - Z.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)
"""


def test_a_class_that_keeps_another_contract_is_not_accused_by_the_lab_s(tmp_path: Path) -> None:
    results = findings(tmp_path, OTHER_CONTRACT)
    assert all(finding.passed is not False for finding in results.values())


def test_an_attribute_that_nothing_sets_is_a_mistake_by_any_contract(tmp_path: Path) -> None:
    text = OTHER_CONTRACT.replace("@ self.W2 + self.b2\n\n", "@ self.W2 + self.b3\n\n")
    forward = findings(tmp_path, text)["Scores.forward"]
    assert forward.passed is False
    assert "`self` has no `b3`" in forward.message()


NLL = """

def nll(T, P):
    return -np.sum(T * np.log(np.clip(P, 1e-15, 1)))
"""


def test_what_keeps_the_lab_s_contract_is_judged_by_it(tmp_path: Path) -> None:
    results = findings(tmp_path, OTHER_CONTRACT + NLL)
    assert results["Scores.forward"].faults == ("forward-logits",)


UNNAMED = """
import numpy as np


def one_hot(K, y):
    return np.eye(K)[y]


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


class NeuralNet:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1, self.b1 = 0.5 * np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = 0.5 * np.random.randn(n_hidden, n_out), np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        return sigmoid(sigmoid(X @ self.W1 + self.b1) @ self.W2 + self.b2)

    def loss(self, X, y):
        return np.sum((self.forward(X) - one_hot(self.n_out, y)) ** 2) / 2

    def grad_loss(self, X, y):
        h = sigmoid(X @ self.W1 + self.b1)
        error = sigmoid(h @ self.W2 + self.b2) - one_hot(self.n_out, y)
        delta = error @ self.W2.T * h * (1 - h)
        return X.T @ delta, delta.sum(axis=0), h.T @ error, error.sum(axis=0)

    def train(self, X, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss(X, y)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2
"""


def test_what_has_no_name_by_the_lab_s_contract_is_known_by_its_training(tmp_path: Path) -> None:
    gradient = findings(tmp_path, UNNAMED)["NeuralNet.grad_loss"]
    assert gradient.faults == ("grad-output-mismatch",)
    assert {mistake.line for mistake in gradient.mistakes} <= {28, 30}


OF_ANOTHER_CLASS = """

class Regression:
    def __init__(self, n_in, n_out):
        self.W, self.b = 0.5 * np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, X):
        e = np.exp(X @ self.W + self.b)
        return e / e.sum(axis=-1, keepdims=True)

    def loss(self, X, y):
        return -np.sum(np.log(self.forward(X)[np.arange(len(y)), y]))

    def grad_loss(self, X, y_true, y_pred):
        return X.T @ (y_pred - y_true), np.sum(y_pred - y_true, axis=0)


X, y = np.random.randn(6, 4), np.array([0, 1, 2, 0, 1, 2])
model = Regression(4, 3)
for i in range(6):
    x = X[i : i + 1]
    dW, db = model.grad_loss(x, one_hot(3, y[i : i + 1]), model.forward(x))
    model.W -= 0.1 * dW
    model.b -= 0.1 * db
    if i == 0:
        print(model.loss(X, y))
"""
NEVER_RIGHT = UNNAMED.replace("return X.T @ delta, ", "return X.T @ delta**3, ")


def test_a_right_training_of_another_class_says_nothing_for_a_method(tmp_path: Path) -> None:
    assert NEVER_RIGHT != UNNAMED
    results = findings(tmp_path, NEVER_RIGHT + OF_ANOTHER_CLASS)
    assert results["NeuralNet.grad_loss"].passed is False


def test_a_wrong_training_of_another_class_takes_no_accusation_away(tmp_path: Path) -> None:
    wrong = OF_ANOTHER_CLASS.replace("model.W -= 0.1", "model.W += 0.1")
    results = findings(tmp_path, NEVER_RIGHT + wrong)
    assert results["NeuralNet.grad_loss"].passed is False


OWN_NUMBERS = """\
import numpy as np
class Value:
    def __init__(self, data, before=()):
        self.data, self.before, self.grad, self.back = data, before, 0.0, lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def back():
            self.grad += out.grad
            other.grad += out.grad
        out.back = back
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.back = back
        return out
    def __rsub__(self, other):
        return self * -1 + other
    def __radd__(self, other):
        return self + other
    def backward(self):
        order = []
        def visit(one):
            if one not in order:
                for each in one.before:
                    visit(each)
                order.append(one)
        visit(self)
        self.grad = 1.0
        for one in reversed(order):
            one.back()
X, T = np.array([[0.5, 1.0], [1.0, -2.0], [0.3, 0.8]]), np.array([1.0, -1.0, 0.5])
w, b = [Value(np.random.randn()) for _ in range(2)], Value(0.0)
for step in range(20):
    errors = [t - sum((v * a for v, a in zip(w, x)), b) for x, t in zip(X, T)]
    loss = sum(e * e for e in errors)
    for one in [*w, b]:
        one.grad = 0.0
    loss.backward()
    for one in [*w, b]:
        one.data -= 0.05 * one.grad
"""


def test_numbers_leave_what_they_do_not_know_to_the_learners_own_operators(
    tmp_path: Path,
) -> None:
    assert findings(tmp_path, OWN_NUMBERS)["top level"].passed
    text = OWN_NUMBERS.replace("self.grad += other.data", "self.grad += self.data")
    assert not any(one.passed for one in findings(tmp_path, text).values())


WHOLE_NUMBERS = """\
import numpy as np
def slope(z):
    return 1 * (z > 0)
def unused(z):
    return 2 * np.exp(z)
X, T = np.random.randn(12, 4), np.random.randn(12, 2)
V, W = np.random.randn(4, 5), np.random.randn(5, 2)
for i in range(9):
    z = X @ V
    h = np.maximum(z, 0)
    d = (h @ W - T) / len(X)
    e = d @ W.T * slope(z)
    W -= 0.1 * h.T @ d
    V -= 0.1 * X.T @ e
"""


def test_what_gives_whole_numbers_ran_as_well(tmp_path: Path) -> None:
    results = findings(tmp_path, WHOLE_NUMBERS)
    assert {name: one.passed for name, one in results.items()} == {
        "top level": True,
        "unused": None,
    }


NO_LAYERS = """\
class NeuralNetwork:
    def __init__(self):
        self.layers = []
    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X
    def accuracy(self, X, y):
        pass
"""


def test_only_what_is_left_to_do_is_said_to_be_so(tmp_path: Path) -> None:
    results = findings(tmp_path, NO_LAYERS)
    assert results["NeuralNetwork.accuracy"].faults == ("not-implemented",)
    assert results["NeuralNetwork.forward"].passed is None
    assert not results["NeuralNetwork.forward"].faults
