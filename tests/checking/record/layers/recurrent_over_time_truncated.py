# in CI: recurrent, over time, truncated
import numpy as np


class RNN:
    def __init__(self, n_in, n_hidden):
        self.U = np.random.randn(n_hidden, n_in) * 0.1
        self.W = np.random.randn(n_hidden, n_hidden) * 0.1
    def forward(self, x):
        self.x, self.s = x, np.zeros((len(x) + 1, len(self.W)))
        for t in range(len(x)):
            self.s[t] = np.tanh(self.U @ x[t] + self.W @ self.s[t - 1])
        return self.s[:-1]
    def backward(self, dh):
        self.dU, self.dW = np.zeros_like(self.U), np.zeros_like(self.W)
        for t in range(len(self.x)):
            d = dh[t] * (1 - self.s[t] ** 2)
            for k in range(t, max(-1, t - 2), -1):
                self.dW += np.outer(d, self.s[k - 1])
                self.dU += np.outer(d, self.x[k])
                d = self.W.T @ d * (1 - self.s[k - 1] ** 2)
        return None
