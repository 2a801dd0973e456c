import numpy as np
import sys

VERBOSE = False


def log(*a):
    if VERBOSE:
        print(*a, file=sys.stderr)


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=np.intp)]


def softmax(Z):
    Z = np.asarray(Z, dtype=float)
    ez = np.exp(Z - np.max(Z, axis=-1, keepdims=True))
    return ez / ez.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    n = Y_true.shape[0]
    return np.sum((Y_true - Y_pred) ** 2) / n


def sigmoid(Z):
    return 1.0 / (1.0 + np.exp(-np.clip(Z, -500, 500)))


def dsigmoid(Z):
    A = sigmoid(Z)
    return A * (1 - A)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(-0.1, 0.1, size=(input_size, output_size))
        self.b = np.random.uniform(-0.1, 0.1, size=(1, output_size))
        self.C = output_size

    def forward(self, X):
        return softmax(X @ self.W + self.b)

    def loss(self, X, y):
        y = np.array(y, dtype=np.float32)
        P = self.forward(X)
        correct = P[np.arange(P.shape[0]), y]
        return -np.mean(np.log(correct + 1e-12))

    def grad_loss(self, X, y_true, y_pred):
        m = y_pred.shape[0]
        dZ = (y_pred - y_true) / m
        return {"dW": X.T @ dZ, "db": np.sum(dZ, axis=0, keepdims=True)}

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(-0.1, 0.1, size=(input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, size=(1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, size=(hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, size=(1, output_size))
        self.C = output_size
        self.cache = {}

    def forward(self, X):
        Z1 = X @ self.W1 + self.b1
        Z2 = Z1 @ self.W2 + self.b2
        A2 = softmax(Z2)
        self.cache.update(Z1=Z1, Z2=Z2, A2=A2)
        log("forward", A2.shape)
        return A2

    def loss(self, X, y):
        return nll(one_hot(self.C, y), self.forward(X))

    def train(self, x, y, learning_rate):
        raise NotImplementedError

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return float((self.predict(X) == y).sum()) / len(y)
