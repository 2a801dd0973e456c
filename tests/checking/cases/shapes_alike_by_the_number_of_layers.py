# right: sigmoid, softmax, Net.forward, Net.predict
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, num_features, hidden_units, num_classes, depth, learning_rate):
        self.rate = learning_rate
        widths = [num_features] + [hidden_units] * depth
        self.hidden = [(0.1 * np.random.randn(a, b), np.zeros(b)) for a, b in zip(widths, widths[1:])]
        self.W = 0.1 * np.random.randn(hidden_units, num_classes)
        self.b = np.zeros(num_classes)

    def forward(self, X):
        for W, b in self.hidden:
            X = sigmoid(X @ W + b)
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
