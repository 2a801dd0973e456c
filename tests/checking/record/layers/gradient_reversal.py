# in CI: gradient reversal
import numpy as np


class GradientReversal:
    def forward(self, x):
        return x * 1.0
    def backward(self, grad):
        return -0.5 * grad
