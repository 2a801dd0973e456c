"""grad_loss() takes one-hot targets and the predictions of the same batch."""
import numpy as np
from typing import List


def one_hot(n_classes: int, y):
    return np.eye(n_classes, dtype="float32")[np.asarray(y, dtype="int32")]


def softmax(X):
    X = np.asarray(X)
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    total = -np.sum(Y_true * np.log(Y_pred))
    return total / (Y_true.size // Y_true.shape[-1])


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(-np.abs(X))
    return np.where(X < 0, e, 1.0) / (1 + e)


def dsigmoid(X):
    e = np.exp(-np.abs(X))
    return e / np.square(1 + e)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (output_size, input_size))
        self.b = np.random.uniform(-0.1, 0.1, (output_size,))
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W.T + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        G = (y_pred - y_true) / len(X)
        return G.T @ X, G.sum(axis=0)

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        t = one_hot(self.output_size, np.atleast_1d(y))
        dW, db = self.grad_loss(x, t, self.forward(x))
        self.W -= learning_rate * dW
        self.b -= learning_rate * db

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class NeuralNet:
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        self.W1 = np.random.uniform(-0.1, 0.1, (hidden_size, input_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (hidden_size,))
        self.W2 = np.random.uniform(-0.1, 0.1, (output_size, hidden_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (output_size,))
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        return softmax(self.Z2)

    def loss(self, X, y) -> float:
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred) -> List[np.ndarray]:
        Z1 = X @ self.W1.T + self.b1
        delta_2 = (y_pred - y_true) / X.shape[0]
        delta_1 = delta_2 @ self.W2 * dsigmoid(Z1)
        return [
            delta_1.T @ X,
            np.sum(delta_1, axis=0),
            delta_2.T @ sigmoid(Z1),
            np.sum(delta_2, axis=0),
        ]

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        t = one_hot(self.output_size, np.atleast_1d(y))
        dW1, db1, dW2, db2 = self.grad_loss(x, t, self.forward(x))
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.count_nonzero(self.predict(X) == y) / len(y)
