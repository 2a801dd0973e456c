# right: softmax, Net.forward; wrong: Net.predict
# Net.predict says: is right for one sample, and returns nothing for a batch
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_out):
        self.W = 0.1 * np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        classes = np.argmax(self.forward(X), axis=1)
