# coding: utf-8
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(digits.data, digits.target, test_size=0.15, random_state=37)


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred, epsilon=1e-8):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -np.mean(np.einsum('ij,ij->i', Y_true, np.log(Y_pred + epsilon)))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y_pred = self.forward(x)
        grad_W = np.outer(x, y_pred - one_hot(self.output_size, y_true))
        return {"W": grad_W, "b": np.zeros_like(self.b)}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W -= learning_rate * grads["W"]
        self.b -= learning_rate * grads["b"]

    def accuracy(self, X, y):
        y_preds = np.argmax(self.forward(X), axis=1)
        return np.mean(y_preds == y_train)


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X, keep_activations=False):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        y = softmax(np.dot(h, self.W_o) + self.b_o)
        if keep_activations:
            return y, h, z_h
        return y

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        delta_o = y - one_hot(self.output_size, y_true)
        delta_h = np.dot(self.W_o, delta_o) * dsigmoid(z_h)
        return {
            "W_o": np.outer(delta_o, h),
            "b_o": delta_o,
            "W_h": np.outer(x, delta_h),
        }

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        for nom, g in grads.items():
            setattr(self, nom, getattr(self, nom) - learning_rate * g)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(a) == b for a, b in zip(X, y)])


lr = LogisticRegression(64, 10)
for x, y in zip(X_train, y_train):
    lr.train(x, y, 0.001)
print("LR train accuracy:", lr.accuracy(X_train, y_train))
# print("LR test accuracy:", lr.accuracy(X_test, y_test))
