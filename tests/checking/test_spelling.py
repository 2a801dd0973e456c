"""Unusual ways to write a network that once misled the judge."""

import itertools
from typing import Any

import numpy as np
import pytest

from chainrule import check
from chainrule.nn.activations import sigmoid
from chainrule.nn.functions import nll, one_hot, softmax


class Deep:
    """Hidden sizes in a list with a default, and any number of layers."""

    stretch = 1.0

    def __init__(self, input_size: int, hidden_sizes: Any = (9, 8), output_size: int = 10) -> None:
        sizes = [input_size, *hidden_sizes, output_size]
        self.W = [np.ones(pair) for pair in itertools.pairwise(sizes)]
        self.b = [np.zeros(size) for size in sizes[1:]]

    def forward(self, X: Any) -> Any:
        self.h = [X]
        for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
            self.h.append(sigmoid(self.h[-1] @ W + b))
        return softmax(self.h[-1] @ self.W[-1] + self.b[-1])

    def loss(self, X: Any, y: Any) -> Any:
        return nll(one_hot(len(self.b[-1]), y), self.forward(X))

    def grad_loss(self, X: Any, y: Any) -> Any:
        d = self.forward(X) - one_hot(len(self.b[-1]), y)
        found = []
        for i in reversed(range(len(self.W))):
            found.append((self.h[i].T @ d, d.sum(axis=0)))
            d = self.stretch * (d @ self.W[i].T) * self.h[i] * (1 - self.h[i])
        return found[::-1]


class Stretched(Deep):
    stretch = 1.5


def test_a_list_of_hidden_sizes_is_tried_with_hidden_layers() -> None:
    assert check(Deep)
    found = {finding.name.split(".")[1]: finding for finding in check(Stretched)}
    assert found["grad_loss"].passed is False
    assert "1.5 times the right one" in found["grad_loss"].message(1)


class Shallow:
    """Keeps its learning rate, and has parameters whose names differ in case alone."""

    sign = 1.0

    def __init__(self, input_size: int, output_size: int, learning_rate: float = 0.05) -> None:
        self.w = np.zeros(output_size)
        self.W = np.zeros((input_size, output_size))
        self.learning_rate = learning_rate

    def forward(self, X: Any) -> Any:
        return softmax(X @ self.W + self.w)

    def loss(self, X: Any, y: Any) -> Any:
        return nll(one_hot(len(self.w), y), self.forward(X))

    def grad_loss(self, X: Any, y: Any) -> Any:
        d = self.forward(X) - one_hot(len(self.w), y)
        return {"w": d.sum(axis=0), "W": X.T @ d}

    def train(self, X: Any, y: Any) -> None:
        for name, gradient in self.grad_loss(X, y).items():
            setattr(self, name, getattr(self, name) - self.sign * self.learning_rate * gradient)


class Climbing(Shallow):
    sign = -1.0


class BiasesFirst(Shallow):
    def grad_loss(self, X: Any, y: Any) -> Any:
        found = super().grad_loss(X, y)
        return found["w"], found["W"]

    def train(self, X: Any, y: Any) -> None:
        for name, gradient in zip("wW", self.grad_loss(X, y), strict=True):
            setattr(self, name, getattr(self, name) - self.learning_rate * gradient)


class KeywordOnly(Shallow):
    def train(self, X: Any, y: Any, *, rate: float) -> None:  # type: ignore[override] # the point
        for name, gradient in self.grad_loss(X, y).items():
            setattr(self, name, getattr(self, name) - rate * gradient)


@pytest.mark.parametrize("network", [Shallow, BiasesFirst])
def test_a_kept_rate_and_any_order_and_case_are_understood(network: type) -> None:
    assert check(network)


def test_a_kept_rate_with_the_wrong_sign_is_a_wrong_sign() -> None:
    found = {finding.name.split(".")[1]: finding for finding in check(Climbing)}
    assert found["train"].faults == ("train-sign",)


def test_what_cannot_be_called_is_not_blamed() -> None:
    found = {finding.name.split(".")[1]: finding for finding in check(KeywordOnly)}
    assert found["train"].passed is None
    assert "could not be called" in found["train"].message(1)
