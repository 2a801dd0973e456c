# right: softmax; remark: Net.loss; wrong: Eye.loss, Zeros.loss; right: Net.forward, Eye.forward, Zeros.forward
# Eye.loss says: `Eye.loss` is right for 10 classes, and fails for any other number.
# Eye.loss at: T = np.eye(10)[y]
# Zeros.loss at: T = np.zeros((len(y), 4))
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_out):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        return -np.sum(np.eye(len(self.b))[y] * np.log(self.forward(X) + 1e-15))


class Eye:
    def __init__(self, n_in, n_out):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        T = np.eye(10)[y]
        return -np.sum(T * np.log(self.forward(X) + 1e-15))


class Zeros(Eye):
    def loss(self, X, y):
        T = np.zeros((len(y), 4))
        T[np.arange(len(y)), y] = 1
        return -np.sum(T * np.log(self.forward(X) + 1e-15)) / len(y)
