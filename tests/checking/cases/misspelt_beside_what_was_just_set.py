# right: sigmoid, softmax, Net.predict; wrong: Net.forward
# Net.forward says: `self` has no `_1`. Did you mean `self.Z_1`?
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W_1, self.W_2 = 0.1 * np.random.randn(n_in, n_hid), 0.1 * np.random.randn(n_hid, n_out)
        self.b_1, self.b_2 = np.zeros(n_hid), np.zeros(n_out)

    def forward(self, X):
        self.Z_1 = X @ self.W_1 + self.b_1
        self.A_1 = sigmoid(self._1)
        return softmax(self.A_1 @ self.W_2 + self.b_2)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
