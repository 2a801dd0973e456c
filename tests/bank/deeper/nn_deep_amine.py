# Amine B. -- lab 2 (numpy backprop)
from __future__ import print_function
import numpy as np
import numpy.random as npr


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    m = np.amax(X, axis=-1, keepdims=True)
    E = np.exp(np.asarray(X) - m)
    return np.divide(E, np.sum(E, axis=-1, keepdims=True))


def nll(Y_true, Y_pred):
    Y_true = np.asarray(Y_true, float)
    Y_pred = np.clip(np.asarray(Y_pred, float), 1e-15, 1 - 1e-15)
    return -1 * np.sum(Y_true * np.log(Y_pred))


class LogisticRegression(object):
    def __init__(self, input_size, output_size):
        self.W = npr.uniform(low=-0.1, high=0.1, size=(input_size, output_size))
        self.b = npr.uniform(low=-0.1, high=0.1, size=output_size)
        self.input_size = input_size
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.matmul(X, self.W) + self.b)

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        Y = one_hot(self.output_size, y.astype(int))
        return nll(Y, self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        grad_W = np.matmul(np.transpose(X), y_pred - y_true)
        grad_b = np.sum(y_pred - y_true, axis=0)
        return grad_W, grad_b


def sigmoid(X):
    return 1. / (1. + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1. - sigmoid(X))


class NeuralNet(object):
    """1 hidden layer"""
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = npr.uniform(low=-0.1, high=0.1, size=(input_size, hidden_size))
        self.b_h = npr.uniform(low=-0.1, high=0.1, size=hidden_size)
        self.W_o = npr.uniform(low=-0.1, high=0.1, size=(hidden_size, output_size))
        self.b_o = npr.uniform(low=-0.1, high=0.1, size=output_size)
        self.output_size = output_size

    def forward_hidden(self, X):
        self.Z_h = np.matmul(X, self.W_h) + self.b_h
        return sigmoid(self.Z_h)

    def forward_output(self, H):
        self.Z_o = np.matmul(H, self.W_o) + self.b_o
        return softmax(self.Z_o)

    def forward(self, X):
        return self.forward_output(self.forward_hidden(X))

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        H = self.forward_hidden(X)
        error_o = self.forward_output(H) - one_hot(self.output_size, y_true)
        error_h = np.matmul(error_o, self.W_o.T) * dsigmoid(self.Z_h)
        return {"W_h": np.matmul(X.T, error_h), "b_h": np.sum(error_h, axis=0),
                "W_o": np.matmul(H.T, error_o), "b_o": np.sum(error_o, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        if X.ndim == 1:
            return np.argmax(self.forward(X))
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class DeepNeuralNet(object):
    """2 hidden layers, then 3 (see MLP3 below)"""
    def __init__(self, input_size, hidden_size1, hidden_size2, output_size):
        self.W1 = npr.uniform(low=-0.1, high=0.1, size=(input_size, hidden_size1))
        self.b1 = npr.uniform(low=-0.1, high=0.1, size=hidden_size1)
        self.W2 = npr.uniform(low=-0.1, high=0.1, size=(hidden_size1, hidden_size2))
        self.b2 = npr.uniform(low=-0.1, high=0.1, size=hidden_size2)
        self.W3 = npr.uniform(low=-0.1, high=0.1, size=(hidden_size2, output_size))
        self.b3 = npr.uniform(low=-0.1, high=0.1, size=output_size)
        self.output_size = output_size

    def forward(self, X):
        self.A1 = sigmoid(np.matmul(X, self.W1) + self.b1)
        self.A2 = sigmoid(np.matmul(self.A1, self.W2) + self.b2)
        return softmax(np.matmul(self.A2, self.W3) + self.b3)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        d3 = self.forward(X) - one_hot(self.output_size, y_true)
        d2 = np.matmul(d3, self.W3.T) * self.A2 * (1 - self.A2)
        d1 = np.matmul(d2, self.W2.T) * self.A1 * (1 - self.A1)
        return {"W1": np.matmul(X.T, d1), "b1": d1[0],
                "W2": np.matmul(self.A1.T, d2), "b2": np.sum(d2, axis=0),
                "W3": np.matmul(self.A2.T, d3), "b3": np.sum(d3, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for k in sorted(grads):
            p = getattr(self, k)
            p -= learning_rate * grads[k]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class MLP3(object):
    def __init__(self, input_size, hidden_size1, hidden_size2, hidden_size3, output_size):
        s = (input_size, hidden_size1, hidden_size2, hidden_size3, output_size)
        self.W1, self.W2, self.W3, self.W4 = [npr.uniform(low=-0.1, high=0.1, size=(a, b)) for a, b in zip(s, s[1:])]
        self.b1, self.b2, self.b3, self.b4 = [npr.uniform(low=-0.1, high=0.1, size=b) for b in s[1:]]
        self.output_size = output_size

    def forward(self, X):
        self.A1 = sigmoid(np.matmul(X, self.W1) + self.b1)
        self.A2 = sigmoid(np.matmul(self.A1, self.W2) + self.b2)
        self.A3 = sigmoid(np.matmul(self.A2, self.W3) + self.b3)
        return softmax(np.matmul(self.A3, self.W4) + self.b4)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y.astype(int)), self.forward(X))

    def grad_loss(self, X, y_true):
        d4 = self.forward(X) - one_hot(self.output_size, y_true)
        d3 = np.matmul(d4, self.W4.T) * self.A3 * (1 - self.A3)
        d2 = np.matmul(d3, self.W3.T)
        d1 = np.matmul(d2, self.W2.T) * self.A1 * (1 - self.A1)
        return {"W1": np.matmul(X.T, d1), "b1": np.sum(d1, axis=0),
                "W2": np.matmul(self.A1.T, d2), "b2": np.sum(d2, axis=0),
                "W3": np.matmul(self.A2.T, d3), "b3": np.sum(d3, axis=0),
                "W4": np.matmul(self.A3.T, d4), "b4": np.sum(d4, axis=0)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], y)
        for k in sorted(grads):
            p = getattr(self, k)
            p -= learning_rate * grads[k]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
