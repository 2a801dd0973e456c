"""Models with a common abstract base class."""
from abc import ABC, abstractmethod

import numpy as np
from scipy.special import expit


def one_hot(n_classes, y):
    return np.identity(n_classes)[np.asarray(y, dtype="int64")]


def softmax(X):
    X = np.asarray(X, dtype=float)
    E = np.exp(X - np.amax(X, axis=-1, keepdims=True))
    return E / np.sum(E, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    P = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.mean(np.sum(np.asarray(Y_true) * np.log(P), axis=-1))


def sigmoid(X):
    return expit(X)


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class AbstractModel(ABC):
    """A probabilistic classifier trained by gradient descent."""

    param_names = ()

    @abstractmethod
    def forward(self, X):
        """Class probabilities, one row per sample."""

    @abstractmethod
    def grad_loss(self, X, y):
        """dict 'grad_<name>' -> array."""

    def loss(self, X, y):
        P = self.forward(X)
        return nll(one_hot(P.shape[1], y), P)

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for name in self.param_names:
            setattr(self, name, getattr(self, name) - learning_rate * grads["grad_" + name])

    def predict(self, X):
        return np.argmax(self.forward(np.atleast_2d(X)), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y).ravel())


class LogisticRegression(AbstractModel):
    param_names = ("W", "b")

    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, output_size)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def grad_loss(self, X, y):
        P = self.forward(X)
        P[np.arange(len(X)), y] -= 1
        P /= len(X)
        return {"grad_W": X.T @ P, "grad_b": P.sum(axis=0)}


class NeuralNet(AbstractModel):
    param_names = ("W1", "b1", "W2", "b2")

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, hidden_size)
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, output_size)

    def _hidden(self, X):
        Z1 = X @ self.W1 + self.b1
        return Z1, sigmoid(Z1)

    def forward(self, X):
        _, A1 = self._hidden(X)
        return softmax(A1 @ self.W2 + self.b2)

    def grad_loss(self, X, y):
        Z1, A1 = self._hidden(X)
        dZ2 = softmax(A1 @ self.W2 + self.b2)
        dZ2[np.arange(len(X)), y] -= 1
        dZ2 /= len(X)
        dZ1 = dZ2 @ self.W2.T * dsigmoid(Z1)
        return {
            "grad_W1": X.T @ dZ1,
            "grad_b1": dZ1.sum(axis=0),
            "grad_W2": A1.T @ dZ2,
            "grad_b2": dZ2.sum(axis=0),
        }


if __name__ == "__main__":
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X = X / X.max()
    for net in (LogisticRegression(64, 10), NeuralNet(64, 32, 10)):
        for epoch in range(5):
            for i in np.random.permutation(len(X)):
                net.train(X[i], y[i], 0.1)
        print(net.__class__.__name__, round(net.accuracy(X, y), 3))
