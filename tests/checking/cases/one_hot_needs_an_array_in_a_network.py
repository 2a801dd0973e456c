# remark: one_hot; right: softmax, Net.forward, Net.loss, Net.train
import numpy as np


def one_hot(n, y):
    rows = np.zeros((len(y), n))
    rows[range(len(y)), y] = 1
    return rows


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        return -np.sum(one_hot(self.n_out, y) * np.log(self.forward(X) + 1e-12))

    def train(self, X, y, learning_rate):
        e = self.forward(X) - one_hot(self.n_out, y)
        self.W = self.W - learning_rate * X.T @ e
        self.b = self.b - learning_rate * e.sum(axis=0)
