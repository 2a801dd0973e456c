import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(t, y):
    return -np.sum(np.asarray(t) * np.log(np.clip(y, 1e-15, 1)))


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


class MLP:
    def __init__(self, inputs, hidden, classes):
        self.weights1 = 0.1 * np.random.randn(inputs, hidden)
        self.bias1 = np.zeros((1, hidden))
        self.weights2 = 0.1 * np.random.randn(hidden, classes)
        self.bias2 = np.zeros((1, inputs))

    def forward(self, X):
        a = sigmoid(np.dot(X, self.weights1) + self.bias1)
        return softmax(np.dot(a, self.weights2) + self.bias2)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)


class Ten:
    def __init__(self, inputs, classes):
        self.weights = 0.1 * np.random.randn(inputs, classes)
        self.bias = np.zeros(classes)

    def forward(self, X):
        return softmax(np.dot(X, self.weights) + self.bias)

    def loss(self, X, y):
        return nll(np.eye(10)[y], self.forward(X)) / len(y)


class Answers:
    def __init__(self, inputs, classes):
        self.weights = 0.1 * np.random.randn(inputs, classes)
        self.bias = np.zeros(classes)

    def forward(self, X):
        return softmax(np.dot(X, self.weights) + self.bias)

    def predict(self, X):
        p = self.forward(X)
        if len(p.shape) < 2:
            return p.argmax()
        result = p.argmax(axis=1)
        result
