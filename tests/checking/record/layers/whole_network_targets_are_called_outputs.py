# whole network: targets are called outputs
import numpy as np


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1)
        self.out = 1 / (1 + np.exp(-(self.h @ self.W2)))
        return self.out
    def backward(self, outputs):
        d = self.out - outputs
        self.dW2 = self.h.T @ d
        self.dW1 = self.x.T @ (d @ self.W2.T * (1 - self.h ** 2))
