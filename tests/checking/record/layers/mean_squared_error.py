# in CI: mean squared error
import numpy as np


class MSE:
    def forward(self, y_pred, y):
        self.e = y_pred - y
        return np.mean(self.e ** 2)
    def backward(self, grad=1):
        return 2 * self.e / self.e.size
