# not judged: BinaryNet.forward, BinaryNet.predict
import numpy as np

class BinaryNet:
    def __init__(self, n_in, n_hid, lr=0.01):
        self.W1 = np.random.randn(n_in, n_hid)
        self.b1 = np.zeros((1, n_hid))
        self.W2 = np.random.randn(n_hid, 1)
        self.b2 = np.zeros((1, 1))
        self.lr = lr

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.maximum(0, self.Z1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def predict(self, X):
        return (self.forward(X) > 0.5).astype(int)
