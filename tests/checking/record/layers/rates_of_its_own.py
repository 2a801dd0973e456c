# in CI: rates of its own
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        back = grad @ self.W.T
        self.W -= 0.1 * self.x.T @ grad
        self.b -= 0.01 * grad.sum(axis=0)
        return back
