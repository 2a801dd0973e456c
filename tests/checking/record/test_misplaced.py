"""Gradients of which the parts are put where others belong."""

from pathlib import Path

from recorded_runs import assert_told_apart

UNIT_BY_UNIT = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 3)
W, V = np.random.randn(4, 5), np.random.randn(5, 3)
for step in range(9):
    h = np.tanh(X @ W)
    e = h @ V - Y
    print(0.5 * np.sum(e ** 2))
    dh = np.zeros(h.shape)
    for i in range(5):
        for j in range(3):
            dh[:, i] += e[:, j] * V[i, j]
    V -= 0.01 * h.T @ e
    W -= 0.01 * X.T @ (dh * (1 - h ** 2))
"""
PICTURES = """\
import numpy as np
X, Y = np.random.randn(6, 8), np.random.randn(6, 2, 4)
W = np.random.randn(8, 12)
K = np.random.randn(2, 2, 3)
for step in range(9):
    a = np.tanh(X @ W).reshape(6, 2, 6)
    e = np.zeros((6, 2, 4)) - Y
    for m in range(2):
        for d in range(2):
            for i in range(4):
                e[:, m, i] += a[:, d, i : i + 3] @ K[m, d]
    print(np.sum(e ** 2) / 2)
    dK, da = np.zeros(K.shape), np.zeros(a.shape)
    for m in range(2):
        for d in range(2):
            for i in range(4):
                dK[m, d] += e[:, m, i] @ a[:, d, i : i + 3]
                da[:, d, i : i + 3] += np.outer(e[:, m, i], K[m, d])
    K -= 0.02 * dK
    W -= 0.02 * X.T @ (da * (1 - a ** 2)).reshape(6, 12)
"""


def test_parts_at_the_index_of_another_array(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, UNIT_BY_UNIT, "dh[:, i] +=", "dh[:, j] +=")
    assert_told_apart(tmp_path, PICTURES, "da[:, d, i", "da[:, m, i")
