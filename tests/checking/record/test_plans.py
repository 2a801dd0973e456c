"""Code that nothing calls: how it is called, and what is believed of that."""

from pathlib import Path

import pytest

from chainrule.checking.record._running.drive import _last_name
from chainrule.checking.record._running.making import composed
from chainrule.checking.record._running.plans import Call
from chainrule.checking.record._running.ways import plans
from chainrule.checking.record._source.signatures import Signatures
from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, judged_parts, source_of

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
    plan, *_ = plans(source_of(tmp_path, NETWORK))
    assert plan.name == "Net.fit"
    assert plan.once == (Call("Net", ("inputs", "hidden", "outputs"), ("Net",)),)
    assert plan.each == (Call("Net.cost", ("X", "Y"), may_fail=True),
                         Call("Net.fit", ("X", "Y", "times")))  # fmt: skip


def test_a_fit_that_nothing_calls_is_judged(tmp_path: Path) -> None:
    path = source_of(tmp_path, NETWORK).path
    judged = judged_file(path)
    assert (judged.mistakes, judged.update.function) == ((), "Net.fit")


def test_the_loss_that_a_method_computes_decides(tmp_path: Path) -> None:
    """p - y alone would be right for a cross-entropy, which this class does not compute."""
    path = source_of(tmp_path, NETWORK.replace("(p - y) * p * (1 - p)", "p - y")).path
    (mistake,) = judged_file(path).mistakes
    assert (mistake.code.line, mistake.fault) == (17, "grad-output-mismatch")


NO_LOSS = """\
import numpy as np
def forward(X, W1, b1, W2, b2):
    A1 = np.tanh(X @ W1 + b1)
    return A1, A1 @ W2 + b2
def backward(X, Y, A1, A2, W2):
    dA2 = A2 - Y
    dA1 = dA2 @ W2.T
    return X.T @ dA1, dA1.sum(axis=0), A1.T @ dA2, dA2.sum(axis=0)
"""
NOT_BELIEVED = {
    "a mistake with parameters that are made up, and no loss": NO_LOSS,
    "parameters that are given, and no loss": (
        "import numpy as np\ndef train(X, y, W):\n    for i in range(50):\n"
        "        W = W - 0.1 * X.T @ (np.exp(X @ W) - y) * W\n    return W\n"
    ),
    "targets that change nothing": NETWORK.replace("(p - y)", "(p - 0.5)"),
    "a crash": NETWORK.replace("e.sum(axis=0)", "e.sum(axis=7)"),
}


@pytest.mark.parametrize("text", NOT_BELIEVED.values(), ids=NOT_BELIEVED.keys())
def test_what_is_made_up_accuses_nobody(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, text).path)


IN_TURN = """\
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros(n_out)
    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2
    def backward(self, y_hat, y):
        e = y_hat - y
        self.dW2 = self.h.T @ e
        self.db2 = e.sum(axis=0)
        d = e @ self.W2.T * (1 - self.h ** 2)
        self.dW1 = self.X.T @ d
        self.db1 = d.sum(axis=0)
"""
STEP = """\
    def step(self, lr):
        for name in ("W1", "b1", "W2", "b2"):
            setattr(self, name, getattr(self, name) - lr * getattr(self, "d" + name))
"""
FUNCTIONS = """\
import numpy as np
def initialize(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h), "b2": np.zeros((n_y, 1))}
def forward(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2 = 1 / (1 + np.exp(-(parameters["W2"] @ A1 + parameters["b2"])))
    return A2, {"A1": A1, "A2": A2}
def cost(A2, Y):
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]
def backward(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = (cache["A2"] - Y) / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    return {"dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1, keepdims=True),
            "dW2": dZ2 @ cache["A1"].T, "db2": dZ2.sum(axis=1, keepdims=True)}
"""
NO_MAKER = "import numpy as np\n" + FUNCTIONS[FUNCTIONS.index("def forward") :]
GIVEN_ONE_BY_ONE = """\
import numpy as np
def propagate(w, b, X, Y):
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dw = X @ (A - Y).T / X.shape[1]
    db = np.mean(A - Y)
    return {"dw": dw, "db": db}, cost
"""
PIECES = {
    "methods that leave gradients": (IN_TURN, "(1 - self.h ** 2)", "(1 - self.h)", 16),
    "methods with a step": (IN_TURN + STEP, "self.h.T @ e", "self.h.T @ e * 3", 14),
    "functions with a dictionary": (FUNCTIONS, '(1 - cache["A1"] ** 2)', "1", 14),
    "functions of parameters that nothing makes": (NO_MAKER, '(1 - cache["A1"] ** 2)', "1", 11),
    "parameters one by one": (GIVEN_ONE_BY_ONE, "np.mean(A - Y)", "np.sum(A - Y)", 6),
}


