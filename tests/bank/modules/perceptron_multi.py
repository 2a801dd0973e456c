"""Perceptron multicouche. A l'interieur les echantillons sont en colonnes
(comme dans le polycopie), mais X arrive en lignes donc on transpose."""

import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X)
    ex = np.exp(X - np.amax(X, axis=-1, keepdims=True))
    return ex / np.sum(ex, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(np.asarray(Y_pred), 1e-15, 1 - 1e-15)
    tot = -np.sum(np.asarray(Y_true) * np.log(Y_pred))
    if Y_pred.ndim > 1:
        tot /= Y_pred.shape[0]
    return tot


def sigmoid(X):
    z = np.clip(X, -500, 500)
    return np.exp(z) / (1 + np.exp(z))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = 0.1 * np.random.randn(output_size, input_size)
        self.b = np.zeros((output_size, 1))
        self.K = output_size

    def forward(self, X):
        X = np.atleast_2d(X)
        Z = self.W @ X.T + self.b          # (K, N)
        return softmax(Z.T)

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        N = X.shape[0]
        E = (self.forward(X) - one_hot(self.K, y)).T      # (K, N)
        return (E @ X) / N, E.sum(axis=1, keepdims=True) / N

    def predict(self, X):
        return np.max(self.forward(X), axis=1)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = 0.1 * np.random.randn(hidden_size, input_size)
        self.b1 = np.zeros((hidden_size, 1))
        self.W2 = 0.1 * np.random.randn(output_size, hidden_size)
        self.b2 = np.zeros((output_size, 1))
        self.K = output_size
        self.cache = None

    def forward(self, X):
        A0 = np.atleast_2d(X).T             # (D, N)
        Z1 = self.W1 @ A0 + self.b1         # (H, N)
        A1 = sigmoid(Z1)
        Z2 = self.W2 @ A1 + self.b2         # (K, N)
        A2 = softmax(Z2.T)                  # (N, K)
        self.cache = (A0, Z1, A1, Z2)
        return A2

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def grad_loss(self, X, y):
        A2 = self.forward(X)
        A0, Z1, A1, Z2 = self.cache
        N = A0.shape[1]
        dZ2 = (A2 - one_hot(self.K, y)).T / N
        dZ1 = (self.W2.T @ dZ2) * dsigmoid(Z1)
        dW2 = dZ2 @ A1.T
        db2 = np.sum(dZ2, axis=1, keepdims=True)
        dW1 = A0 @ dZ1.T
        db1 = np.sum(dZ1, axis=1, keepdims=True)
        return (dW1, db1, dW2, db2)

    def train(self, x, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss(x, y)
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))
