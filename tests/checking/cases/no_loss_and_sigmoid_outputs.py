# right: sigmoid, Net.forward, Net.train
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

class Net:
    def __init__(self, n_in, n_hid, n_out):
        self.W1 = np.random.randn(n_in, n_hid)
        self.b1 = np.zeros((1, n_hid))
        self.W2 = np.random.randn(n_hid, n_out)
        self.b2 = np.zeros((1, n_out))

    def forward(self, X):
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        return self.a2

    def train(self, X, y, epochs=1000, lr=0.01):
        for _ in range(epochs):
            e = self.forward(X) - y
            e1 = (e @ self.W2.T) * self.a1 * (1 - self.a1)
            gW2, gb2, gW1, gb1 = self.a1.T @ e, e.sum(0, keepdims=True), X.T @ e1, e1.sum(0, keepdims=True)
            self.W2 -= lr * gW2
            self.b2 -= lr * gb2
            self.W1 -= lr * gW1
            self.b1 -= lr * gb1
