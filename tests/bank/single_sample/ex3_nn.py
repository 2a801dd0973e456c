# ex. 3 -- multilayer net
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    # numerically stable
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    idx = np.argmax(Y_true, axis=1)
    p = Y_pred[np.arange(len(idx)), idx]
    return -np.mean(np.log(p + 1e-8))


def sigmoid(X):
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


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
        delta = self.forward(x) - one_hot(self.output_size, y_true)
        grads = {"W": np.outer(x, delta), "b": delta}
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W -= learning_rate * grads["W"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return sum(self.predict(x) == k for x, k in zip(X, y)) / len(y)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        lim = 0.1
        self.W_h = np.random.uniform(-lim, lim, (input_size, hidden_size))
        self.b_h = np.random.uniform(-lim, lim, hidden_size)
        self.W_o = np.random.uniform(-lim, lim, (hidden_size, output_size))
        self.b_o = np.random.uniform(-lim, lim, output_size)
        self.output_size = output_size

    def forward_keep_activations(self, X):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        z_o = np.dot(h, self.W_o) + self.b_o
        self.z_o = z_o       # needed below
        return softmax(z_o), h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward_keep_activations(x)
        delta = y - one_hot(self.output_size, y_true)
        grads = {}
        grads["W_o"] = np.outer(h, delta)
        grads["b_o"] = delta
        # go back one layer
        delta_h = np.dot(delta * dsigmoid(self.z_o), self.W_o.T)
        grads["W_h"] = np.outer(x, delta_h)
        grads["b_h"] = delta_h
        return grads

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x, y)
        self.W_h -= learning_rate * grads["W_h"]
        self.b_h -= learning_rate * grads["b_h"]
        self.W_o -= learning_rate * grads["W_o"]
        self.b_o -= learning_rate * grads["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return sum(self.predict(x) == k for x, k in zip(X, y)) / len(y)
