# right: sigmoid, softmax, Net.forward, Net.predict
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    """The thresholds of the last layer were given up, and are still made."""

    def __init__(self, n_in, n_hid, n_out):
        self.W_h = 0.1 * np.random.randn(n_in, n_hid)
        self.b_h = np.zeros(n_hid)
        self.W_o = 0.1 * np.random.randn(n_hid, n_out)
        self.b_o = np.zeros(n_in)

    def forward(self, X):
        return softmax(sigmoid(X @ self.W_h + self.b_h) @ self.W_o)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
