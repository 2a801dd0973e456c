# right: one_hot, sigmoid, Net.loss; wrong: Net.forward; not judged: Net.grad_loss
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y).astype(int)]


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W_h, self.b_h = 0.1 * np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W_o, self.b_o = 0.1 * np.random.randn(n_hidden, n_out), np.zeros(n_out)
        self.n_out = n_out

    def hidden(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        return sigmoid(self.Zh)

    def forward(self, X):
        self.H = self.hidden(X)
        E = np.exp(self.H @ self.W_o + self.b_o)
        return E / E.sum(axis=-1, keepdims=True)

    def loss(self, X, y):
        P = np.clip(self.forward(X), 1e-15, 1)
        return -np.sum(one_hot(self.n_out, y) * np.log(P))

    def grad_loss(self, X, y):
        error = self.forward(X) - one_hot(self.n_out, y)
        back = error @ self.W_o.T * self.H * (1 - self.H)
        return {
            "W_h": X.T @ back,
            "b_h": back.sum(axis=0),
            "W_o": self.H.T @ error,
            "b_o": error.sum(axis=0),
        }
