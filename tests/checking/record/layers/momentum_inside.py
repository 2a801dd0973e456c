# in CI: momentum inside
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.v = np.zeros_like(self.W)
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, grad):
        back = grad @ self.W.T
        self.v = 0.9 * self.v - 0.01 * self.x.T @ grad
        self.W = self.W + self.v
        return back
