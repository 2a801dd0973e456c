from __future__ import annotations

import numpy as np
from typing import Tuple

Array = np.ndarray


def one_hot(n_classes: int, y) -> Array:
    """Return one row per label."""
    return np.eye(n_classes)[np.array(y, dtype=int)]


def softmax(X) -> Array:
    """Softmax, numerically stable."""
    X = np.asarray(X, dtype=float)
    X_max = np.max(X, axis=0)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=0)


def nll(Y_true, Y_pred) -> float:
    """Mean negative log likelihood."""
    T = np.atleast_2d(Y_true)
    P = np.atleast_2d(Y_pred)
    return float(-(T * np.log(P + 1e-9)).sum(axis=1).mean())


def sigmoid(X) -> Array:
    X = np.clip(X, -60, 60)
    return 1.0 / (1.0 + np.exp(-X))


def dsigmoid(X) -> Array:
    e = np.exp(-np.abs(X))
    return e / (1.0 + e) ** 2


class LogisticRegression:
    def __init__(self, input_size: int, output_size: int) -> None:
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, (output_size,))
        self.input_size, self.output_size = input_size, output_size

    def forward(self, X: Array) -> Array:
        return softmax(X @ self.W + self.b)

    def predict(self, X: Array) -> Array:
        return self.forward(X).argmax(axis=-1)

    def loss(self, X: Array, y: Array) -> float:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: Array, y_true: Array, y_pred: Array) -> Tuple[Array, Array]:
        G = (y_pred - y_true) / X.shape[0]
        return X.T @ G, G.sum(axis=0)


class NeuralNet:
    """One hidden layer.  Shapes: W1 (D,H) b1 (1,H) W2 (H,K) b2 (1,K)."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))
        self.output_size = output_size
        self.cache: dict = {}

    def forward(self, X: Array) -> Array:
        c = self.cache
        c["Z1"] = X @ self.W1 + self.b1
        c["A1"] = sigmoid(c["Z1"])
        c["Z2"] = c["A1"] @ self.W2 + self.b2
        c["A2"] = softmax(c["Z2"])
        return c["A2"]

    def loss(self, X: Array, y: Array) -> float:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: Array, y: Array) -> Tuple[Array, Array, Array, Array]:
        n = X.shape[0]
        prob = self.forward(X)
        err = one_hot(self.output_size, y) - prob
        err = err / n
        dW2 = self.cache["A1"].T @ err
        db2 = err.sum(axis=0, keepdims=True)
        err_hidden = err @ self.W2.T * dsigmoid(self.cache["Z1"])
        dW1 = X.T @ err_hidden
        db1 = err_hidden.sum(axis=0, keepdims=True)
        return dW1, db1, dW2, db2

    def train(self, x: Array, y, learning_rate: float) -> None:
        grads = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for p, g in zip((self.W1, self.b1, self.W2, self.b2), grads):
            p -= learning_rate * g

    def predict(self, X: Array) -> Array:
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X: Array, y: Array) -> float:
        return float(np.mean(self.predict(X) == y))
