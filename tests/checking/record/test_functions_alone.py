"""Functions of a file that trains nothing: what is known of how they are used decides."""

from pathlib import Path

import pytest

from chainrule.checking.batch import Terms
from chainrule.checking.file import judge_file
from chainrule.checking.learner.source import read_source
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record.run import record
from chainrule.checking.record.table import Called

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


NUMPY = "import numpy as np\n"
ELSEWHERE = """
import numpy as np
from network import Network, read

"""
USED = """

rows, labels = read("rows.csv")
network = Network(4, 3)
"""
ONE_LABEL = """def one_hot(label, count):
    row = np.zeros(count)
    row[label] = 1
    return row
"""
ONE_LABEL_IN_A_LIST = """def one_hot(label, count):
    return [1 if place == label else 0 for place in range(count)]
"""
OF_A_LIST = """def softmax(values):
    powers = [np.exp(v - max(values)) for v in values]
    return [p / sum(powers) for p in powers]
"""
OF_A_VECTOR = """def softmax(scores):
    powers = np.exp(scores - np.max(scores))
    return powers / np.sum(powers)
"""
OF_ROWS = """def softmax(scores):
    powers = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return powers / np.sum(powers, axis=1, keepdims=True)
"""
OF_A_LABEL = """def nll(p, label):
    return -np.log(p[label])
"""
OF_LOGARITHMS = """def nll(logs, labels):
    return -logs[np.arange(len(labels)), labels].mean()
"""
OF_ACTIVATIONS = """def dsigmoid(a):
    return a * (1 - a)
"""
OF_A_SPREAD = """def nll(values, mean, spread):
    return np.sum(np.log(spread) + (values - mean) ** 2 / (2 * spread**2))
"""
OF_WORDS = """def one_hot(word, words):
    row = [0] * len(words)
    row[words.index(word)] = 1
    return row
"""
THE_LAB_S_LOSS = """def nll(Y_true, Y_pred):
    return -np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)))
"""
TWO_ROWS = "np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 1.0]])"


