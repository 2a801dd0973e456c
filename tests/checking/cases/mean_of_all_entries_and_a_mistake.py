# remark: one_hot; right: sigmoid, dsigmoid, softmax, Net.forward, Net.loss; wrong: Net.grad_loss
# Net.grad_loss says: the gradient is off by a constant factor
# Net.grad_loss says: the pre-activation stands where the activation belongs
import numpy as np


def one_hot(n, y):
    return np.eye(n)[y]


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def dsigmoid(z):
    return sigmoid(z) * (1 - sigmoid(z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = 0.1 * np.random.randn(n_in, n_hid)
        self.b1 = np.zeros(n_hid)
        self.W2 = 0.1 * np.random.randn(n_hid, n_out)
        self.b2 = np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = sigmoid(self.z1)
        return sigmoid(self.a1 @ self.W2 + self.b2)

    def loss(self, X, y):
        T, P = one_hot(self.n_out, y.astype(int)), np.clip(self.forward(X), 1e-12, 1 - 1e-12)
        return -np.mean(T * np.log(P) + (1 - T) * np.log(1 - P))

    def grad_loss(self, X, y):
        d2 = self.forward(X) - one_hot(self.n_out, y.astype(int))
        d1 = d2 @ self.W2.T * dsigmoid(self.z1)
        return {"W1": X.T @ d1, "b1": d1.sum(axis=0), "W2": self.z1.T @ d2, "b2": d2.sum(axis=0)}
