# forward in place
import numpy as np


class Relu:
    def forward(self, x):
        x[x < 0.5] = 0
        self.x = x
        return x
    def backward(self, grad):
        return grad * (self.x > 0)
