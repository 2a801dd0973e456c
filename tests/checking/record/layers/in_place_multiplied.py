# in CI: in place, multiplied
import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        grad *= 1 - self.y ** 2
        return grad
