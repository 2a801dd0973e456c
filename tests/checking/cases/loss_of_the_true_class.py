# right: one_hot, Regression.forward, Regression.grad_loss; remark: Regression.loss
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y).astype(int)]


class Regression:
    def __init__(self, n_in, n_out):
        self.W, self.b = 0.1 * np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, X):
        Z = X @ self.W + self.b
        E = np.exp(Z - Z.max(axis=-1, keepdims=True))
        return E / E.sum(axis=-1, keepdims=True)

    def loss(self, X, y):
        return -np.log(self.forward(X)[np.arange(len(y)), y.astype(int)]).mean()

    def grad_loss(self, X, targets, probabilities):
        error = (probabilities - targets) / len(X)
        return X.T @ error, error.sum(axis=0)
