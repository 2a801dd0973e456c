#  DL HW1    Tomas
import numpy as np
import math

def one_hot(n_classes, y):
    out = np.zeros((len(y), n_classes))
    for i in range(len(y)):
        out[i][y[i]] = 1.
    return out

def softmax(X):
    X = np.asarray(X)
    mx = X.max(axis=-1)[..., np.newaxis]
    e_x = np.exp(X - mx)
    return e_x / e_x.sum(axis=-1)[..., np.newaxis]

def nll(Y_true, Y_pred):
    eps = 1e-8
    Y_true = np.atleast_2d(Y_true); Y_pred = np.atleast_2d(Y_pred)
    total = 0.0
    for t, p in zip(Y_true, Y_pred):
        total -= np.dot(t, np.log(p + eps))
    return total / len(Y_true)

def sigmoid(X):
    return 1./(1. + np.exp(-np.clip(X, -100, 100)))

def dsigmoid(X):
    return sigmoid(X)*(1. - sigmoid(X))


class LogisticRegression:
    def __init__(self, input_size, output_size):
        limit = math.sqrt(1./input_size)
        self.W = np.random.uniform(-limit, limit, (output_size, input_size))
        self.b = np.random.uniform(-limit, limit, output_size)

    def forward(self, X):
        return softmax(X @ self.W.T + self.b)

    def loss(self, X, y):
        return nll(one_hot(len(self.b), y), self.forward(X))

    def grad_loss(self, X, y):
        d = (self.forward(X) - one_hot(len(self.b), y)) / len(y)
        return d.T @ X, np.sum(d, axis=0)

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        l1 = math.sqrt(1./input_size)
        l2 = math.sqrt(1./hidden_size)
        self.W1 = np.random.uniform(-l1, l1, (hidden_size, input_size))
        self.b1 = np.random.uniform(-l1, l1, hidden_size)
        self.W2 = np.random.uniform(-l2, l2, (output_size, hidden_size))
        self.b2 = np.random.uniform(-l2, l2, output_size)

    def forward(self, X):
        self.Z1 = X @ self.W1.T + self.b1
        self.A1 = sigmoid(self.Z1)
        self.Z2 = self.A1 @ self.W2.T + self.b2
        self.A2 = softmax(self.Z2)
        return self.A2

    def loss(self, X, y):
        return nll(one_hot(self.b2.size, y), self.forward(X))

    def grad_loss(self, X, y):
        N = len(X)
        A2 = self.forward(X)
        Y = one_hot(self.b2.size, y)
        # chain rule: dL/dA2 * dA2/dZ2
        dZ2 = (A2 - Y) * A2 * (1 - A2) / N
        dW2 = dZ2.T @ self.A1
        db2 = dZ2
        dZ1 = (dZ2 @ self.W2) * dsigmoid(self.Z1)
        dW1 = dZ1.T @ X
        db1 = np.sum(dZ1, axis=0)
        return dW1, db1, dW2, db2

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x); y = np.atleast_1d(y)
        g = self.grad_loss(x, y)
        self.W1 = self.W1 - learning_rate*g[0]
        self.b1 = self.b1 - learning_rate*g[1]
        self.W2 = self.W2 - learning_rate*g[2]
        self.b2 = self.b2 - learning_rate*g[3]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        hits = 0
        for p, t in zip(self.predict(X), y):
            if p == t:
                hits += 1
        return hits/len(y)
