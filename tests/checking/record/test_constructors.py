"""Classes that nothing makes an object of: what their constructors and methods take."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, judged_parts

NET = """\
import numpy as np

class Net:
    def __init__(self, {takes}):
        sizes = {sizes}
        self.W = [np.random.randn(a, b) * 0.4 for a, b in zip(sizes[:-1], sizes[1:])]
        self.b = [np.zeros(b) for b in sizes[1:]]

    def train(self, X, Y, epochs, lr):
        for _ in range(epochs):
            outs = [X]
            for W, b in zip(self.W, self.b):
                outs.append(np.tanh(outs[-1] @ W + b))
            loss = np.mean((outs[-1] - Y) ** 2)
            d = 2 * (outs[-1] - Y) / Y.size
            for i in reversed(range(len(self.W))):
                d = d * (1 - outs[i + 1] ** 2)
                dW, db = outs[i].T @ d, d.sum(axis=0)
                d = d @ self.W[i].T
                self.W[i] = self.W[i] - lr * dW
                self.b[i] = self.b[i] - lr * db
"""
LAYER = """\
import numpy as np

class Dense:
    def __init__(self, input_shape, units):
        self.W = np.random.randn(input_shape[0], units) * 0.4
        self.b = np.zeros((1, units))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d_out):
        self.dW = self.x.T @ d_out
        self.db = d_out.sum(axis=0, keepdims=True)
        return d_out @ self.W.T
"""
# A loss with its gradients under the names of the parameters, and no step.
WITH_GRADIENTS = """\
import numpy as np

class Two:
    def __init__(self, inputs, hidden, classes):
        self.params = {"U": np.random.randn(inputs, hidden) * 0.4,
                       "V": np.random.randn(hidden, classes) * 0.4}

    def loss(self, X, y=None):
        U, V = self.params["U"], self.params["V"]
        a = np.maximum(0, X @ U)
        scores = a @ V
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        n = len(X)
        loss = -np.log(p[np.arange(n), y]).sum() / n
        d = p.copy()
        d[np.arange(n), y] -= 1
        d /= n
        grads = {"V": a.T @ d}
        grads["U"] = X.T @ (d @ V.T * (a > 0))
        return loss, grads
"""
# Samples to one method, under a name that pairs go by elsewhere, and targets to the other.
APART = """\
import numpy as np

class Pass:
    def __init__(self, *args):
        self.W = [np.random.randn(a, b) * 0.4 for a, b in zip(args[:-1], args[1:])]

    def feed(self, data):
        self.a = [data]
        for W in self.W:
            self.a.append(np.tanh(np.dot(self.a[-1], W)))
        return self.a[-1]

    def learn(self, target, lrate=0.1):
        d = (self.a[-1] - target) * (1 - self.a[-1] ** 2)
        before = np.dot(d, self.W[1].T) * (1 - self.a[1] ** 2)
        self.W[1] -= lrate * np.dot(self.a[1].T, d)
        self.W[0] -= lrate * np.dot(self.a[0].T, before)
"""


@pytest.mark.parametrize(
    ("takes", "sizes"),
    [
        ("n_in, n_out, hidden_dim", "[n_in, *hidden_dim, n_out]"),
        ("entradas, ocultas, salidas", "[entradas, ocultas, salidas]"),
    ],
)
def test_sizes_of_layers(tmp_path: Path, takes: str, sizes: str) -> None:
    path = tmp_path / "a.py"
    text = NET.format(takes=takes, sizes=sizes)
    path.write_text(text)
    assert not judged_file(path).mistakes
    path.write_text(text.replace("d * (1 - outs[i + 1] ** 2)", "d"))
    assert judged_file(path).mistakes


def test_a_layer_that_takes_the_shape_of_its_input(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(LAYER)
    assert not judged_parts(path)["Dense.backward"].mistakes


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (WITH_GRADIENTS, "(d @ V.T * (a > 0))", "(d @ V.T)"),
        (APART, "* (1 - self.a[1] ** 2)", "* (1 - self.a[1])"),
    ],
)
def test_methods_that_are_called_in_turn(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    path = tmp_path / "a.py"
    path.write_text(text)
    assert not judged_file(path).mistakes
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong))
    (mistake,) = judged_file(path).mistakes
    assert mistake.code.line == next(i for i, s in enumerate(text.split("\n"), 1) if right in s)
