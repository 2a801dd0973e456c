import numpy as np
import matplotlib.pyplot as plt

EPSILON = 1e-8


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.array(X, dtype=float)
    exps = np.exp(X - X.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return np.mean(np.sum((Y_true - Y_pred) ** 2, axis=1))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        g = self.forward(x) - one_hot(self.output_size, y_true)
        return {"W": np.outer(x, g), "b": g}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W += learning_rate * g["W"]
        self.b += learning_rate * g["b"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


x = np.linspace(-5, 5, 100)
plt.plot(x, sigmoid(x), label='sigmoid')
plt.plot(x, dsigmoid(x), label='dsigmoid')
plt.legend(loc='best')


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b_h = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W_o = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b_o = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.output_size = output_size

    def forward(self, X):
        h = sigmoid(np.dot(X, self.W_h) + self.b_h)
        return softmax(np.dot(h, self.W_o) + self.b_o)

    def forward_keep_activations(self, X):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        return softmax(np.dot(h, self.W_o) + self.b_o), h, z_h

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y_true):
        y, h, z_h = self.forward_keep_activations(X)
        grad_z_o = y - one_hot(self.output_size, y_true)
        grad_z_h = np.dot(grad_z_o, self.W_o.T) * dsigmoid(z_h)
        grad_W_h = np.outer(x, grad_z_h)
        grad_W_o = np.outer(h, grad_z_o)
        return {"W_h": grad_W_h, "b_h": grad_z_h, "W_o": grad_W_o, "b_o": grad_z_o}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h -= learning_rate * g["W_h"]
        self.b_h -= learning_rate * g["b_h"]
        self.W_o -= learning_rate * g["W_o"]
        self.b_o -= learning_rate * g["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