@pytest.mark.parametrize(("text", "right", "wrong", "line"), PIECES.values(), ids=PIECES.keys())
def test_pieces_that_nothing_calls_are_called_in_turn(
    tmp_path: Path, text: str, right: str, wrong: str, line: int
) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    assert text.count(right) == 1
    judged = judged_file(source_of(tmp_path, text.replace(right, wrong)).path)
    assert [mistake.code.line for mistake in judged.mistakes] == [line]


def test_what_makes_parameters_may_take_samples_beside_sizes(tmp_path: Path) -> None:
    maker = "def initialize(n_x, n_h, n_y):\n"
    assert maker in FUNCTIONS
    with_samples = FUNCTIONS.replace(maker, "def initialize(X, n_h, n_y):\n    n_x = len(X)\n")
    for text, first in ((FUNCTIONS, "inputs"), (with_samples, "X")):
        plan, *_ = plans(source_of(tmp_path, text))
        assert plan.once[0].takes == (first, "hidden", "outputs")


@pytest.mark.parametrize("sizes", ["n_in, n_out", "units", "n_out"])
def test_a_network_is_composed_of_layers_of_whatever_sizes_they_take(
    tmp_path: Path, sizes: str
) -> None:
    text = (
        f"class Dense:\n    def __init__(self, {sizes}): pass\n"
        "    def forward(self, x): pass\n    def backward(self, grad): pass\n"
        "class Net:\n    def __init__(self, layers): pass\n"
    )
    first, second, network = composed("Net", Signatures(source_of(tmp_path, text)))
    assert network == Call("Net", ("[layer0,layer1]",), ("Net",))
    assert (first.takes[-1], second.takes[-1]) == ("hidden", "outputs")


PRODUCTS = ("np.dot({}, {})", "np.matmul({}, {})", "np.tensordot({}, {}, 1)",
            "np.einsum('ij,jk', {}, {})")  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_of_matrices_is_one_in_every_spelling(tmp_path: Path, product: str) -> None:
    text = GIVEN_ONE_BY_ONE
    for factors in (("w.T", "X"), ("X", "(A - Y).T")):
        assert " @ ".join(factors) in text
        text = text.replace(" @ ".join(factors), product.format(*factors))
    spelled = plans(source_of(tmp_path, text))
    assert spelled == plans(source_of(tmp_path, GIVEN_ONE_BY_ONE)) != []


LAYERS = """\
import numpy as np
class Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out)
        self.biases = np.zeros((1, n_out))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases
    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T
class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out
    def backward(self, grad):
        return grad * (1 - self.out ** 2)
class Fixed:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad, lr):
        back = grad @ self.W.T
        self.W = self.W - lr * self.x.T @ grad
        self.b = self.b - lr * grad.sum(axis=0)
        return back
def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""
OF_LAYERS = {
    "its input": ("dvalues @ self.weights.T", "dvalues @ self.weights.T[::-1][:, ::-1]",
                  "Dense.backward"),
    "a bias": ("dvalues.sum(axis=0, keepdims=True)", "dvalues.mean(axis=0, keepdims=True)",
               "Dense.backward"),
    "a slope": ("(1 - self.out ** 2)", "(1 - self.out)", "Tanh.backward"),
    "after its own step": ("        back = grad @ self.W.T\n", "", "Fixed.backward"),
    "a function": ("x.T @ dout, ", "2 * x.T @ dout, ", "affine_backward"),
}  # fmt: skip


def test_parts_of_a_network_are_gone_through_and_back(tmp_path: Path) -> None:
    judged = judged_parts(source_of(tmp_path, LAYERS).path)
    assert set(judged) == {"Dense.backward", "Tanh.backward", "Fixed.backward", "affine_backward"}
    assert [one.mistakes for one in judged.values()] == [()] * 4


@pytest.mark.parametrize(("right", "wrong", "name"), OF_LAYERS.values(), ids=OF_LAYERS.keys())
def test_a_mistake_in_a_part_is_that_part_s_alone(
    tmp_path: Path, right: str, wrong: str, name: str
) -> None:
    assert LAYERS.count(right) == 1
    text = LAYERS.replace(right, wrong).replace(
        "return back", "return grad @ self.W.T" if name == "Fixed.backward" else "return back"
    )
    judged = judged_parts(source_of(tmp_path, text).path)
    assert {n for n, one in judged.items() if one.mistakes} == {name}


def test_parameters_whose_gradients_are_not_found_are_not_passed(tmp_path: Path) -> None:
    text = LAYERS.replace("self.dweights", "self.something").replace("self.dbiases", "self.other")
    assert "Dense.backward" not in judged_parts(source_of(tmp_path, text).path)


@pytest.mark.parametrize(
    ("path", "name"), [(".params.W1", "W1"), (".dW.0", "dW.0"), (".W", "W"), (".0", "0")]
)
def test_what_is_kept_has_the_last_of_its_names(path: str, name: str) -> None:
    assert _last_name(path) == name
