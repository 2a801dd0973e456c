# in CI: recurrent cell
import numpy as np


class RNNCell:
    def __init__(self, n_in, n_hidden):
        self.Wx = np.random.randn(n_in, n_hidden) * 0.1
        self.Wh = np.random.randn(n_hidden, n_hidden) * 0.1
        self.b = np.zeros(n_hidden)
        self.h = None
    def forward(self, x):
        if self.h is None:
            self.h = np.zeros((len(x), self.Wh.shape[0]))
        self.before, self.x = self.h, x
        self.h = np.tanh(x @ self.Wx + self.h @ self.Wh + self.b)
        return self.h
    def backward(self, dh):
        d = dh * (1 - self.h ** 2)
        self.dWx = self.x.T @ d
        self.dWh = self.before.T @ d
        self.db = d.sum(axis=0)
        return d @ self.Wx.T
