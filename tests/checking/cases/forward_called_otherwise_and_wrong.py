# right: softmax, sigmoid; not judged: Net.loss, Net.predict
# What `forward_pass` gives is no network's output that is known: it is not accused, nor what uses it.
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = 0.1 * np.random.randn(n_in, n_hid)
        self.b1 = np.zeros(n_hid)
        self.W2 = 0.1 * np.random.randn(n_hid, n_out)
        self.b2 = np.zeros(n_out)

    def forward_pass(self, X):
        return sigmoid(X @ self.W1 + 3 * self.b1) ** 2 @ self.W2 + self.b2

    def loss(self, X, y):
        return -np.sum(np.log(softmax(self.forward_pass(X))[np.arange(len(y)), y]))

    def predict(self, X):
        return self.forward_pass(X).argmin(axis=-1)
