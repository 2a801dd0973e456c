"""The lab's functions and classes as a student writes them, in NumPy and double precision.

This is the code the lab asks for, after the published solution: short functions that serve one
sample and a batch alike, a dictionary of gradients, and a step that updates each parameter. It
is not written for speed, nor is anything in it slow on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scripts.digits import Floats


def one_hot(n_classes: int, y: Any) -> Floats:
    """Rows of the identity: a label to `(K,)`, labels `(N,)` to `(N, K)`."""
    rows: Floats = np.eye(n_classes)[y]
    return rows


def softmax(X: Floats) -> Floats:
    """Along the last axis. Shape: `(..., K)` to the same."""
    exp = np.exp(X - np.max(X, axis=-1, keepdims=True))
    result: Floats = exp / np.sum(exp, axis=-1, keepdims=True)
    return result


def sigmoid(X: Floats) -> Floats:
    """Shape: `(...)` to the same."""
    result: Floats = 1 / (1 + np.exp(-np.clip(X, -500, 500)))
    return result


def dsigmoid(X: Floats) -> Floats:
    """Derivative of the sigmoid at a pre-activation. Shape: `(...)` to the same."""
    sig = sigmoid(X)
    return sig * (1 - sig)


class LogisticRegression:
    """Softmax regression of D features on K classes."""

    def __init__(self, W: Floats, b: Floats) -> None:
        self.W = W  # (D, K)
        self.b = b  # (K,)

    def forward(self, X: Floats) -> Floats:
        """Probabilities. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`."""
        return softmax(np.dot(X, self.W) + self.b)

    def grad_loss(self, x: Floats, y: int) -> dict[str, Floats]:
        """Gradients for one sample `(D,)` with label `y`."""
        grad_z = self.forward(x) - one_hot(len(self.b), y)
        return {"W": np.outer(x, grad_z), "b": grad_z}

    def train(self, x: Floats, y: int, learning_rate: float) -> None:
        """One step on one sample `(D,)` with label `y`."""
        grads = self.grad_loss(x, y)
        self.W = self.W - learning_rate * grads["W"]
        self.b = self.b - learning_rate * grads["b"]


class NeuralNet:
    """A network of D features, H sigmoid units and K classes."""

    def __init__(self, W_h: Floats, b_h: Floats, W_o: Floats, b_o: Floats) -> None:
        self.W_h = W_h  # (D, H)
        self.b_h = b_h  # (H,)
        self.W_o = W_o  # (H, K)
        self.b_o = b_o  # (K,)

    def forward_hidden(self, X: Floats) -> Floats:
        """Shape: `(D,)` to `(H,)`, `(N, D)` to `(N, H)`."""
        return sigmoid(np.dot(X, self.W_h) + self.b_h)

    def forward_output(self, H: Floats) -> Floats:
        """Shape: `(H,)` to `(K,)`, `(N, H)` to `(N, K)`."""
        return softmax(np.dot(H, self.W_o) + self.b_o)

    def forward(self, X: Floats) -> Floats:
        """Probabilities. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`."""
        return self.forward_output(self.forward_hidden(X))

    def grad_loss(self, x: Floats, y: int) -> dict[str, Floats]:
        """Gradients for one sample `(D,)` with label `y`."""
        z_h = np.dot(x, self.W_h) + self.b_h
        h = sigmoid(z_h)
        grad_z_o = self.forward_output(h) - one_hot(len(self.b_o), y)
        grad_h = np.dot(grad_z_o, np.transpose(self.W_o))
        grad_z_h = grad_h * dsigmoid(z_h)
        return {
            "W_h": np.outer(x, grad_z_h),
            "b_h": grad_z_h,
            "W_o": np.outer(h, grad_z_o),
            "b_o": grad_z_o,
        }

    def train(self, x: Floats, y: int, learning_rate: float) -> None:
        """One step on one sample `(D,)` with label `y`."""
        grads = self.grad_loss(x, y)
        self.W_h = self.W_h - learning_rate * grads["W_h"]
        self.b_h = self.b_h - learning_rate * grads["b_h"]
        self.W_o = self.W_o - learning_rate * grads["W_o"]
        self.b_o = self.b_o - learning_rate * grads["b_o"]
