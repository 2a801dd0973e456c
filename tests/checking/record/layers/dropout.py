# dropout
import numpy as np


class Dropout:
    def __init__(self, rate=0.5):
        self.rate = rate
    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) > self.rate) / (1 - self.rate)
        return x * self.mask
    def backward(self, grad):
        return grad * self.mask
