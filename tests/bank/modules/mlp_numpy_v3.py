"""Multilayer perceptron in plain numpy, third attempt.

notation from the Andrew Ng videos: Z1, A1, Z2, A2 go in the cache.
"""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    m = Y_true.shape[0]
    return -np.sum(Y_true * np.log(Y_pred + 1e-12)) / m


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1.0 / (1.0 + np.exp(-X))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


class LogisticRegression:

    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, (input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, (1, output_size))
        self.output_size = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        m = X.shape[0]
        dZ = self.forward(X) - one_hot(self.output_size, y)
        dW = X.T @ dZ / m
        db = dZ.sum(axis=0, keepdims=True) / m
        return dW, db


class NeuralNet:
    """ input -> hidden (sigmoid) -> output """

    def __init__(self, input_size, hidden_size, output_size):
        self.n_x, self.n_h, self.n_y = input_size, hidden_size, output_size
        self.W1 = np.random.randn(input_size, hidden_size) * 0.01
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = np.random.randn(hidden_size, output_size) * 0.01
        self.b2 = np.zeros((1, output_size))
        self.cache = {}

    def forward(self, X):
        Z1 = X @ self.W1 + self.b1
        A1 = sigmoid(Z1)
        Z2 = A1 @ self.W2 + self.b2
        A2 = sigmoid(Z2)
        self.cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
        return A2

    def loss(self, X, y):
        return nll(one_hot(self.n_y, y), self.forward(X))

    def grad_loss(self, X, y):
        m = X.shape[0]
        A2 = self.forward(X)
        Y = one_hot(self.n_y, y)
        Z1 = self.cache["Z1"]

        # output layer
        dZ2 = A2 - Y
        dW2 = (1 / m) * Z1.T @ dZ2
        db2 = (1 / m) * np.sum(dZ2, axis=0, keepdims=True)
        # hidden layer
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(Z1)
        dW1 = (1 / m) * X.T @ dZ1
        db1 = (1 / m) * np.sum(dZ1, axis=0, keepdims=True)
        return dW1, db1, dW2, db2

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        dW1, db1, dW2, db2 = self.grad_loss(x, y)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    digits = load_digits()
    X, y = digits.data / 16.0, digits.target
    net = NeuralNet(64, 32, 10)
    for epoch in range(10):
        for i in range(len(X)):
            net.train(X[i], y[i], 0.05)
        print(epoch, net.loss(X, y), net.accuracy(X, y))
