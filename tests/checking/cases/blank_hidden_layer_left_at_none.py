# remark: sigmoid; not written: Net.forward; not judged: Net.grad_loss; right: one_hot
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def one_hot(n, y):
    return np.eye(n)[np.asarray(y).astype(int)]


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_in, n_hid)
        self.b1 = np.zeros(n_hid)
        self.W2 = np.random.randn(n_hid, n_out)
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        self.z1 = None  # TODO
        self.a1 = None  # TODO
        z2 = self.a1 @ self.W2 + self.b2
        return sigmoid(z2)

    def grad_loss(self, X, y):
        P = self.forward(X)
        d2 = P - one_hot(P.shape[-1], y)
        d1 = d2 @ self.W2.T * self.a1 * (1 - self.a1)
        return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": self.a1.T @ d2, "b2": d2.sum(0)}
