# right: sigmoid, softmax, Net.predict; wrong: Net.forward
# Net.forward says: `W2` is made with shape (size, first), where (first, second) belongs.
# Net.forward at: self.W2 = 0.1 * np.random.randn(size, first)
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, size, first, second, classes):
        self.W1 = 0.1 * np.random.randn(size, first)
        self.b1 = np.zeros(first)
        self.W2 = 0.1 * np.random.randn(size, first)
        self.b2 = np.zeros(second)
        self.W3 = 0.1 * np.random.randn(second, classes)
        self.b3 = np.zeros(classes)

    def forward(self, X):
        a = sigmoid(X @ self.W1 + self.b1)
        a = sigmoid(a @ self.W2 + self.b2)
        return softmax(a @ self.W3 + self.b3)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
