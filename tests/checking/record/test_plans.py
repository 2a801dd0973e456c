"""Code that nothing calls: how it is called, and what is believed of that."""

from pathlib import Path

import pytest

from chainrule.checking.record._plans import plans
from chainrule.checking.record._runs import NotJudgedError
from chainrule.checking.record.findings import judge_training
from recorded_runs import source_of

NETWORK = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out, rate=0.1):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros(n_out)
        self.rate = rate
    def forward(self, X):
        self.h = np.tanh(X @ self.W1 + self.b1)
        return 1 / (1 + np.exp(-(self.h @ self.W2 + self.b2)))
    def cost(self, X, y):
        return np.sum((self.forward(X) - y) ** 2) / 2
    def fit(self, X, y, epochs):
        for i in range(epochs):
            p = self.forward(X)
            e = (p - y) * p * (1 - p)
            d = e @ self.W2.T * (1 - self.h ** 2)
            self.W2 -= self.rate * self.h.T @ e
            self.b2 -= self.rate * e.sum(axis=0)
            self.W1 -= self.rate * X.T @ d
            self.b1 -= self.rate * d.sum(axis=0)
"""


def test_what_a_call_takes_is_told_by_its_parameters(tmp_path: Path) -> None:
    (plan,) = plans(source_of(tmp_path, NETWORK))
    assert (plan.name, plan.takes) == ("Net.fit", ("X", "Y", "times"))
    assert plan.made_with == ("inputs", "hidden", "outputs")
    assert plan.losses == (("cost", ("X", "Y")),)


def test_a_fit_that_nothing_calls_is_judged(tmp_path: Path) -> None:
    path = source_of(tmp_path, NETWORK).path
    judged = judge_training(path)
    assert (judged.mistakes, judged.update.function) == ((), "Net.fit")


def test_the_loss_that_a_method_computes_decides(tmp_path: Path) -> None:
    """p - y alone would be right for a cross-entropy, which this class does not compute."""
    path = source_of(tmp_path, NETWORK.replace("(p - y) * p * (1 - p)", "p - y")).path
    (mistake,) = judge_training(path).mistakes
    assert (mistake.code.line, mistake.fault) == (17, "grad-output-mismatch")


NOT_BELIEVED = {
    "parameters that are given": (
        "import numpy as np\ndef train(X, y, W):\n    for i in range(50):\n"
        "        W = W - 0.1 * X.T @ (X @ W - y)\n    return W\n"
    ),
    "targets that change nothing": NETWORK.replace("(p - y)", "(p - 0.5)"),
    "a crash": NETWORK.replace("e.sum(axis=0)", "e.sum(axis=7)"),
}


@pytest.mark.parametrize("text", NOT_BELIEVED.values(), ids=NOT_BELIEVED.keys())
def test_what_is_made_up_accuses_nobody(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotJudgedError):
        judge_training(source_of(tmp_path, text).path)
