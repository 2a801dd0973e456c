# remark: one_hot; right: softmax, sigmoid, NeuralNet.forward, NeuralNet.loss, NeuralNet.predict, NeuralNet.train; wrong: NeuralNet.grad_loss
# NeuralNet.grad_loss says: The gradient of W2 is not the derivative of the loss
# NeuralNet.loss says: It is the squared error, and `grad_loss` is its derivative for some of the parameters.
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    e = np.exp(X - X.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        rng = np.random.default_rng(0)
        self.W1 = 0.3 * rng.normal(size=(input_size, hidden_size))
        self.b1 = 0.1 * rng.normal(size=hidden_size)
        self.W2 = 0.3 * rng.normal(size=(hidden_size, output_size))
        self.b2 = 0.1 * rng.normal(size=output_size)
        self.output_size = output_size

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = sigmoid(self.z1)
        self.z2 = self.a1 @ self.W2 + self.b2
        self.a2 = sigmoid(self.z2)
        return self.a2

    def loss(self, X, y):
        T = one_hot(self.output_size, y)
        A = self.forward(X)
        return np.sum((A - T) ** 2) / 2

    def grad_loss(self, X, y):
        T = one_hot(self.output_size, y)
        A = self.forward(X)
        m = 1
        d2 = (A - T) * A * (1 - A)
        d1 = d2 @ self.W2.T * self.a1 * (1 - self.a1)
        dW2 = self.a1.T @ (A - T) / m
        db2 = (A - T).sum(axis=0) / m
        dW1 = X.T @ d1 / m
        db1 = d1.sum(axis=0) / m
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def train(self, X, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(X), np.atleast_1d(y))
        for name in g:
            setattr(self, name, getattr(self, name) - learning_rate * g[name])

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)
