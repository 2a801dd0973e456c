import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(t, y):
    return -np.sum(np.asarray(t) * np.log(np.clip(y, 1e-15, 1)))


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


class ThreeLayers:
    def __init__(self, d, h1, h2, k):
        rng = np.random.default_rng(1)
        self.W1, self.b1 = 0.1 * rng.standard_normal((d, h1)), np.zeros(h1)
        self.W2, self.b2 = 0.1 * rng.standard_normal((d, h2)), np.zeros(h2)
        self.W3, self.b3 = 0.1 * rng.standard_normal((h2, k)), np.zeros(k)

    def forward(self, X):
        a1 = sigmoid(X @ self.W1 + self.b1)
        a2 = sigmoid(a1 @ self.W2 + self.b2)
        return softmax(a2 @ self.W3 + self.b3)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)


class Linear:
    def __init__(self, d, k):
        self.W, self.b = 0.1 * np.random.randn(d, k), np.zeros(k)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        t = np.zeros((len(y), 10))
        t[np.arange(len(y)), y] = 1
        return nll(t, self.forward(X))


class Best:
    def __init__(self, d, k):
        self.W, self.b = 0.1 * np.random.randn(d, k), np.zeros(k)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        y = self.forward(X)
        if y.ndim == 1:
            return int(np.argmax(y))
        elif y.ndim == 2:
            np.argmax(y, axis=-1)
