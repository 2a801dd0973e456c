# in CI: softmax with its whole Jacobian
import numpy as np


class Softmax:
    def forward(self, x):
        e = np.exp(x)
        self.p = e / e.sum(axis=-1, keepdims=True)
        return self.p
    def backward(self, dA):
        return self.p * (dA - (dA * self.p).sum(axis=-1, keepdims=True))
