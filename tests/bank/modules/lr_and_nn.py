"""Lab: logistic regression + neural network.

Both models take the targets one-hot encoded in grad_loss, together with the
predictions, so that forward() runs only once per step.
"""
from __future__ import annotations

import numpy as np


def one_hot(n_classes: int, y):
    """one_hot(3, [0, 2]) -> [[1,0,0],[0,0,1]]"""
    return np.take(np.eye(n_classes), np.asarray(y, dtype=int), axis=0)


def softmax(X):
    X = np.asarray(X, dtype=float)
    log_norm = np.log(np.exp(X - X.max(-1, keepdims=True)).sum(-1, keepdims=True)) + X.max(-1, keepdims=True)
    return np.exp(X - log_norm)


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true)
    Y_pred = np.asarray(Y_pred)
    return -(Y_true * np.log(Y_pred + 1e-15)).sum(axis=-1).mean()


def sigmoid(X):
    return 1.0 / (1.0 + np.exp(-np.clip(X, -500.0, 500.0)))


def dsigmoid(X):
    return (1.0 - sigmoid(X)) * sigmoid(X)


class LogisticRegression:
    def __init__(self, input_size: int, output_size: int, lr: float = 0.01):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        n = X.shape[0]
        grad_W = X.T @ (y_pred - y_true) / n
        grad_b = (y_pred - y_true) / n
        return grad_W, grad_b


class NeuralNet:
    def __init__(self, input_size: int, hidden_size: int, output_size: int, lr: float = 0.01):
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size
        self.lr = lr
        self.A1 = None

    def forward(self, X):
        self.A1 = sigmoid(X @ self.W1 + self.b1)
        return softmax(self.A1 @ self.W2 + self.b2)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        """y_true one-hot (N, K), y_pred = self.forward(X)"""
        n = X.shape[0]
        A1 = sigmoid(X @ self.W1 + self.b1)
        dZ2 = (y_pred - y_true) / n
        dZ1 = dZ2 @ self.W2.T * (A1 * (1 - A1))
        return (
            X.T @ dZ1,
            dZ1.sum(axis=0, keepdims=True),
            A1.T @ dZ2,
            dZ2.sum(axis=0, keepdims=True),
        )

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        y_true = one_hot(self.output_size, np.atleast_1d(y))
        dW1, db1, dW2, db2 = self.grad_loss(x, y_true, self.forward(x))
        self.W1 -= self.lr * dW1
        self.b1 -= self.lr * db1
        self.W2 -= self.lr * dW2
        self.b2 -= self.lr * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X = X / 16
    lr_model = LogisticRegression(64, 10)
    for i in range(len(X)):
        x = X[i:i + 1]
        gW, gb = lr_model.grad_loss(x, one_hot(10, y[i:i + 1]), lr_model.forward(x))
        lr_model.W -= 0.01 * gW
        lr_model.b -= 0.01 * gb
    print("LR train accuracy", np.mean(lr_model.predict(X) == y))
    for rate in (0.001, 0.01, 0.1, 1.0):
        net = NeuralNet(64, 32, 10)
        for xi, yi in zip(X, y):
            net.train(xi, yi, rate)
        print(rate, net.accuracy(X, y))
