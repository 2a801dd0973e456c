"""Networks of layer objects with an optimiser of its own: where in them a mistake stands."""

from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged, judged_file, source_of

LAYERS = """\
import numpy as np

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.5 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0

class SoftmaxLoss:
    def forward(self, inputs, y):
        e = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = e / np.sum(e, axis=1, keepdims=True)
        return np.mean(-np.log(np.clip(self.output, 1e-7, 1)[range(len(y)), y]))
    def backward(self, probs, y):
        self.dinputs = probs.copy()
        self.dinputs[range(len(y)), y] -= 1
        self.dinputs = self.dinputs / len(y)

class Optimizer:
    def __init__(self, rate, momentum):
        self.rate, self.momentum = rate, momentum
    def update(self, layer):
        if not hasattr(layer, 'weight_momentums'):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        weight_updates = self.momentum * layer.weight_momentums - self.rate * layer.dweights
        layer.weight_momentums = weight_updates
        bias_updates = self.momentum * layer.bias_momentums - self.rate * layer.dbiases
        layer.bias_momentums = bias_updates
        layer.weights += weight_updates
        layer.biases += bias_updates

X, y = np.random.randn(30, 4), np.arange(30) % 3
dense1, act1, dense2, loss_act = Dense(4, 6), ReLU(), Dense(6, 3), SoftmaxLoss()
opt = Optimizer(0.1, 0.9)
for epoch in range(50):
    dense1.forward(X)
    act1.forward(dense1.output)
    dense2.forward(act1.output)
    loss = loss_act.forward(dense2.output, y)
    loss_act.backward(loss_act.output, y)
    dense2.backward(loss_act.dinputs)
    act1.backward(dense2.dinputs)
    dense1.backward(act1.dinputs)
    opt.update(dense1)
    opt.update(dense2)
"""
CHANGES = {  # what is written instead, and its id
    "gradients for weights": ("self.weights.T", "self.dweights.T", ""),
    "an activation is passed over": (
        "dense1.backward(act1", "dense1.backward(dense2", "grad-hidden-no-derivative"),
    "a mean for a sum": ("np.sum(dvalues,", "np.mean(dvalues,", "grad-batch-scale"),
    "one sign": ("layer.biases += bias", "layer.biases -= bias", "train-sign"),
}  # fmt: skip


@pytest.mark.parametrize("momentum", ["0.9", "0"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_mistake_in_layers_is_found_at_its_line(
    tmp_path: Path, change: tuple[str, str, str], momentum: str
) -> None:
    """In the layer, not where it is called; where it is called, if the layer is right."""
    right, (old, new, fault) = LAYERS.replace("0.1, 0.9", f"0.1, {momentum}"), change
    assert judged(tmp_path, right).mistakes == ()
    found = {(m.code.line, m.fault) for m in judged(tmp_path, right.replace(old, new)).mistakes}
    assert found == {(right[: right.index(old)].count("\n") + 1, fault)}


JACOBIAN = """\
import numpy as np
X, T = np.random.rand(8, 5), np.eye(3)[np.arange(8) % 3]
V, c = np.random.randn(4, 5), np.zeros(4)
W, b = np.random.randn(3, 4), np.zeros(3)
for epoch in range(20):
    for x, t in zip(X, T):
        h = np.tanh(V @ x + c)
        s = W @ h + b
        p = np.exp(s) / np.exp(s).sum()
        error = 0.5 * ((p - t) ** 2).sum()
        g = p - t
        d = p * (g - (g * p).sum())
        e = (1 - h * h) * (W.T @ d)
        W -= 0.1 * np.outer(d, h)
        b -= 0.1 * d
        V -= 0.1 * np.outer(e, x)
        c -= 0.1 * e
"""


@pytest.mark.parametrize("diagonal", ["g * p * (1 - p)", "g * (p * (1 - p))", "p * (1 - p) * g"])
def test_the_diagonal_is_not_the_derivative_of_softmax(tmp_path: Path, diagonal: str) -> None:
    assert judged(tmp_path, JACOBIAN).mistakes == ()
    (mistake,) = judged(tmp_path, JACOBIAN.replace("p * (g - (g * p).sum())", diagonal)).mistakes
    assert (mistake.code.line, "only the diagonal" in mistake.sentence) == (12, True)


def test_a_mask_that_may_be_taken_twice_is_missing_where_it_is_not_taken(tmp_path: Path) -> None:
    """Before it is taken the gradient is right for all others."""
    text = (
        "import numpy as np\nX, Y = np.random.randn(9, 4), np.random.randn(9, 2)\n"
        "V, c, W = np.random.randn(4, 5), np.zeros(5), np.random.randn(5, 2)\n"
        "for i in range(9):\n    z = X @ V + c\n    h = np.maximum(z, 0)\n    e = h @ W - Y\n"
        "    loss = 0.5 * np.sum(e ** 2)\n    dh = e @ W.T\n    dz = dh * (z > 0)\n"
        "    dc = dz.sum(axis=0)\n    W -= 0.01 * h.T @ e\n    V -= 0.01 * X.T @ dz\n"
        "    c -= 0.01 * dc\n"
    )
    assert judged(tmp_path, text).mistakes == ()
    (mistake,) = judged(tmp_path, text.replace("dz.sum", "dh.sum")).mistakes
    assert (mistake.code.line, mistake.fault) == (11, "grad-hidden-no-derivative")


def test_what_is_said_is_why_the_run_ended_that_came_furthest(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nimport pandas as pd\ndata = np.array(pd.read_csv('train.csv'))\n"
        "Y, X = data[:, 0], data[:, 1:] / 255\nT = np.zeros((Y.size, Y.max() + 1))\n"
        "T[np.arange(Y.size), Y] = 1\nW = np.random.randn(784, 10) * 0.01\n"
        "for i in range(9):\n    p = X @ W\n    W -= 0.1 * X @ (p - T)\n"
    )
    with pytest.raises(NotJudgedError, match="line 10"):
        judged_file(source_of(tmp_path, text).path)