@pytest.mark.parametrize(
    "text",
    [
        ELSEWHERE + ONE_LABEL + USED + "T = np.array([one_hot(k, 3) for k in labels])\n",
        ELSEWHERE + ONE_LABEL_IN_A_LIST + USED + "print(one_hot(labels[0], 3))\n",
        ELSEWHERE + OF_A_LIST + USED + "print(softmax(network.forward(rows[0])))\n",
        ELSEWHERE + OF_A_VECTOR + USED + "print(softmax(network.forward(rows[0])))\n",
        ELSEWHERE + OF_A_LABEL + USED + "print(nll(network.forward(rows[0]), labels[0]))\n",
        ELSEWHERE + OF_LOGARITHMS + USED + "print(nll(network.forward(rows), labels))\n",
        ELSEWHERE + OF_ACTIVATIONS + USED + "print(dsigmoid(network.forward(rows)))\n",
        NUMPY + ONE_LABEL + "print([one_hot(k, 3) for k in (0, 2, 1)])\n",
        NUMPY + OF_A_VECTOR + "print(softmax(np.array([1.0, 2.0])))\n",
        NUMPY + OF_ROWS + f"print(softmax({TWO_ROWS}))\n",
        NUMPY + OF_A_SPREAD + "print(nll(np.ones(4), 0.5, 2.0))\n",
        NUMPY + OF_WORDS + "print(one_hot('no', ['yes', 'no']))\n",
        NUMPY + SOFTMAX,
    ],
)
def test_what_is_right_for_something_else_than_the_lab_s_batches_is_not_accused(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "functions.py"
    path.write_text(text, encoding="utf-8")
    (found,) = judge_file(path, Terms()).results
    assert found["passed"] is None
    assert "depends on how it is used" in str(found["message"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ELSEWHERE + ONE_LABEL.replace("[label]", "[label - 1]") + USED, "one-hot-wrong"),
        (ELSEWHERE + OF_A_VECTOR.replace("np.sum", "np.max") + USED, "softmax-not-normalised"),
        (ELSEWHERE + OF_ACTIVATIONS.replace("1 -", "1 +") + USED, None),
        (NUMPY + OF_A_VECTOR + f"print(softmax({TWO_ROWS}))\n", "softmax-over-batch"),
        (NUMPY + ONE_LABEL + "print(one_hot(np.array([0, 2]), 3))\n", "one-hot-wrong"),
        (NUMPY + OF_ACTIVATIONS + "print(dsigmoid(np.array([-2.0, 3.0])))\n",
         "dsigmoid-of-activation"),
        (NUMPY + OF_A_VECTOR + THE_LAB_S_LOSS, "softmax-over-batch"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_all_usual_uses_or_in_the_one_that_is_seen_is_told(
    tmp_path: Path, text: str, fault: str | None
) -> None:
    path = tmp_path / "functions.py"
    path.write_text(text, encoding="utf-8")
    found = judge_file(path, Terms()).results[0]
    assert found["passed"] is False
    assert found["faults"] == ([fault] if fault else [])


SAMPLE_BY_SAMPLE = """
class Net:
    def __init__(self, inputs, outputs):
        self.W = 0.1 * np.random.randn(outputs, inputs)
        self.b = np.zeros(outputs)

    def forward(self, x):
        return softmax(self.W @ x + self.b)

    def loss(self, x, label):
        return nll(self.forward(x), label)

    def grad_loss(self, x, label):
        p = self.forward(x)
        p[label] -= 1
        return {"W": np.outer(p, x), "b": p}

    def train(self, x, label, rate):
        gradients = self.grad_loss(x, label)
        self.W -= rate * gradients["W"]
        self.b -= rate * gradients["b"]

"""
TRAINED = """
net = Net(4, 3)
for x, label in zip(np.random.randn(30, 4), np.arange(30) % 3):
    net.train(x, label, 0.1)
    print(net.loss(x, label))
"""
AFTER_ALL = """
def likely(scores):
    return softmax(scores).argmax(axis=1)

print(likely(np.random.randn(5, 3)))
"""


@pytest.mark.parametrize(
    ("use", "softmax", "nll"),
    [("", False, False), (TRAINED, None, None), (TRAINED + AFTER_ALL, False, None),
     ("print(softmax(np.ones(3)))\n", False, False)],
)  # fmt: skip
def test_a_lab_s_network_may_call_its_functions_with_single_samples_alone(
    tmp_path: Path, use: str, softmax: bool | None, nll: bool | None
) -> None:
    path = tmp_path / "network.py"
    path.write_text(NUMPY + OF_A_VECTOR + OF_A_LABEL + SAMPLE_BY_SAMPLE + use, encoding="utf-8")
    passed = {found["name"]: found["passed"] for found in judge_file(path, Terms()).results}
    assert (passed["softmax"], passed["nll"]) == (softmax, nll)
    assert passed["Net.grad_loss"] is True


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


CALLS = """
import numpy as np

class Net:
    def softmax(self, z):
        "Rows that sum to one."
        assert Net.softmax.__doc__ == "Rows that sum to one."
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)

def Sigmoid(x): return 1 / (1 + np.exp(-x))

def one_hot(y):
    def nll(t): return t
    return nll(Sigmoid([[y, 2], [3, 4]][0][0]))

Net().softmax(np.array([[0.1, 0.2], [0.3, 0.4]]))
one_hot(5)
"""


def test_functions_of_the_labs_names_tell_what_they_are_called_with(tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_text(CALLS, encoding="utf-8")
    table = record(read_source(path), Form(), 0, {}, 9.0, watch=True)
    assert table.stop.kind == ""
    assert set(table.calls) == {
        Called("softmax", axes=2, beyond=False, inner=False),
        Called("sigmoid", axes=0, beyond=True, inner=True),
        Called("nll", axes=0, beyond=False, inner=True),
        Called("one_hot", axes=0, beyond=True, inner=False),
    }
