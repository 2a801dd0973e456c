# in CI: scaled by a constant inside
import numpy as np


class Scale:
    def forward(self, x):
        return 3 * x
    def backward(self, grad):
        return 3 * grad
