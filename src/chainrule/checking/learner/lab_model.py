"""The model that the lab's further functions are tried with: as a learner writes it, and right."""

from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.nn.functions import nll, one_hot, softmax


class LabModel:
    """Softmax regression as in the lab: it takes what the lab's class takes, and nothing kinder.

    Labels are `(N,)`, samples `(N, D)`.

    Attributes:
        W: weights `(D, K)`.
        b: biases `(K,)`.
    """

    def __init__(self, W: Array, b: Array) -> None:
        self.W, self.b = W, b
        self.input_size, self.output_size = W.shape

    @property
    def parameters(self) -> dict[str, Array]:
        """W `(D, K)` and b `(K,)` by name."""
        return {"W": self.W, "b": self.b}

    def forward(self, X: Any) -> Array:
        """Probabilities, `(N, D)` to `(N, K)`."""
        return softmax(X @ self.W + self.b)

    def loss(self, X: Any, y: Any) -> float:
        """Negative log likelihood in nats, summed over samples `(N, D)` with labels `(N,)`."""
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X: Any, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
        """Derivatives by W `(D, K)` and b `(K,)`, from one-hot rows and probabilities `(N, K)`."""
        grad_z = y_pred - y_true  # (N, K)
        return X.T @ grad_z, grad_z.sum(axis=0)

    def predict(self, X: Any) -> Any:
        """The most probable classes, `(N, D)` to `(N,)`."""
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X: Any, y: Any) -> float:
        """Share of samples `(N, D)` whose most probable class is their label `(N,)`, 0 to 1."""
        return float(np.mean(self.predict(X) == y))
