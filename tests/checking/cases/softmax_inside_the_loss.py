# remark: one_hot; right: softmax, sigmoid, Net.loss, Net.predict; not judged: nll, Net.forward
import numpy as np


def one_hot(K, y):
    return np.eye(K)[y]


def softmax(Z):
    E = np.exp(Z - np.max(Z, axis=-1, keepdims=True))
    return E / np.sum(E, axis=-1, keepdims=True)


def sigmoid(Z):
    return 1 / (1 + np.exp(-np.clip(Z, -500, 500)))


def nll(T, Z):
    """Of logits, as frameworks have it."""
    return -np.sum(T * np.log(np.clip(softmax(Z), 1e-15, 1)))


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W_h = np.random.uniform(-0.1, 0.1, (n_in, n_hid))
        self.b_h = np.zeros(n_hid)
        self.W_o = np.random.uniform(-0.1, 0.1, (n_hid, n_out))
        self.b_o = np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        return sigmoid(X @ self.W_h + self.b_h) @ self.W_o + self.b_o

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
