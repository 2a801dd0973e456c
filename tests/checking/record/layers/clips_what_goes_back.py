# clips what goes back
import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y
    def backward(self, grad):
        return np.clip(grad * (1 - self.y ** 2), -0.1, 0.1)
