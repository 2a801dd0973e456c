# right: Softmax, Net.forward, Net.predict
import numpy as np


def Softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)

    def forward(self, X):
        return Softmax(X @ self.W + self.b)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
