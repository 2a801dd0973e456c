# in CI: leaky copies
import numpy as np


class Leaky:
    def forward(self, x):
        self.x = x
        return np.maximum(0.01 * x, x)
    def backward(self, dA):
        dZ = np.ones_like(self.x)
        dZ[self.x < 0] = 0.01
        return dZ * dA
