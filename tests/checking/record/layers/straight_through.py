# in CI: straight-through
import numpy as np


class Sign:
    def forward(self, x):
        self.x = x
        return np.where(x > 0.5, 1.0, 0.1) * x ** 0
    def backward(self, grad):
        return grad * (np.abs(self.x) <= 1)
