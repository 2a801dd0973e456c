# three hidden layers, one picture at a time.  No batches!
from math import sqrt
import numpy as np

def softmax(X):
    X_max = np.max(X, axis=-1, keepdims=True)
    exp = np.exp(X - X_max)
    return exp / np.sum(exp, axis=-1, keepdims=True)

def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))

def one_hot(n_classes, y):
    return np.eye(n_classes)[y]

def nll(Y_true, Y_pred):
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(Y_pred))


class MLP3:
    def __init__(self, n0, n1, n2, n3, n4):
        self.n_classes = n4
        self.W1, self.b1 = np.random.randn(n0, n1) / sqrt(n0), np.zeros(n1)
        self.W2, self.b2 = np.random.randn(n1, n2) / sqrt(n1), np.zeros(n2)
        self.W3, self.b3 = np.random.randn(n2, n3) / sqrt(n2), np.zeros(n3)
        self.W4, self.b4 = np.random.randn(n3, n4) / sqrt(n3), np.zeros(n4)

    def _layers(self, x):
        h1 = sigmoid(x @ self.W1 + self.b1)
        h2 = sigmoid(h1 @ self.W2 + self.b2)
        h3 = sigmoid(h2 @ self.W3 + self.b3)
        p = softmax(h3 @ self.W4 + self.b4)
        return h1, h2, h3, p

    def forward(self, X):
        return self._layers(X)[3]

    def loss(self, X, y):
        p = self.forward(X)
        return nll(one_hot(self.n_classes, y), p)

    def train(self, x, y, learning_rate=0.1):
        h1, h2, h3, p = self._layers(x)
        # minus the error, so we ADD below
        d4 = one_hot(self.n_classes, y) - p
        d3 = (self.W4 @ d4) * h3 * (1 - h3)
        d2 = (self.W3 @ d3) * h2 * (1 - h2)
        d1 = (self.W2 @ d2) * h1 * (1 - h1)
        self.W4 += learning_rate * np.outer(h3, d4)
        self.W3 += learning_rate * np.outer(h2, d3)
        self.W2 += learning_rate * np.outer(h1, d2)
        self.W1 += learning_rate * np.outer(x, d1)
        self.b4 += learning_rate * d4
        self.b3 += learning_rate * d3
        self.b2 += learning_rate * d2
        self.b1 += learning_rate * d1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == '__main__':
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = X / 8 - 1
    net = MLP3(64, 60, 40, 20, 10)
    for epoch in range(20):
        for i in range(1500):
            net.train(X[i], y[i])
        print(epoch + 1, net.loss(X[1500:], y[1500:]), net.accuracy(X[1500:], y[1500:]))
