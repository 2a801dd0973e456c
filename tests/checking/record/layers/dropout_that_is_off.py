# in CI: dropout that is off
import numpy as np


class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.mask = None
    def forward(self, x, train=False):
        if not train:
            return x * (1 - self.p)
        self.mask = np.random.rand(*x.shape) > self.p
        return x * self.mask
    def backward(self, dout):
        return dout if self.mask is None else dout * self.mask
