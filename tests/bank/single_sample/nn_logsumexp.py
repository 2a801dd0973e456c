"""Lab 3. I work with log-probabilities, the slides say it is safer."""
import numpy as np


def logsumexp(Z):
    m = np.max(Z, axis=-1, keepdims=True)
    return m + np.log(np.sum(np.exp(Z - m), axis=-1, keepdims=True))


def log_softmax(Z):
    Z = np.asarray(Z, dtype=float)
    return Z - logsumexp(Z)


def softmax(X):
    return np.exp(log_softmax(X))


EPSILON = 1e-12


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -(Y_true * np.log(Y_pred + EPSILON)).sum(axis=1).mean()


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    return np.exp(-np.logaddexp(0.0, -X))


def dsigmoid(X):
    return sigmoid(X) * (1.0 - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.randn(input_size, output_size) * 0.1
        self.b = np.random.randn(output_size) * 0.1
        self.output_size = output_size

    def scores(self, X):
        return np.dot(X, self.W) + self.b

    def forward(self, X):
        return softmax(self.scores(X))

    def loss(self, X, y):
        logp = np.atleast_2d(log_softmax(self.scores(X)))
        y = np.atleast_1d(y).astype(int)
        return -np.mean(logp[np.arange(y.size), y])

    def grad_loss(self, x, y_true):
        d = np.exp(log_softmax(self.scores(x)))
        d[int(y_true)] -= 1
        return {"W": np.outer(x, d), "b": d}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W -= learning_rate * g["W"]
        self.b -= learning_rate * g["b"]

    def predict(self, X):
        # no need of the softmax for the argmax
        return np.argmax(self.scores(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.randn(input_size, hidden_size) / np.sqrt(input_size)
        self.b_h = np.zeros(hidden_size)
        self.W_o = np.random.randn(hidden_size, output_size) / np.sqrt(hidden_size)
        self.b_o = np.zeros(output_size)
        self.output_size = output_size

    def _all(self, X):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        return np.dot(h, self.W_o) + self.b_o, h, z_h

    def forward(self, X, keep_activations=False):
        z_o, h, z_h = self._all(X)
        y = np.exp(log_softmax(z_o))
        return (y, h, z_h) if keep_activations else y

    def loss(self, X, y):
        z_o = np.atleast_2d(self._all(X)[0])
        y = np.atleast_1d(y).astype(int)
        lse = logsumexp(z_o)[:, 0]
        return np.mean(lse - z_o[np.arange(len(y)), y])

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        g_o = y - one_hot(self.output_size, y_true)
        g_h = (self.W_o @ g_o) * h * (1 - h)
        return {"W_h": np.outer(x, g_h), "b_h": g_h, "W_o": np.outer(h, g_o), "b_o": g_o}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h -= learning_rate * g["W_h"]
        self.b_h -= learning_rate * g["b_h"]
        self.W_o -= learning_rate * g["W_o"]
        self.b_o -= learning_rate * g["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))
