"""Parameters by which each number of something is multiplied on the way forward, and back."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

NORMALISED = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
W, V = np.random.randn(4, 5), np.random.randn(5, 2)
gain, shift = np.random.rand(5) + 0.5, np.zeros(5)
for step in range(20):
    z = X @ W
    centred = z - z.mean(axis=0)
    spread = np.sqrt((centred ** 2).mean(axis=0) + 1e-5)
    normal = centred / spread
    h = np.tanh(gain * normal + shift)
    e = h @ V - Y
    print(0.5 * np.sum(e ** 2))
    d = e @ V.T * (1 - h ** 2)
    dn = d * gain
    dz = (dn - dn.mean(axis=0) - normal * (dn * normal).mean(axis=0)) / spread
    V -= 0.01 * h.T @ e
    gain -= 0.01 * (d * normal).sum(axis=0)
    shift -= 0.01 * d.sum(axis=0)
    W -= 0.01 * X.T @ dz
"""
WEIGHED_INPUTS = """\
import numpy as np
X, Y = np.random.randn(12, 4), np.random.randn(12, 2)
W, V, s = np.random.randn(4, 5), np.random.randn(5, 2), np.random.randn(5)
for step in range(20):
    h = np.tanh(X @ W)
    e = (h * s) @ V - Y
    print(0.5 * np.sum(e ** 2))
    d = e @ V.T
    dV, ds = (h * s).T @ e, (d * h).sum(axis=0)
    dh = d * s
    dW = X.T @ (dh * (1 - h ** 2))
    V -= 0.01 * dV
    s -= 0.01 * ds
    W -= 0.01 * dW
"""


@pytest.mark.parametrize(("text", "right", "wrong", "line"), [
    (NORMALISED, "d * gain", "d", 15), (WEIGHED_INPUTS, "d * s", "d", 10),
])  # fmt: skip
def test_a_scale_that_is_missing_on_the_way_back(
    tmp_path: Path, text: str, right: str, wrong: str, line: int
) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    changed = text.replace(f"= {right}\n", f"= {wrong}\n")
    (mistake,) = judged_file(source_of(tmp_path, changed).path).mistakes
    assert mistake.code.line == line
    assert "is a factor on the way forward" in mistake.sentence
