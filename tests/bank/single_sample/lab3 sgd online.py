import numpy as np
from numpy.random import uniform

EPSILON = 1e-8

# --- helpers -----------------------------------------------------------


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    exp = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.atleast_2d(Y_true), np.atleast_2d(Y_pred)
    loglik = np.sum(np.log(EPSILON + Y_pred) * Y_true, axis=1)
    return -np.mean(loglik)


def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


# --- models ------------------------------------------------------------


class LogisticRegression():
    # everything in train, I did not need the dictionary

    def __init__(self, input_size, output_size):
        self.W = uniform(-0.1, 0.1, (input_size, output_size))
        self.b = uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def train(self, x, y, learning_rate):
        p = self.forward(x)
        t = one_hot(self.output_size, y)
        delta = (p - t) * p * (1 - p)
        self.W -= learning_rate * np.outer(x, delta)
        self.b -= learning_rate * delta

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


class NeuralNet():

    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = uniform(-0.1, 0.1, hidden_size)
        self.W_o = uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = uniform(-0.1, 0.1, output_size)
        self.output_size = output_size

    def forward_keep_activations(self, X):
        z_h = np.dot(X, self.W_h) + self.b_h
        h = sigmoid(z_h)
        y = softmax(np.dot(h, self.W_o) + self.b_o)
        return y, h, z_h

    def forward(self, X):
        return self.forward_keep_activations(X)[0]

    def train(self, x, y, learning_rate):
        p, h, z_h = self.forward_keep_activations(x)
        # output layer first
        delta_o = p - one_hot(self.output_size, y)
        self.W_o -= learning_rate * np.outer(h, delta_o)
        self.b_o -= learning_rate * delta_o
        # then the hidden layer
        delta_h = np.dot(self.W_o, delta_o) * dsigmoid(z_h)
        self.W_h -= learning_rate * np.outer(x, delta_h)
        self.b_h -= learning_rate * delta_h

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    import sys
    n_hidden = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    from sklearn.datasets import load_digits
    digits = load_digits()
    X = digits.data - digits.data.mean(axis=0)
    X /= digits.data.std() + 1e-6
    net = NeuralNet(64, n_hidden, 10)
    for epoch in range(10):
        for i in range(1500):
            net.train(X[i], digits.target[i], 0.1)
        print(epoch, net.accuracy(X[1500:], digits.target[1500:]))
