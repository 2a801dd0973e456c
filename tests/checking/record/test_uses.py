"""What arguments take by their use, in code that nothing calls and whose names do not tell."""

from pathlib import Path

import pytest

from chainrule.checking.record._running.making import used_as
from chainrule.checking.record._running.uses import uses_of
from chainrule.checking.record._source.signatures import Signatures
from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

IN_ANOTHER_LANGUAGE = """\
import numpy as np

class Netz:
    def __init__(self, schichten, lernrate):
        self.lernrate = lernrate
        self.gewichte = [np.random.randn(b, a) * 0.4 for a, b in zip(schichten, schichten[1:])]
        self.schwellen = [np.zeros((b, 1)) for b in schichten[1:]]

    def vorwaerts(self, x):
        self.werte = [x]
        for w, b in zip(self.gewichte, self.schwellen):
            self.werte.append(np.tanh(w @ self.werte[-1] + b))
        return self.werte[-1]

    def rueckwaerts(self, ziel):
        fehler = self.werte[-1] - ziel
        for i in reversed(range(len(self.gewichte))):
            delta = fehler * (1 - self.werte[i + 1] ** 2)
            fehler = self.gewichte[i].T @ delta
            self.gewichte[i] -= self.lernrate * delta @ self.werte[i].T
            self.schwellen[i] -= self.lernrate * delta.sum(axis=1, keepdims=True)

    def lernen(self, daten, ziele, runden, schwelle):
        for _ in range(runden):
            ausgabe = self.vorwaerts(daten)
            kosten = np.sum((ausgabe - ziele) ** 2) / 2
            if kosten < schwelle:
                break
            self.rueckwaerts(ziele)
"""
DESCRIBED = """\
import numpy as np

def begin(plan):
    made = {}
    for number, layer in enumerate(plan):
        made[f"W{number}"] = np.random.randn(layer["units_out"], layer["units_in"]) * 0.3
    return made

def squashed(z, kind):
    if kind is "tanh":
        return np.tanh(z)
    elif kind is "linear":
        return z

def train(X, Y, plan, epochs, rate):
    made = begin(plan)
    for _ in range(epochs):
        values = [X]
        for number, layer in enumerate(plan):
            values.append(squashed(made[f"W{number}"] @ values[-1], layer["kind"]))
        loss = np.mean((values[-1] - Y) ** 2)
        delta = 2 * (values[-1] - Y) / Y.size
        for number, layer in reversed(list(enumerate(plan))):
            if layer["kind"] == "tanh":
                delta = delta * (1 - values[number + 1] ** 2)
            back = made[f"W{number}"].T @ delta
            made[f"W{number}"] -= rate * delta @ values[number].T
            delta = back
"""
LISTS_OF_SIZES = """\
import numpy as np

class Classifier:
    def __init__(self, hidden_layers, n_classes, step=0.1):
        self.hidden_layers, self.n_classes, self.step = hidden_layers, n_classes, step

    def fit(self, X, y):
        sizes = [X.shape[1], *self.hidden_layers, self.n_classes]
        W = [np.random.randn(a, b) * 0.3 for a, b in zip(sizes, sizes[1:])]
        Y = np.eye(self.n_classes)[y]
        for _ in range(50):
            acts = [X]
            for w in W[:-1]:
                acts.append(np.tanh(acts[-1] @ w))
            e = np.exp(acts[-1] @ W[-1])
            delta = (e / e.sum(axis=1, keepdims=True) - Y) / len(X)
            for i in reversed(range(len(W))):
                g = acts[i].T @ delta
                delta = (delta @ W[i].T) * (1 - acts[i] ** 2)
                W[i] -= self.step * g
"""
NO_ARGUMENTS = """\
import numpy as np

class Network:
    def __init__(self, x, y):
        self.input, self.y = x, y
        self.weights1 = np.random.rand(x.shape[1], 4)
        self.weights2 = np.random.rand(4, y.shape[1])

    def feedforward(self):
        self.layer1 = np.tanh(self.input @ self.weights1)
        self.output = self.layer1 @ self.weights2

    def backprop(self):
        error = self.output - self.y
        inner = (error @ self.weights2.T) * (1 - self.layer1 ** 2)
        self.weights2 -= 0.1 * self.layer1.T @ error
        self.weights1 -= 0.1 * self.input.T @ inner
"""
LABELLED_ROWS = """\
import numpy as np

def initialize(n_inputs, n_hidden, n_outputs):
    hidden = [np.random.randn(n_inputs + 1) for _ in range(n_hidden)]
    return [hidden, [np.random.randn(n_hidden + 1) for _ in range(n_outputs)]]

def train_network(network, train, l_rate, n_epoch, n_outputs):
    for epoch in range(n_epoch):
        for row in train:
            expected = [0 for _ in range(n_outputs)]
            expected[row[-1]] = 1
            x = np.array([*row[:-1], 1])
            h = np.array([np.tanh(w @ x) for w in network[0]] + [1])
            error = [w @ h - t for w, t in zip(network[1], expected)]
            back = sum(e * w for e, w in zip(error, network[1])) * (1 - h ** 2)
            network[1] = [w - l_rate * e * h for w, e in zip(network[1], error)]
            network[0] = [w - l_rate * d * x for w, d in zip(network[0], back)]
"""
NAMES_OF_DATA = """\
import numpy as np

def forward(X, W1, W2):
    Z = np.tanh(X @ W1)
    A = np.exp(Z @ W2)
    Y = A / A.sum(axis=1, keepdims=True)
    return Y, Z

def derivative_w2(Z, T, Y):
    return Z.T @ (Y - T)

def derivative_w1(X, Z, T, Y, W2):
    return X.T @ ((Y - T) @ W2.T * (1 - Z ** 2))

def cost(T, Y):
    return -(T * np.log(Y)).sum()
"""
NO_EPOCHS = """\
import numpy as np

class Net:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def train(self, X, y, epochs=0, lr=0.1):
        for _ in range(epochs):
            out = np.tanh(X @ self.W)
            delta = (out - y) * (1 - out ** 2)
            self.W -= lr * X.T @ delta
            loss = ((out - y) ** 2).sum()
"""
ONE_BY_ONE = """\
import numpy as np

class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in) * 0.5
        self.W2 = np.random.randn(n_out, n_hidden) * 0.5

    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W1 @ x)
        self.y = self.W2 @ self.h
        return self.y

    def backprop(self, target):
        error = self.y - target
        self.dW2 = np.outer(error, self.h)
        delta = (self.W2.T @ error) * (1 - self.h ** 2)
        self.dW1 = np.outer(delta, self.x)

    def step(self, lr):
        self.W1 -= lr * self.dW1
        self.W2 -= lr * self.dW2
"""
FIXED_SIZES = """\
import numpy as np

class Net:
    def __init__(self):
        self.W1, self.b1 = np.random.randn(20, 6) * 0.3, np.zeros(6)
        self.W2, self.b2 = np.random.randn(6, 4) * 0.3, np.zeros(4)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def backward(self, target, rate):
        error = self.out - target
        inner = (error @ self.W2.T) * (1 - self.h ** 2)
        self.b2 -= rate * error.sum(axis=0)
        self.b1 -= rate * inner.sum(axis=0)
        self.W2 -= rate * self.h.T @ error
        self.W1 -= rate * self.x.T @ inner
"""
LENT = """\
import numpy as np

class Layer:
    def __init__(self, n_in, n_out, f, f_prime=None):
        self.W = np.random.randn(n_in, n_out) * 0.3
        self.f, self.f_prime = f, f_prime

    def forward(self, x):
        self.x = x
        self.z = x @ self.W
        return self.f(self.z)

    def backward(self, grad):
        delta = grad * self.f_prime(self.z) if self.f_prime else grad
        self.dW = self.x.T @ delta
        return delta @ self.W.T

    def update(self, rate):
        self.W -= rate * self.dW

class Network:
    def __init__(self, teile):
        self.teile = teile

    def use(self, loss, loss_prime):
        self.loss, self.loss_prime = loss, loss_prime

    def fit(self, X, y, epochs, rate):
        for _ in range(epochs):
            out = X
            for layer in self.teile:
                out = layer.forward(out)
            print(self.loss(y, out))
            grad = self.loss_prime(y, out)
            for layer in reversed(self.teile):
                grad = layer.backward(grad)
            for layer in self.teile:
                layer.update(rate)
"""
LENT_IN_A_LIST = """\
import numpy as np

class Network:
    def __init__(self, n_inputs, n_hidden, n_outputs, activations, activation_primes):
        self.activations, self.primes = activations, activation_primes
        self.W1 = np.random.randn(n_inputs, n_hidden) * 0.3
        self.W2 = np.random.randn(n_hidden, n_outputs) * 0.3

    def train(self, X, y, epochs, learning_rate):
        for _ in range(epochs):
            a1 = self.activations[0](X @ self.W1)
            out = self.activations[1](a1 @ self.W2)
            primes = self.primes
            d2 = (out - y) * primes[1](out)
            d1 = (d2 @ self.W2.T) * primes[0](a1)
            self.W2 -= learning_rate * a1.T @ d2
            self.W1 -= learning_rate * X.T @ d1
"""
KINDS = {
    "another language": (IN_ANOTHER_LANGUAGE, ".T @ delta\n", ".T @ fehler\n"),
    "layers described": (DESCRIBED, "(1 - values[number + 1] ** 2)", "(1 - values[number + 1])"),
    "a list of sizes": (LISTS_OF_SIZES, "(1 - acts[i] ** 2)", "(1 - acts[i])"),
    "no arguments": (NO_ARGUMENTS, "(1 - self.layer1 ** 2)", "(1 - self.layer1)"),
    "rows with labels": (LABELLED_ROWS, "(1 - h ** 2)", "(1 - h)"),
    "predictions named like targets": (NAMES_OF_DATA, "(1 - Z ** 2)", "(1 - Z)"),
    "no epochs": (NO_EPOCHS, "(1 - out ** 2)", "(1 - out)"),
    "sizes of its own": (FIXED_SIZES, "(1 - self.h ** 2)", "(1 - self.h)"),
    "one sample": (ONE_BY_ONE, "(1 - self.h ** 2)", "(1 - self.h)"),
    "functions lent to layers": (LENT, "delta @ self.W.T", "grad @ self.W.T"),
    "functions lent in a list": (LENT_IN_A_LIST, " * primes[0](a1)", ""),
}


