"""Base class + two models.  Labels are integers everywhere."""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    """summed over the batch"""
    p = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return -np.sum(np.asarray(Y_true) * np.log(p))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return s - s * s


class Model:
    K = None

    def loss(self, X, y):
        return nll(one_hot(self.K, y), self.forward(X))

    def predict(self, X):
        return self.forward(X).argmax(axis=-1)

    def accuracy(self, X, y):
        # labels as a column, one row per sample
        y = np.asarray(y).reshape(-1, 1)
        return np.mean(self.predict(X) == y)


class LogisticRegression(Model):
    def __init__(self, input_size, output_size):
        self.K = output_size
        self.W1 = np.random.randn(input_size, output_size) / 10
        self.b1 = np.random.randn(1, output_size) / 10

    def forward(self, X):
        return softmax(X @ self.W1 + self.b1)

    def grad_loss(self, X, y):
        dZ1 = self.forward(X) - one_hot(self.K, y)
        return {"dW1": X.T @ dZ1, "db1": dZ1.sum(axis=0, keepdims=True)}


class NeuralNet(Model):
    def __init__(self, input_size, hidden_size, output_size):
        self.K = output_size
        self.W1 = np.random.randn(input_size, hidden_size) / 10
        self.b1 = np.random.randn(1, hidden_size) / 10
        self.W2 = np.random.randn(hidden_size, output_size) / 10
        self.b2 = np.random.randn(1, output_size) / 10

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def grad_loss(self, X, y):
        m = X.shape[0]
        dZ2 = self.forward(X) - one_hot(self.K, y)
        dZ1 = (dZ2 @ self.W2.T) * dsigmoid(self.Z1)
        return {
            "dW1": (X.T @ dZ1) / m,
            "db1": np.sum(dZ1, axis=0, keepdims=True) / m,
            "dW2": (self.A1.T @ dZ2) / m,
            "db2": np.sum(dZ2, axis=0, keepdims=True) / m,
        }

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 -= learning_rate * g["dW1"]
        self.b1 -= learning_rate * g["db1"]
        self.W2 -= learning_rate * g["dW2"]
        self.b2 -= learning_rate * g["db2"]
