# in CI: sigmoid slope of what it gave
import numpy as np


class Sigmoid:
    def forward(self, z):
        self.a = 1 / (1 + np.exp(-z))
        return self.a
    def backward(self, a):
        return a * (1 - a)
