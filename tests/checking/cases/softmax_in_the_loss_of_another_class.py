# right: one_hot, softmax, nll, Logits.loss, Outputs.forward; wrong: Logits.forward, Outputs.loss
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y).astype(int)]


def softmax(X):
    E = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1)))


class Logits:
    def __init__(self, n_in, n_out):
        self.W, self.b = 0.1 * np.random.randn(n_in, n_out), np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        return X @ self.W + self.b

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), softmax(self.forward(X)))


class Outputs(Logits):
    def forward(self, X):
        return softmax(X @ self.W + self.b)
