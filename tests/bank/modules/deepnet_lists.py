"""Bonus question: any number of hidden layers, plus the plain one-layer net."""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]


def softmax(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_pred = np.clip(Y_pred, 1e-15, 1 - 1e-15)
    return np.mean(-np.sum(np.asarray(Y_true) * np.log(Y_pred), axis=-1))


def sigmoid(z):
    z = np.clip(z, -500, 500)
    return 1 / (1 + np.exp(-z))


def dsigmoid(z):
    return sigmoid(z) * (1 - sigmoid(z))


class _Common:
    def loss(self, X, y):
        return nll(one_hot(self.n_out, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet(_Common):
    def __init__(self, input_size, hidden_size, output_size):
        self.n_out = output_size
        self.W1 = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b1 = np.random.uniform(-0.1, 0.1, (1, hidden_size))
        self.W2 = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b2 = np.random.uniform(-0.1, 0.1, (1, output_size))

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def grad_loss(self, X, y):
        dZ2 = (self.forward(X) - one_hot(self.n_out, y)) / len(X)
        dZ1 = dZ2 @ self.W2.T * dsigmoid(self.Z1)
        return (X.T @ dZ1, dZ1.sum(0, keepdims=True),
                self.A1.T @ dZ2, dZ2.sum(0, keepdims=True))

    def train(self, x, y, learning_rate):
        dW1, db1, dW2, db2 = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2


class DeepNeuralNet(_Common):
    """layer_sizes = [D, H1, H2, ..., K]"""

    def __init__(self, layer_sizes):
        self.n_out = layer_sizes[-1]
        self.weights = [np.random.uniform(-0.1, 0.1, (i, o))
                        for i, o in zip(layer_sizes[:-1], layer_sizes[1:])]
        self.biases = [np.zeros((1, o)) for o in layer_sizes[1:]]

    def forward(self, X):
        self.A = [X]
        last = len(self.weights) - 1
        for l, (W, b) in enumerate(zip(self.weights, self.biases)):
            Z = self.A[-1] @ W + b
            self.A.append(softmax(Z) if l == last else sigmoid(Z))
        return self.A[-1]

    def grad_loss(self, X, y):
        delta = (self.forward(X) - one_hot(self.n_out, y)) / len(X)
        dW, db = [], []
        for l in range(len(self.weights) - 1, -1, -1):
            dW.insert(0, self.A[l].T @ delta)
            db.insert(0, delta.sum(axis=0, keepdims=True))
            if l > 0:
                a = self.A[l]
                delta = delta @ self.weights[l].T * a * (1 - a)
        return {"weights": dW, "biases": db}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(np.atleast_2d(x), np.atleast_1d(y))
        for l in range(len(self.weights)):
            self.weights[l] = self.weights[l] - learning_rate * g["weights"][l]
            self.biases[l] = self.biases[l] - learning_rate * g["biases"][l]
