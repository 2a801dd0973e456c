# Same lab, but with 10 independent sigmoids at the output (one against all).
# The loss of the network is then the sum of 10 binary cross entropies.
import numpy as np

EPSILON = 1e-8


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    exp = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exp / np.sum(exp, axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    return -np.mean(np.sum(np.log(EPSILON + Y_pred) * Y_true, axis=1))


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


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
        d = self.forward(x) - one_hot(self.output_size, y_true)
        return {"W": np.outer(x, d), "b": d}

    def train(self, x, y, learning_rate):
        # no call to grad_loss, it was easier
        d = learning_rate * (self.forward(x) - one_hot(self.output_size, y))
        self.b -= d
        self.W -= np.outer(x, d)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(a) == b for a, b in zip(X, y)])


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
        y = sigmoid(np.dot(h, self.W_o) + self.b_o)
        if keep_activations:
            return y, h, z_h
        return y

    def loss(self, X, y):
        T = one_hot(self.output_size, y)
        P = self.forward(X)
        bce = T * np.log(P + EPSILON) + (1 - T) * np.log(1 - P + EPSILON)
        return -np.mean(np.sum(bce, axis=-1))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward(x, keep_activations=True)
        d_o = y - one_hot(self.output_size, y_true)
        d_h = np.dot(self.W_o, d_o) * dsigmoid(z_h)
        return {"W_h": np.outer(x, d_h), "b_h": d_h, "W_o": np.outer(h, d_o), "b_o": d_o}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h -= learning_rate * g["W_h"]
        self.b_h -= learning_rate * g["b_h"]
        self.W_o -= learning_rate * g["W_o"]
        self.b_o -= learning_rate * g["b_o"]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean([self.predict(a) == b for a, b in zip(X, y)])
