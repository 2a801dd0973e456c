"""Coursework 1: ANN with sigmoid outputs trained with the cross-entropy cost
   C = -1/N sum [ y ln a + (1-y) ln(1-a) ]      (Nielsen, chapter 3)
"""
import numpy as np

EPS = 1e-12


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X, dtype=float)
    exps = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exps / np.sum(exps, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, EPS, 1 - EPS)
    return -np.mean(np.sum(np.asarray(Y_true) * np.log(Y_pred), axis=-1))


def cross_entropy(Y, A):
    A = np.clip(A, EPS, 1 - EPS)
    return -np.mean(np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A), axis=-1))


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    """multinomial: softmax + nll"""

    def __init__(self, input_size, output_size):
        self.W1 = np.random.randn(input_size, output_size) / np.sqrt(input_size)
        self.b1 = np.random.randn(output_size) * 0.1
        self.K = output_size

    def forward(self, X):
        return softmax(X @ self.W1 + self.b1)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        d = self.forward(X) - one_hot(self.K, y)
        d = d / X.shape[0]
        return {"dW1": X.T @ d, "db1": d.sum(axis=0)}

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class NeuralNet:
    """K independent sigmoid outputs"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.randn(input_size, hidden_size) / np.sqrt(input_size)
        self.b1 = np.random.randn(hidden_size) * 0.1
        self.W2 = np.random.randn(hidden_size, output_size) / np.sqrt(hidden_size)
        self.b2 = np.random.randn(output_size) * 0.1
        self.K = output_size

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = sigmoid(self.Z2)
        return self.A2

    def loss(self, X, y):
        return cross_entropy(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        N = X.shape[0]
        delta2 = (self.forward(X) - one_hot(self.K, y)) / N
        delta1 = delta2 @ self.W2.T * dsigmoid(self.Z1)
        return {
            "dW1": X.T @ delta1, "db1": delta1.sum(axis=0),
            "dW2": self.A1.T @ delta2, "db2": delta2.sum(axis=0),
        }

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for p in ("W1", "b1", "W2", "b2"):
            setattr(self, p, getattr(self, p) - learning_rate * g["d" + p])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return float(np.mean(self.predict(X) == y))
