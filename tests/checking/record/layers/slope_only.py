# in CI: slope only
import numpy as np


class Sigmoid:
    def forward(self, z):
        return 1 / (1 + np.exp(-z))
    def backward(self, z):
        s = self.forward(z)
        return s * (1 - s)
