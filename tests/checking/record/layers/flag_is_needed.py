# in CI: flag is needed
import numpy as np


class Noise:
    def __init__(self):
        self.s = 0.1
    def forward(self, x, training):
        self.m = np.random.randn(*x.shape) * self.s if training else np.zeros(x.shape)
        return x * (1 + self.m)
    def backward(self, grad):
        return grad * (1 + self.m)
