"""Layers are gone through from the last to the first on the way back."""

from pathlib import Path

import pytest

from recorded_runs import judged

LAYERS = """\
import numpy as np
X, T = np.random.randn(9, 4), np.random.randn(9, 4)
class Layer:
    def __init__(self):
        self.W, self.b = np.random.randn(4, 4), np.zeros(4)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W + self.b)
        return self.h
    def backward(self, g):
        g = g * (1 - self.h ** 2)
        self.dW, self.db = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.T
layers = [Layer() for _ in range(COUNT)]
for epoch in range(9):
    h = X
    for layer in layers:
        h = layer.forward(h)
    loss = np.mean((h - T) ** 2)
    g = 2 * (h - T) / T.size
    for layer in ORDER:
        g = layer.backward(g)
    for layer in layers:
        layer.W -= 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
"""


@pytest.mark.parametrize("order", ["layers", "layers[:-1][::-1] + layers[-1:]"])
def test_another_order_is_told_where_the_layers_are_called(tmp_path: Path, order: str) -> None:
    text = LAYERS.replace("COUNT", "3").replace("ORDER", order)
    (mistake,) = judged(tmp_path, text).mistakes
    assert (mistake.code.line, mistake.fault) == (22, "grad-other-layer")


@pytest.mark.parametrize("count", ["1", "3"])
def test_the_right_order_is_right(tmp_path: Path, count: str) -> None:
    text = LAYERS.replace("COUNT", count).replace("ORDER", "reversed(layers)")
    assert not judged(tmp_path, text).mistakes


def test_the_error_of_another_layer_in_a_function_is_told_in_it(tmp_path: Path) -> None:
    text = """\
import numpy as np
X, T = np.random.randn(9, 3), np.random.randn(9, 4)
U, V = np.random.randn(4, 3), np.random.randn(4, 4)
def step(x, t):
    global U, V
    h = np.tanh(U @ x)
    y = np.tanh(V @ h)
    d = (y - t) * (1 - y ** 2)
    back = V.T @ d
    e = TAKEN * (1 - h ** 2)
    V = V - 0.1 * d @ h.T
    U = U - 0.1 * e @ x.T
for turn in range(9):
    for i in range(9):
        step(X[i][:, None], T[i][:, None])
"""
    assert not judged(tmp_path, text.replace("TAKEN", "back")).mistakes
    (mistake,) = judged(tmp_path, text.replace("TAKEN", "d")).mistakes
    assert mistake.code.line == 10
