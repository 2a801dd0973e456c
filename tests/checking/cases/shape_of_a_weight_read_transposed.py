# right: sigmoid, softmax; not judged: Net.forward, Net.predict
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    """The second weights lie the other way round, and are read so."""

    def __init__(self, n_in, n_hid, n_out):
        self.W1 = 0.1 * np.random.randn(n_in, n_hid)
        self.b1 = np.zeros(n_hid)
        self.W2 = 0.1 * np.random.randn(n_out, n_hid)
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        return softmax(sigmoid(X @ self.W1 + self.b1) @ self.W2.T + self.b2)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
