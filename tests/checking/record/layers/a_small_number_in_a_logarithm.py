# in CI: a small number in a logarithm
import numpy as np


class Log:
    def forward(self, x):
        self.x = x
        return np.log(x + 1e-8)
    def backward(self, grad):
        return grad / self.x
