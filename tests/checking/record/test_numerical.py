"""Gradients by differences, with which a file compares its own before it trains."""

import ast
from pathlib import Path

import pytest

from chainrule.checking.record._source.numerical import takes_differences
from recorded_runs import assert_told_apart, recorded, source_of

COMPARED = """\
import numpy as np

def by_differences(loss, W):
    h, gradient = 1e-4, np.zeros_like(W)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            kept = W[i, j]
            W[i, j] = kept + h
            above = loss()
            W[i, j] = kept - h
            below = loss()
            gradient[i, j] = (above - below) / (2 * h)
            W[i, j] = kept
    return gradient

X, Y = np.random.rand(20, 12), np.random.rand(20, 6)
W, V = np.random.randn(12, 30) * 0.3, np.random.randn(30, 6) * 0.3

def gradients():
    a = np.tanh(X @ W)
    e = (a @ V - Y) / len(X)
    return X.T @ (e @ V.T * (1 - a ** 2)), a.T @ e

def loss():
    return ((np.tanh(X @ W) @ V - Y) ** 2).sum() / 2 / len(X)

for mine, P in zip(gradients(), (W, V)):
    print(np.abs(mine - by_differences(loss, P)).max())
for _ in range(100):
    dW, dV = gradients()
    W -= 0.1 * dW
    V -= 0.1 * dV
    print(loss())
"""


def test_a_comparison_with_differences_does_not_fill_the_record(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, COMPARED, "(1 - a ** 2)", "(1 - a)")


def test_what_is_computed_meanwhile_is_as_if_it_was_written(tmp_path: Path) -> None:
    text = (
        COMPARED[: COMPARED.index("for mine")] + "D = by_differences(loss, V)\nW = W + D[0, 0]\n"
    )
    table = recorded(source_of(tmp_path, text).path.parent, text)
    last = table.operations[-1]
    assert last.name == "add"
    assert len(table.operations) < 20
    assert {table.operations[n].name for n in table.owners(last.ids[1])} == {"constant"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("g[i] = (f(x + h) - f(x - h)) / (2 * h)", True),
        ("g[i] = (float(f(x + h)) - before) / h; before = f(x)", True),
        ("x[i] += h; a = self.f(); x[i] -= 2 * h; b = self.f(); g = (a - b) / (2 * h)", True),
        ("x[i] = old + h; a = f(x)[-1]; x[i] = old - h; b = f(x)[-1]; g = (a - b) / h", True),
        ("g[i] = (f(x + h)[0] - f(x - h)[0]) / (2 * h)", True),
        ("w[i] += e; a = f(w); w[i] -= e; w -= rate * (a - f(w)) / e", False),
        ("a = f(); w -= rate * g; b = f(); gain = (a - b) / b", False),
        ("g[i] = (f(x + h) - k(x - h)) / (2 * h)", False),
        ("z = (x - mean(x)) / std(x)", False),
    ],
)
def test_which_loops_take_differences(body: str, found: bool) -> None:
    (loop,) = ast.parse(f"for i in range(9):\n    {body}\n").body
    assert isinstance(loop, ast.For)
    assert takes_differences(loop) is found
