"""
I wanted to see every sum with my own eyes, so nearly everything is a for loop.
Slow! One image at a time.
"""
import math
import random

import numpy as np


def one_hot(n_classes, y):
    if np.ndim(y) == 0:
        row = [0.0] * n_classes
        row[int(y)] = 1.0
        return np.array(row)
    return np.array([one_hot(n_classes, label) for label in y])


def softmax(X):
    X = np.asarray(X, dtype=float)
    if X.ndim > 1:
        return np.array([softmax(row) for row in X])
    biggest = max(X)
    exps = [math.exp(v - biggest) for v in X]
    total = sum(exps)
    return np.array([e / total for e in exps])


def nll(Y_true, Y_pred):
    total = 0.0
    for t, p in zip(np.ravel(Y_true), np.ravel(Y_pred)):
        if t > 0:
            total += -t * math.log(max(p, 1e-15))
    return total


def _sig(v):
    # two branches so that exp never gets a big positive number
    if v >= 0:
        return 1.0 / (1.0 + math.exp(-v))
    e = math.exp(v)
    return e / (1.0 + e)


def sigmoid(X):
    return np.vectorize(_sig, otypes=[float])(X)


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.input_size, self.output_size = input_size, output_size
        self.W = np.array([[random.uniform(-.1, .1) for _ in range(output_size)] for _ in range(input_size)])
        self.b = np.array([random.uniform(-.1, .1) for _ in range(output_size)])

    def forward(self, x):
        z = []
        for k in range(self.output_size):
            z.append(self.b[k] + sum(x[d] * self.W[d, k] for d in range(self.input_size)))
        return softmax(np.array(z))

    def predict(self, x):
        p = self.forward(x)
        return max(range(self.output_size), key=lambda k: p[k])

    def loss(self, x, y):
        return nll(one_hot(self.output_size, y), self.forward(x))

    def grad_loss(self, x, y_true, y_pred):
        dW = np.zeros_like(self.W)
        db = np.zeros_like(self.b)
        for k in range(self.output_size):
            db[k] = y_pred[k] - y_true[k]
            for d in range(self.input_size):
                dW[d, k] = x[d] * db[k]
        return dW, db


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        rnd = lambda: random.uniform(-0.1, 0.1)
        self.weights = [
            np.array([[rnd() for j in range(hidden_size)] for i in range(input_size)]),
            np.array([[rnd() for j in range(output_size)] for i in range(hidden_size)]),
        ]
        self.biases = [np.array([rnd() for j in range(hidden_size)]),
                       np.array([rnd() for j in range(output_size)])]
        self.output_size = output_size

    def affine(self, layer, v):
        W, b = self.weights[layer], self.biases[layer]
        return np.array([b[j] + sum(v[i] * W[i][j] for i in range(len(v))) for j in range(len(b))])

    def forward(self, x):
        self.h = sigmoid(self.affine(0, x))
        return softmax(self.affine(1, self.h))

    def loss(self, x, y):
        p = self.forward(x)
        return -math.log(max(p[int(y)], 1e-15))

    def grad_loss(self, x, y):
        p = self.forward(x)
        h = self.h
        n_h, n_o = self.weights[1].shape
        err_o = [p[k] - (1.0 if k == int(y) else 0.0) for k in range(n_o)]
        err_h = []
        for j in range(n_h):
            back = 0.0
            for k in range(n_o):
                back += self.weights[1][j, k] * err_o[k]
            err_h.append(back * h[j] * (1 - h[j]))
        dW_h = np.array([[x[i] * err_h[j] for j in range(n_h)] for i in range(len(x))])
        dW_o = np.array([[h[j] * err_o[k] for k in range(n_o)] for j in range(n_h)])
        return [dW_h, dW_o], [np.array(err_h), np.array(err_o)]

    def train(self, x, y, learning_rate):
        dWs, dbs = self.grad_loss(x, y)
        for W, b, dW, db in zip(self.weights, self.biases, dWs, dbs):
            for i in range(W.shape[0]):
                for j in range(W.shape[1]):
                    W[i, j] -= learning_rate * dW[i, j]
            for j in range(len(b)):
                b[j] -= learning_rate * db[j]

    def predict(self, x):
        return int(np.argmax(self.forward(x)))

    def accuracy(self, X, y):
        good = 0
        for xi, yi in zip(X, y):
            if self.predict(xi) == yi:
                good += 1
        return good / len(X)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    d = load_digits()
    random.seed(1)
    net = NeuralNet(64, 12, 10)
    for n in range(300):
        i = random.randrange(1500)
        net.train(d.data[i] / 16, d.target[i], 0.1)
    print(net.accuracy(d.data[1500:1600] / 16, d.target[1500:1600]))
