# right: one_hot, sigmoid, softmax, nll, Net.forward, Net.loss; wrong: Net.grad_loss; not judged: Net.train
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y).astype(int)]


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def softmax(X):
    E = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1)))


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.W_h, self.b_h = 0.1 * np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W_o, self.b_o = 0.1 * np.random.randn(n_hidden, n_out), np.zeros(n_out)
        self.n_out = n_out

    def forward(self, X):
        self.H = sigmoid(X @ self.W_h + self.b_h)
        return softmax(self.H @ self.W_o + self.b_o)

    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self.forward(X))

    def grad_loss(self, X, y):
        error = self.forward(X) - one_hot(self.n_out, y)
        back = error @ self.W_o.T[:, 1:] * self.H * (1 - self.H)
        hidden = {"W": X.T @ back, "b": back.sum(axis=0)}
        return {"layers": [hidden, {"W": self.H.T @ error, "b": error.sum(axis=0)}]}

    def train(self, X, y, learning_rate):
        hidden, output = self.grad_loss(X, y)["layers"]
        self.W_h -= learning_rate * hidden["W"]
        self.b_h -= learning_rate * hidden["b"]
        self.W_o -= learning_rate * output["W"]
        self.b_o -= learning_rate * output["b"]
