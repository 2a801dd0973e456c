"""Mistakes that are not in the catalogue: the verdict says what is known, and guesses nothing."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule import check
from chainrule.nn.activations import sigmoid
from chainrule.nn.functions import nll, one_hot, softmax


def log_softmax(X: Any) -> Any:
    return np.log(softmax(X))


def nll_twice(Y_true: Any, Y_pred: Any) -> Any:
    return -2 * np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)))


def hard_sigmoid(X: Any) -> Any:
    return np.clip(0.2 * X + 0.5, 0, 1)


def dsigmoid_thrice(X: Any) -> Any:
    return 3 * sigmoid(X) * (1 - sigmoid(X))


@pytest.mark.parametrize(
    ("name", "function", "said"),
    [
        ("softmax", log_softmax, r"`softmax` of a batch is wrong: .* where .* is right at"),
        ("nll", nll_twice, r"it is 2 times the right one"),
        ("sigmoid", hard_sigmoid, r"`sigmoid` of a batch is wrong: "),
        ("dsigmoid", dsigmoid_thrice, r"it is 3 times the right one"),
    ],
)
def test_a_function(name: str, function: Callable[..., Any], said: str) -> None:
    function.__name__ = name
    (finding,) = check(function)
    assert finding.passed is False
    assert finding.faults == ()
    assert re.search(said, finding.message(2))


class Network:
    """A right network, of which each subclass spoils one thing."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        self.W_h, self.b_h = np.ones((input_size, hidden_size)), np.ones(hidden_size)
        self.W_o, self.b_o = np.ones((hidden_size, output_size)), np.ones(output_size)
        self.output_size = output_size

    def forward(self, X: Any) -> Any:
        self.h = sigmoid(X @ self.W_h + self.b_h)
        return softmax(self.h @ self.W_o + self.b_o)

    def loss(self, X: Any, y: Any) -> Any:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: Any, y: Any) -> Any:
        e = self.forward(X) - one_hot(self.output_size, y)
        e_h = e @ self.W_o.T * self.h * (1 - self.h)
        return {"W_h": X.T @ e_h, "b_h": e_h.sum(0), "W_o": self.h.T @ e, "b_o": e.sum(0)}

    def train(self, x: Any, y: Any, learning_rate: float) -> None:
        for name, gradient in self.grad_loss(x[np.newaxis], np.array([y])).items():
            setattr(self, name, getattr(self, name) - learning_rate * gradient)


class ShiftedHidden(Network):
    def forward(self, X: Any) -> Any:
        self.h = sigmoid(X @ self.W_h + self.b_h + 1)
        return softmax(self.h @ self.W_o + self.b_o)


class ShiftedAlone:
    """The same as far as the loss: nothing speaks for it."""

    __init__ = Network.__init__
    forward = ShiftedHidden.forward
    loss = Network.loss


class InputsAgain(Network):
    def forward(self, X: Any) -> Any:
        super().forward(X)
        return X


class HalfGradient(Network):
    def grad_loss(self, X: Any, y: Any) -> Any:
        found = super().grad_loss(X, y)
        return {**found, "W_h": found["W_h"] / 2}


class ShuffledColumns(Network):
    def grad_loss(self, X: Any, y: Any) -> Any:
        found = super().grad_loss(X, y)
        return {**found, "W_o": found["W_o"][:, ::-1]}


class NoisyUpdate(Network):
    def train(self, x: Any, y: Any, learning_rate: float) -> None:
        super().train(x, y, learning_rate)
        self.b_o = self.b_o + 0.01


class WrongShape(Network):
    def grad_loss(self, X: Any, y: Any) -> Any:
        found = super().grad_loss(X, y)
        return {**found, "b_h": np.zeros(9)}


@pytest.mark.parametrize(
    ("network", "method", "said"),
    [
        (ShiftedAlone, "forward", "is wrong: "),
        (
            InputsAgain,
            "forward",
            "gives `x`: what is computed after it does not reach the result",
        ),
        (HalfGradient, "grad_loss", "gradient of W_h .* 0.5 times the right one"),
        (ShuffledColumns, "grad_loss", "gradient of W_o .*where .* is right"),
        (NoisyUpdate, "train", "does not change b_o by learning_rate times its gradient"),
        (WrongShape, "grad_loss", r"gradient of b_h .*its shape is \(9,\)"),
    ],
)
def test_a_method(network: type, method: str, said: str) -> None:
    findings = {finding.name.split(".")[1]: finding for finding in check(network)}
    finding = findings.pop(method)
    assert finding.passed is False
    assert finding.faults == ()
    assert re.search(said, finding.message(2))
    assert {name: f.passed for name, f in findings.items()} == dict.fromkeys(findings, True)


def test_a_forward_that_loss_and_gradient_fit_is_not_judged() -> None:
    findings = {finding.name.split(".")[1]: finding for finding in check(ShiftedHidden)}
    forward = findings.pop("forward")
    assert forward.passed is None
    assert "nothing in `loss` and `grad_loss` speaks against it" in forward.message()
    assert all(finding.passed for finding in findings.values())
