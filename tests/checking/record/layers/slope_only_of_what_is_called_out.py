# slope only, of what is called out
import numpy as np


class Tanh:
    def forward(self, x):
        return np.tanh(x)
    def backward(self, output):
        return 1 - output ** 2
