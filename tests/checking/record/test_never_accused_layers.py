"""Parts of networks that are right by one convention or another: none is called wrong.

What comes back into a part may be something else than the derivative by what it gave, and what it
gives back something else than that by its input. Whether a part is right is then seen only where
it is used. `layers` has one file for each; its first line says which convention it is.
"""

from pathlib import Path
from typing import Any

import pytest

from recorded_runs import judged_parts, source_of

LAYERS = sorted((Path(__file__).parent / "layers").glob("*.py"))
IN_CI = "# in CI: "  # how the first line of a file begins that the test command leaves out


def convention(path: Path) -> Any:
    slow = path.read_text("utf-8").startswith(IN_CI)
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if slow else [])


def assert_accuses_nobody(path: Path) -> None:
    judged = judged_parts(path)
    assert [one.mistakes for one in judged.values()] == [()] * len(judged)


@pytest.mark.parametrize("path", [convention(path) for path in LAYERS])
def test_what_is_right_by_a_convention_is_not_called_wrong(path: Path) -> None:
    assert_accuses_nobody(path)


def test_a_batch_norm_that_is_not_told_to_train_is_not_called_wrong(tmp_path: Path) -> None:
    text = (LAYERS[0].parent / "batch_norm.py").read_text("utf-8")
    assert "training=True" in text
    assert_accuses_nobody(
        source_of(tmp_path, text.replace("training=True", "training=False")).path
    )


TANH = """\
import numpy as np
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        return grad * (1 - self.y ** 2)
"""
STEPS_ITSELF = """\
import numpy as np
class Layer:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
    def forward(self, x):
        self.x = x
        self.out = 1 / (1 + np.exp(-(x @ self.weights)))
        return self.out
    def backward(self, error):
        delta = error * self.out * (1 - self.out)
        back = delta @ self.weights.T
        self.weights += 0.1 * self.x.T @ delta
        return back
"""
WRONG = {
    "a slope at the wrong place": (TANH, "(1 - self.y ** 2)", "(1 - np.tanh(self.y) ** 2)", 7),
    "a slope of another activation": (TANH, "(1 - self.y ** 2)", "self.y * (1 - self.y)", 7),
    "weights that were changed before": (
        STEPS_ITSELF, "return back", "return delta @ self.weights.T", 13),
}  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong", "line"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_by_every_convention_is_called_so(
    tmp_path: Path, text: str, right: str, wrong: str, line: int
) -> None:
    assert text.count(right) == 1
    judged = judged_parts(source_of(tmp_path, text.replace(right, wrong)).path)
    assert [m.code.line for one in judged.values() for m in one.mistakes] == [line]
