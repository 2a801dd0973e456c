"""Functions of a file that trains nothing: what is known of how they are used decides."""

from pathlib import Path

import pytest

from chainrule.checking.batch import Terms
from chainrule.checking.file import judge_file

SOFTMAX = """
import numpy as np

def Softmax(z):
    return np.exp(z) / sum(np.exp(z))
"""
ROWS = """
def forward(A0, w1, b1, w2, b2):
    a1 = np.maximum(A0.dot(w1) + b1, 0)
    return Softmax(a1.dot(w2) + b2)
"""
COLUMNS = """
def forward(X, W1, b1, W2, b2):
    return Softmax(W2.dot(np.maximum(W1.dot(X) + b1, 0)) + b2)
"""
ONE_SAMPLE = """
def forward(x, W1, b1, W2, b2):
    a = np.maximum(x @ W1 + b1, 0)
    return Softmax(a @ W2 + b2)
"""
ONE_BY_ONE = """
def forward(X, W, b):
    return [Softmax(X[i] @ W + b) for i in range(len(X))]
"""


@pytest.mark.parametrize(
    ("use", "passed"),
    [(ROWS, False), (COLUMNS, True), (ONE_SAMPLE, None), (ONE_BY_ONE, None)],
)
def test_a_softmax_over_the_first_axis_is_judged_by_how_samples_lie(
    tmp_path: Path, use: str, passed: bool | None
) -> None:
    path = tmp_path / "file.py"
    path.write_text(SOFTMAX + use, encoding="utf-8")
    (found,) = (r for r in judge_file(path, Terms(hint=2)).results if r["name"] == "Softmax")
    assert found["passed"] is passed
    assert ("softmax-over-batch" in found["faults"]) is (passed is False)


FAILS = """
import numpy as np

class Net:
    def __init__(self, inputs, outputs):
        self.W = np.random.randn(inputs, outputs)

    def loss(self, X, y=None):
        scores = X @ self.W
        if y is None:
            return scores
        p = np.exp(scores) / np.sum(np.exp(scores), axis=2)
        return -np.sum(np.log(p[np.arange(len(y)), y])), X.T @ (p - np.eye(len(p.T))[y])

    def train(self, X, y, rate):
        self.W -= rate * self.loss(X, y)[1]

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
"""


def test_what_calls_something_wrong_says_so_where_it_cannot_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_text(FAILS, encoding="utf-8")
    found = {r["name"]: r for r in judge_file(path, Terms()).results}
    assert found["Net.loss"]["passed"] is False
    for name in ("Net.train", "Net.predict"):
        assert found[name]["passed"] is None
        assert found[name]["message"] == "It calls `loss`, which is wrong: that comes first."


BESIDE_OTHERS = """
def rectified(z):
    return np.maximum(0, z)
"""


@pytest.mark.parametrize(("others", "passed"), [("", False), (BESIDE_OTHERS, None)])
def test_beside_functions_that_no_lab_asks_for_samples_may_be_columns(
    tmp_path: Path, others: str, passed: bool | None
) -> None:
    path = tmp_path / "activations.py"
    path.write_text(SOFTMAX + others, encoding="utf-8")
    (found,) = judge_file(path, Terms()).results
    assert found["passed"] is passed


@pytest.mark.parametrize("taken", ["grads", "grads_wrt_outputs"])
def test_what_only_ran_before_what_is_judged_is_not_passed_as_right(
    tmp_path: Path, taken: str
) -> None:
    path = tmp_path / "gradients.py"
    path.write_text(
        "import numpy as np\n"
        "def fprop(inputs, weights, biases):\n    return inputs.dot(weights.T) + biases\n"
        "def error(outputs, targets):\n"
        "    return 0.5 * ((outputs - targets) ** 2).sum() / outputs.shape[0]\n"
        "def error_grad(outputs, targets):\n"
        "    return (outputs - targets) / outputs.shape[0]\n"
        f"def grads_wrt_params(inputs, {taken}):\n"
        f"    return [{taken}.T.dot(inputs), -{taken}.sum(0)]\n"
        "print(grads_wrt_params(np.ones((2, 3)), np.ones((2, 2))))\n",
        encoding="utf-8",
    )
    passed = {found["name"]: found["passed"] for found in judge_file(path, Terms()).results}
    assert passed["grads_wrt_params"] is not True