@pytest.mark.parametrize(("text", "right", "wrong"), KINDS.values(), ids=KINDS.keys())
def test_what_names_do_not_tell_is_called_and_judged(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    assert text.count(right) == 1
    line = text[: text.index(right)].count("\n") + 1
    judged = judged_file(source_of(tmp_path, text.replace(right, wrong)).path)
    assert {mistake.code.line for mistake in judged.mistakes} == {line}


def test_a_derivative_that_is_lent_may_be_one_of_outputs(tmp_path: Path) -> None:
    of_outputs = LENT.replace("self.f_prime(self.z)", "self.f_prime(self.f(self.z))")
    assert judged_file(source_of(tmp_path, of_outputs).path).mistakes == ()


@pytest.mark.parametrize("taken", ["X @ self.W1", "y", "a1[:2]"])
def test_a_derivative_of_neither_or_both_accuses_nobody(tmp_path: Path, taken: str) -> None:
    text = LENT_IN_A_LIST.replace("primes[0](a1)", f"primes[0]({taken})")
    with pytest.raises(NotJudgedError, match="nothing in it calls what trains"):
        judged_file(source_of(tmp_path, text).path)


def test_a_step_that_fails_half_way_accuses_nobody(tmp_path: Path) -> None:
    """Its sums are for batches, which something else keeps it from taking."""
    text = FIXED_SIZES.replace("self.x = x\n", "self.x = x\n        assert x.ndim == 1\n")
    with pytest.raises(NotJudgedError, match="nothing in it calls what trains"):
        judged_file(source_of(tmp_path, text).path)


def test_that_functions_were_lent_is_said(tmp_path: Path) -> None:
    (note,) = judged_file(source_of(tmp_path, LENT_IN_A_LIST).path).notes
    assert "it was lent a sigmoid" in note


def test_uses_are_followed_to_where_something_is_kept_and_handed_on(tmp_path: Path) -> None:
    signatures = Signatures(source_of(tmp_path, IN_ANOTHER_LANGUAGE))
    init, learn = signatures["Netz.__init__"], signatures["Netz.lernen"]
    assert uses_of(init, "lernrate", signatures).is_factor
    assert uses_of(init, "schichten", signatures).is_list
    assert uses_of(learn, "ziele", signatures).ways == {"added"}
    assert used_as(learn, signatures) == {"runden": "times", "schwelle": "little"}


def test_rows_have_no_labels_at_their_end_where_there_are_labels(tmp_path: Path) -> None:
    text = "def train(rows, {}):\n    for row in rows:\n        print(row[-1])\n"
    for second, taken in (("y", {}), ("rate", {"rows": "table"})):
        signatures = Signatures(source_of(tmp_path, text.format(second)))
        assert used_as(signatures["train"], signatures) == taken


@pytest.mark.parametrize(
    ("given", "needs"),
    [
        ("", ()),
        ("n=3", ()),
        ("self, /, n=3", ()),
        ("self=None, n=3", ()),
        ("X, n=3", ()),
        ("self, X, n=3", ("X",)),
        ("self, X, y=None", ("X", "y")),
        ("*all", ()),
        ("*, n", ()),
    ],
)
def test_a_method_may_have_any_arguments(
    tmp_path: Path, given: str, needs: tuple[str, ...]
) -> None:
    text = f"class Net:\n    def fit({given}):\n        return 1\n"
    signature = Signatures(source_of(tmp_path, text))["Net.fit"]
    assert signature.needs == needs


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ("for i in range(zahl): pass", "times"),
        ("return 2 * zahl", "rate"),
        ("return 2 < zahl", "little"),
        ("return np.zeros((3, zahl)) * zahl", None),
        ("return zahl.T * 2", None),
        ("return zahl", None),
    ],
)
def test_a_number_is_told_by_what_is_done_with_it(
    tmp_path: Path, body: str, taken: str | None
) -> None:
    signatures = Signatures(source_of(tmp_path, f"def f(zahl):\n    {body}\n"))
    assert used_as(signatures["f"], signatures).get("zahl") == taken
