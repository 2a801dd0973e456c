# in CI: averages inside
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        m = self.x.shape[0]
        self.dW = self.x.T @ grad / m
        self.db = np.sum(grad, axis=0, keepdims=True) / m
        return grad @ self.W.T
