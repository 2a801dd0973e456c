# samples are rows of X, but biases are columns (n_units, 1) as in the lecture slides
import numpy as np


def one_hot(n_classes, y):
    y = np.asarray(y)
    return 1.0 * (y[..., np.newaxis] == np.arange(n_classes))


def softmax(X):
    X = np.asarray(X)
    t = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return t / np.sum(t, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    L = -np.sum(np.asarray(Y_true) * np.log(np.asarray(Y_pred) + 1e-12), axis=-1)
    return np.mean(L)


def sigmoid(X):
    X = np.clip(X, -250, 250)
    return np.exp(X) / (np.exp(X) + 1)


def dsigmoid(X):
    g = sigmoid(X)
    return np.multiply(g, 1 - g)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W1 = np.random.randn(output_size, input_size) * 0.05
        self.b1 = np.zeros((output_size, 1))
        self.output_size = output_size

    def forward(self, X):
        Z1 = np.dot(self.W1, X.T) + self.b1
        return softmax(Z1.T)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        m = len(X)
        dZ1 = self.forward(X).T - one_hot(self.output_size, y).T
        dW1 = np.dot(dZ1, X) / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        return [dW1, db1]

    def train(self, x, y, learning_rate):
        dW1, db1 = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 = self.W1 - learning_rate * dW1
        self.b1 = self.b1 - learning_rate * db1

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        np.random.seed(3)
        self.W1 = np.random.randn(hidden_size, input_size) * 0.05
        self.b1 = np.zeros((hidden_size, 1))
        self.W2 = np.random.randn(output_size, hidden_size) * 0.05
        self.b2 = np.zeros((output_size, 1))
        assert self.W1.shape == (hidden_size, input_size)
        assert self.W2.shape == (output_size, hidden_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z1 = np.dot(self.W1, X.T) + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = np.dot(self.W2, self.A1) + self.b2
        self.A2 = softmax(self.Z2.T).T
        return self.A2.T

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        m = len(X)
        self.forward(X)
        dZ2 = self.A2 - one_hot(self.output_size, y).T
        dW2 = np.dot(dZ2, self.A1.T) / m
        db2 = np.sum(dZ2, axis=1, keepdims=True) / m
        dZ1 = np.dot(self.W2.T, dZ2) * dsigmoid(self.Z1)
        dW1 = np.dot(dZ1, X) / m
        db1 = np.sum(dZ1, axis=1, keepdims=True) / m
        return [dW1, db1, dW2, db2]

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 = self.W1 - learning_rate * grads[0]
        self.b1 = self.b1 - learning_rate * grads[1]
        self.W2 = self.W2 - learning_rate * grads[2]
        self.b2 = self.b2 - learning_rate * grads[3]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
