"""A small multilayer perceptron: one hidden sigmoid layer, softmax output.

All arrays hold one sample per row.  N samples, D inputs, H hidden, K classes.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Tuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Grads = Tuple[NDArray, NDArray, NDArray, NDArray]


def one_hot(n_classes: int, y: ArrayLike) -> NDArray:
    """Rows of the identity matrix selected by ``y``."""
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(X: ArrayLike) -> NDArray:
    """Softmax along the last axis."""
    X = np.asarray(X, dtype=float)
    exp = np.exp(X - X.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def nll(Y_true: ArrayLike, Y_pred: ArrayLike) -> float:
    """Mean negative log likelihood (one sample or a batch)."""
    Y_true = np.atleast_2d(np.asarray(Y_true, dtype=float))
    Y_pred = np.atleast_2d(np.asarray(Y_pred, dtype=float))
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return float(-np.sum(Y_true * np.log(Y_pred)) / Y_true.shape[0])


def sigmoid(X: ArrayLike) -> NDArray:
    """Logistic function."""
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X: ArrayLike) -> NDArray:
    """Derivative of the logistic function at the pre-activation ``X``."""
    s = sigmoid(X)
    return s * (1.0 - s)


@dataclass
class LogisticRegression:
    """Softmax regression."""

    input_size: int
    output_size: int
    W: NDArray = field(init=False, repr=False)
    b: NDArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.W = np.random.uniform(-0.1, 0.1, (self.input_size, self.output_size))
        self.b = np.random.uniform(-0.1, 0.1, (1, self.output_size))

    def forward(self, X: NDArray) -> NDArray:
        return softmax(X @ self.W + self.b)

    def predict(self, X: NDArray) -> NDArray:
        return self.forward(X).argmax(axis=-1)

    def loss(self, X: NDArray, y: NDArray) -> float:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: NDArray, y_true: NDArray, y_pred: NDArray) -> Tuple[NDArray, NDArray]:
        dZ = (y_pred - y_true) / X.shape[0]
        return X.T @ dZ, dZ.sum(axis=0, keepdims=True)


@dataclass
class NeuralNet:
    """D -> H (sigmoid) -> K (softmax)."""

    input_size: int
    hidden_size: int
    output_size: int
    W1: NDArray = field(init=False, repr=False)
    b1: NDArray = field(init=False, repr=False)
    W2: NDArray = field(init=False, repr=False)
    b2: NDArray = field(init=False, repr=False)
    cache: Dict[str, NDArray] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        D, H, K = self.input_size, self.hidden_size, self.output_size
        self.W1 = np.random.uniform(-0.1, 0.1, (D, H))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, H))
        self.W2 = np.random.uniform(-0.1, 0.1, (H, K))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, K))

    def forward(self, X: NDArray) -> NDArray:
        Z1 = X @ self.W1 + self.b1
        A1 = sigmoid(Z1)
        Z2 = A1 @ self.W2 + self.b2
        A2 = softmax(Z2)
        self.cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
        return A2

    def loss(self, X: NDArray, y: NDArray) -> float:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: NDArray, y: NDArray) -> Grads:
        """Gradients (dW1, db1, dW2, db2) of the mean loss."""
        A2 = self.forward(X)
        dZ2 = (A2 - one_hot(self.output_size, y)) / X.shape[0]
        dW2 = self.cache["A1"].T @ dZ2
        db2 = dZ2.sum(axis=0, keepdims=True)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(self.cache["Z1"])
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0, keepdims=True)
        return dW1, db1, dW2, db2

    def train(self, x: NDArray, y, learning_rate: float) -> None:
        dW1, db1, dW2, db2 = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X: NDArray) -> NDArray:
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X: NDArray, y: NDArray) -> float:
        return float(np.mean(self.predict(X) == y))
