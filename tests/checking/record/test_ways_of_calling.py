"""Code that nothing calls, and that needs more than data: layers, functions, lists of its own."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

LAYERS = """\
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.1
        self.bias = np.zeros((1, n_out))

    def forward(self, x, training=True):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, delta, rate):
        back = delta @ self.weights.T
        self.weights -= rate * self.x.T @ delta
        self.bias -= rate * delta.sum(axis=0, keepdims=True)
        return back

class Tanh:
    def forward(self, x, training=True):
        self.y = np.tanh(x)
        return self.y

    def backward(self, delta, rate):
        return delta * (1 - self.y ** 2)

def mse(target, output):
    return np.mean((output - target) ** 2)

def mse_prime(target, output):
    return 2 * (output - target) / output.size

"""


def network(begun: str, loss: str) -> str:
    """A network of such layers: how it gets them, and its training by a loss of this name."""
    return f"""\
{LAYERS}class Net:
{begun}
    def fit(self, X, y, epochs=100, rate=0.1):
        for epoch in range(epochs):
            out = X
            for layer in self.layers:
                out = layer.forward(out)
            error = {loss}(y, out)
            delta = {loss}_prime(y, out)
            for layer in reversed(self.layers):
                delta = layer.backward(delta, rate)
"""


ADDED = network(
    """\
    def __init__(self):
        self.layers = []
        self.loss = None

    def add(self, layer):
        self.layers.append(layer)

    def use(self, loss, loss_prime):
        self.loss, self.loss_prime = loss, loss_prime
""",
    loss="mse",
)
IN_A_LIST = network(
    """\
    def __init__(self, layers, loss, loss_prime):
        self.layers = layers
        self.loss, self.loss_prime = loss, loss_prime
