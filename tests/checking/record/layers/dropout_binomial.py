# in CI: dropout, binomial
import numpy as np


class Dropout:
    def __init__(self, p):
        self.p = 1 - p
    def forward(self, x, training=True):
        self.mask = np.random.binomial(1, self.p, size=x.shape) / self.p
        self.output = x * self.mask
        return self.output
    def backward(self, dvalues):
        self.dinputs = dvalues * self.mask
        return self.dinputs
