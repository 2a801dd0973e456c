"""What stands in the code of a right training and did not run is named: it was not looked at."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.record.findings import with_training
from recorded_runs import source_of

CHOICES = """\
import numpy as np

class Net:
    def __init__(self, activation):
        self.W, self.V = np.random.randn(3, 5), np.random.randn(5, 1)
        self.activation = activation

    def act(self, z):
        if self.activation == "sigmoid":
            return 1 / (1 + np.exp(-z))
        elif self.activation == "tanh":
            return np.tanh(z)
        return z

    def slope(self, z):
        if self.activation == "sigmoid":
            return self.act(z) * (1 - self.act(z))
        elif self.activation == "tanh":
            return 1 - np.tanh(z) * 2
        return np.ones_like(z)

    def fit(self, X, y, verbose=False):
        for i in range(20):
            z = X @ self.W
            d = self.act(z) @ self.V - y
            back = d @ self.V.T * self.slope(z)
            self.V -= 0.01 * self.act(z).T @ d
            self.W -= 0.01 * X.T @ back
            if verbose:
                print(np.mean(d ** 2) * 100)

X = np.random.randn(20, 3)
Net("sigmoid").fit(X, X @ np.ones((3, 1)))
"""
LAYERS = """\
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, d, lr):
        down = d @ self.W.T
        self.W -= lr * self.x.T @ d
        return down

class Net:
    def __init__(self, sizes):
        self.layers = [Dense(a, b) for a, b in zip(sizes, sizes[1:])]

    def fit(self, X, y):
        for i in range(20):
            out = X
            for layer in self.layers:
                out = layer.forward(out)
            d = (out - y) / len(X)
            for layer in reversed(self.layers):
                d = layer.backward(d, 0.1)

X = np.random.randn(20, 3)
Net([3, 1]).fit(X, X @ np.ones((3, 1)))
"""
MODULE = """\
import numpy as np

class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, d):
        return d * (1 - self.y)

class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, d):
        return np.where(self.x > 0, d, 0)

def spread(x):
    return np.exp(x).mean()

def shown(x):
    print(x)
"""
USER = """\
import numpy as np
from layers import Relu

X = np.random.randn(20, 3)
W, V, relu = np.random.randn(3, 5), np.random.randn(5, 1), Relu()
for i in range(20):
    h = relu.forward(X @ W)
    d = h @ V - X @ np.ones((3, 1))
    back = relu.backward(d @ V.T)
    V -= 0.01 * h.T @ d
    W -= 0.01 * X.T @ back
"""


def of_training(folder: Path, text: str) -> list[Finding]:
    return list(with_training(source_of(folder, text).path, ()))


def test_other_choices_are_named_by_their_lines(tmp_path: Path) -> None:
    (finding,) = of_training(tmp_path, CHOICES)
    assert finding.passed
    assert finding.note.endswith(
        "Other choices did not run, and were not looked at: lines 12 and 19."
    )


def test_a_choice_that_is_wrong_is_told_where_it_runs(tmp_path: Path) -> None:
    findings = of_training(tmp_path, CHOICES.replace('Net("sigmoid")', 'Net("tanh")'))
    assert [m.line for f in findings for m in f.mistakes] == [19]


@pytest.mark.parametrize(("sizes", "said"), [("[3, 1]", True), ("[3, 4, 1]", False)])
def test_a_single_layer_says_nothing_of_what_goes_back_to_others(
    tmp_path: Path, sizes: str, said: bool
) -> None:
    (finding,) = of_training(tmp_path, LAYERS.replace("[3, 1]", sizes))
    assert finding.passed
    assert ("a single layer of weights" in finding.note and "line 12" in finding.note) == said


def test_what_a_module_has_besides_is_named(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(MODULE, encoding="utf-8")
    right, besides = of_training(tmp_path, USER)
    assert right.passed
    assert (besides.name, besides.passed) == ("layers.py", None)
    assert besides.reason.endswith("not looked at: `Tanh` and `spread`")


def test_a_wrong_training_is_not_followed_by_what_did_not_run(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text(MODULE, encoding="utf-8")
    (finding,) = of_training(tmp_path, USER.replace("d @ V.T", "d @ V.T * h"))
    assert finding.passed is False


STOPPED = """\
import numpy as np
X, T = np.random.randn(12, 3), np.random.randn(12, 2)
W = np.random.randn(3, 2)
for turn in range(20):
    for x, t in X[:8]:
        W = W - 0.1 * np.outer(x, x @ W - t)

class Net:
    def __init__(self):
        self.W = np.random.randn(3, 2)

    def fit(self, X, T):
        for turn in range(20):
            self.W = self.W - 0.01 * X.T @ (X @ self.W - T)
"""


def test_a_loop_that_stops_is_named_beside_a_class_that_nothing_calls(tmp_path: Path) -> None:
    (finding,) = with_training(source_of(tmp_path, STOPPED).path, ())
    assert finding.name == "Net.fit"
    assert "The loop at the top level (line 6) was not judged" in finding.note
