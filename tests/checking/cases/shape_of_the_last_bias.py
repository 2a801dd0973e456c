# right: sigmoid, softmax, Net.predict; wrong: Net.forward
# Net.forward says: `bias2` is made with shape (1, hidden), where (1, classes) belongs.
# Net.forward at: self.bias2 = np.zeros((1, hidden))
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Net:
    def __init__(self, inputs, hidden, classes):
        self.weights1 = 0.1 * np.random.randn(inputs, hidden)
        self.bias1 = np.zeros((1, hidden))
        self.weights2 = 0.1 * np.random.randn(hidden, classes)
        self.bias2 = np.zeros((1, hidden))

    def forward(self, X):
        a = sigmoid(np.dot(X, self.weights1) + self.bias1)
        return softmax(np.dot(a, self.weights2) + self.bias2)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)
