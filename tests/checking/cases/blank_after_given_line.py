# not written: sigmoid, LogisticRegression.forward, LogisticRegression.loss
import numpy as np

def sigmoid(X):
    X = np.clip(X, -500, 500)
    return None  # TODO

class LogisticRegression:
    def __init__(self, n_in, n_out):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, X):
        Z = None  # TODO
        return None  # TODO

    def loss(self, X, y):
        y = y.astype(int)
        return None  # TODO