""",
    loss="self.loss",
)
FUNCTIONS = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))

class Perceptron:
    def __init__(self, neurons, activation, activation_prime, seed=0):
        rng = np.random.default_rng(seed)
        self.act, self.act_prime = activation, activation_prime
        self.W = [rng.normal(size=(a, b)) for a, b in zip(neurons[:-1], neurons[1:])]
        self.b = [np.zeros(n) for n in neurons[1:]]

    def train(self, X, T, n_epochs, lr):
        for _ in range(n_epochs):
            a, zs, outs = X, [], [X]
            for W, b in zip(self.W, self.b):
                z = a @ W + b
                a = self.act(z)
                zs.append(z)
                outs.append(a)
            d = (a - T) * self.act_prime(zs[-1])
            for i in reversed(range(len(self.W))):
                gW, gb = outs[i].T @ d, d.sum(0)
                if i:
                    d = d @ self.W[i].T * self.act_prime(zs[i - 1])
                self.W[i] = self.W[i] - lr * gW
                self.b[i] = self.b[i] - lr * gb
"""
SETTINGS = """\
import numpy as np
NETWORK = [{"in": 2, "out": 6, "act": "tanh"}, {"in": 6, "out": 1, "act": "sigmoid"}]

def start(layers):
    return {f"W{i}": np.random.randn(l["out"], l["in"]) * 0.3 for i, l in enumerate(layers)} | {
        f"b{i}": np.zeros((l["out"], 1)) for i, l in enumerate(layers)}

def act(z, name):
    return np.tanh(z) if name == "tanh" else 1 / (1 + np.exp(-z))

def train(X, Y, NETWORK, epochs, learning_rate):
    p = start(NETWORK)
    m = X.shape[1]
    for e in range(epochs):
        a = X
        kept = [X]
        for i, l in enumerate(NETWORK):
            a = act(p[f"W{i}"] @ a + p[f"b{i}"], l["act"])
            kept.append(a)
        cost = -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a))
        dz = (a - Y) / m
        for i in reversed(range(len(NETWORK))):
            dW = dz @ kept[i].T
            db = dz.sum(axis=1, keepdims=True)
            dz = p[f"W{i}"].T @ dz * (1 - kept[i] ** 2)
            p[f"W{i}"] -= learning_rate * dW
            p[f"b{i}"] -= learning_rate * db
    return p
"""
AFTER_A_FAILURE = """\
import numpy as np
x_all, y_all = load_everything()
net = Net(x_all.shape[1])

class Net:
    def __init__(self, n_features):
        self.w = np.random.randn(n_features)
        self.b = 0.0
    def fit(self, X, y, lr=0.1, n_iters=100):
        for _ in range(n_iters):
            p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
            loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
            self.w -= lr * X.T @ (p - y) / len(X)
            self.b -= lr * np.mean(p - y)

net = Net(x_all.shape[1])
net.fit(x_all, y_all)
"""
SAMPLES_TO_TEST_WITH = """\
import numpy as np
import random

class Digits:
    def __init__(self, sizes):
        self.weights = [np.random.randn(b, a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.random.randn(b, 1) for b in sizes[1:]]

    def run(self, a):
        for W, b in zip(self.weights, self.biases):
            a = 1 / (1 + np.exp(-(W @ a + b)))
        return a

    def descend(self, trainingData, epochs, miniBatchSize, learningRate, testData):
        for epoch in range(epochs):
            random.shuffle(trainingData)
            for k in range(0, len(trainingData), miniBatchSize):
                self.step(trainingData[k:k + miniBatchSize], learningRate)
            print(sum(int(np.argmax(self.run(x)) == y) for x, y in testData))

    def step(self, batch, rate):
        sums = [(np.zeros(W.shape), np.zeros(b.shape)) for W, b in zip(self.weights, self.biases)]
        for x, y in batch:
            sums = [(W + dW, b + db) for (W, b), (dW, db) in zip(sums, self.back(x, y))]
        for i, (dW, db) in enumerate(sums):
            self.weights[i] = self.weights[i] - rate / len(batch) * dW
            self.biases[i] = self.biases[i] - rate / len(batch) * db

    def back(self, x, y):
        kept = [x]
        for W, b in zip(self.weights, self.biases):
            kept.append(1 / (1 + np.exp(-(W @ kept[-1] + b))))
        delta = (kept[-1] - y) * kept[-1] * (1 - kept[-1])
        found = []
        for i in reversed(range(len(self.weights))):
            found.insert(0, (delta @ kept[i].T, delta))
            delta = self.weights[i].T @ delta * kept[i] * (1 - kept[i])
        return found
"""
TWO_CLASSES = """\
import numpy as np

class Regression:
    def fit(self, X, y, lr=0.1, steps=50):
        self.w = np.random.randn(X.shape[1])
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(X @ self.w)))
            loss = -(np.log(p[y == 1]).sum() + np.log(1 - p[y == 0]).sum()) / len(y)
            self.w -= lr * ((p - y) @ X) / len(y)
"""
WAYS = {
    "labels of two classes": (TWO_CLASSES, "lr * ((p - y) @ X)", "lr * ((y - p) @ X)"),
    "layers that are added": (ADDED, "(1 - self.y ** 2)", "(1 - self.y)"),
    "layers in a list": (IN_A_LIST, "delta.sum(axis=0, keepdims=True)", "delta.sum()"),
    "functions as arguments": (FUNCTIONS, " * self.act_prime(zs[i - 1])", ""),
    "a list of the file's own": (SETTINGS, "(1 - kept[i] ** 2)", "(1 - kept[i])"),
    "what fails before it": (AFTER_A_FAILURE, "np.mean(p - y)", "np.sum(p - y)"),
}


@pytest.mark.parametrize(("text", "right", "wrong"), WAYS.values(), ids=WAYS.keys())
def test_what_nothing_calls_is_judged(tmp_path: Path, text: str, right: str, wrong: str) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    assert text.count(right) == 1
    line = text[: text.index(right)].count("\n") + 1
    judged = judged_file(source_of(tmp_path, text.replace(right, wrong)).path)
    assert {mistake.code.line for mistake in judged.mistakes} == {line}


def test_samples_to_test_with_have_labels(tmp_path: Path) -> None:
    assert judged_file(source_of(tmp_path, SAMPLES_TO_TEST_WITH).path).mistakes == ()


COLUMNS = """\
import numpy as np

class Net:
    def __init__(self):
        self.V = np.random.randn(2, 2)
        self.W = np.random.randn(2, 2)

    def train(self, X, Y):
        for epoch in range(100):
            for x, y in zip(X, Y):
                a = np.tanh(self.V @ x)
                e = self.W @ a - y
                d = self.W.T @ e * (1 - a ** 2)
                self.W -= 0.1 * np.dot(e, a.T)
                self.V -= 0.1 * np.dot(d, x.T)
"""


def test_an_inner_product_of_vectors_may_be_meant_for_columns(tmp_path: Path) -> None:
    assert judged_file(source_of(tmp_path, COLUMNS).path).mistakes == ()
    of_vectors = COLUMNS.replace("a.T)", "a)").replace("x.T)", "x)")
    verdict = judged_file(source_of(tmp_path, of_vectors).path)
    assert [(m.code.line, m.fault) for m in verdict.mistakes] == [
        (14, "grad-elementwise"), (15, "grad-elementwise"),
    ]  # fmt: skip
