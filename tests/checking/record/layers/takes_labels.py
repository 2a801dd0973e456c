# in CI: takes labels
import numpy as np


class SoftmaxLoss:
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, y):
        return (self.p - y) / len(y)
