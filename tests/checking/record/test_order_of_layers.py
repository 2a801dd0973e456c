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
