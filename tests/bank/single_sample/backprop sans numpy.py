# J'ai voulu tout ecrire avec des boucles pour bien comprendre (un seul exemple a la fois).
import math
import random

import numpy as np

EPSILON = 1e-8


def one_hot(n_classes, y):
    if np.ndim(y) == 0:
        return np.array([1.0 if k == int(y) else 0.0 for k in range(n_classes)])
    return np.array([one_hot(n_classes, label) for label in y])


def softmax(X):
    X = np.asarray(X, dtype=float)
    if X.ndim > 1:
        return np.array([softmax(ligne) for ligne in X])
    plus_grand = max(X)
    exps = [math.exp(v - plus_grand) for v in X]
    total = sum(exps)
    return np.array([e / total for e in exps])


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    somme = 0.0
    for t, p in zip(Y_true, Y_pred):
        for k in range(len(t)):
            if t[k] != 0:
                somme -= t[k] * math.log(p[k] + EPSILON)
    return somme / len(Y_true)


def _sig(v):
    if v >= 0:
        return 1 / (1 + math.exp(-v))
    e = math.exp(v)
    return e / (1 + e)


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    return np.array([_sig(v) for v in X.ravel()]).reshape(X.shape)


def dsigmoid(X):
    s = sigmoid(X)
    return s * (1 - s)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.array([[random.uniform(-0.1, 0.1) for _ in range(output_size)] for _ in range(input_size)])
        self.b = np.array([random.uniform(-0.1, 0.1) for _ in range(output_size)])
        self.output_size = output_size

    def forward(self, x):
        scores = []
        for k in range(self.output_size):
            s = self.b[k]
            for d in range(len(x)):
                s += x[d] * self.W[d, k]
            scores.append(s)
        return softmax(scores)

    def predict(self, x):
        p = self.forward(x)
        best = 0
        for k in range(len(p)):
            if p[k] > p[best]:
                best = k
        return best

    def loss(self, x, y):
        return nll(one_hot(self.output_size, y), self.forward(x))

    def grad_loss(self, x, y_true):
        p = self.forward(x)
        gW = np.zeros(self.W.shape)
        gb = np.zeros(self.b.shape)
        for k in range(self.output_size):
            e = p[k] - (1 if k == y_true else 0)
            gb[k] = e
            for d in range(len(x)):
                gW[d, k] = e * x[d]
        return {"W": gW, "b": gb}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W = self.W - learning_rate * g["W"]
        self.b = self.b - learning_rate * g["b"]

    def accuracy(self, X, y):
        justes = [self.predict(x) == t for x, t in zip(X, y)]
        return sum(justes) / len(justes)


class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.array([[random.uniform(-0.1, 0.1) for _ in range(hidden_size)] for _ in range(input_size)])
        self.b_h = np.array([random.uniform(-0.1, 0.1) for _ in range(hidden_size)])
        self.W_o = np.array([[random.uniform(-0.1, 0.1) for _ in range(output_size)] for _ in range(hidden_size)])
        self.b_o = np.array([random.uniform(-0.1, 0.1) for _ in range(output_size)])
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size

    def forward_keep_activations(self, x):
        z_h = [self.b_h[j] + sum(x[i] * self.W_h[i, j] for i in range(self.input_size))
               for j in range(self.hidden_size)]
        h = [_sig(z) for z in z_h]
        z_o = [self.b_o[k] + sum(h[j] * self.W_o[j, k] for j in range(self.hidden_size))
               for k in range(self.output_size)]
        return softmax(z_o), np.array(h), np.array(z_h)

    def forward(self, x):
        y, h, z_h = self.forward_keep_activations(x)
        return y

    def loss(self, x, y):
        return nll(one_hot(self.output_size, y), self.forward(x))

    def grad_loss(self, x, y_true):
        y, h, z_h = self.forward_keep_activations(x)
        d_o = [y[k] - (k == y_true) for k in range(self.output_size)]
        d_h = []
        for j in range(self.hidden_size):
            retour = sum(d_o[k] * self.W_o[j, k] for k in range(self.output_size))
            d_h.append(retour * h[j] * (1 - h[j]))
        gW_o = [[h[j] * d_o[k] for k in range(self.output_size)] for j in range(self.hidden_size)]
        gW_h = [[x[i] * d_h[j] for j in range(self.hidden_size)] for i in range(self.input_size)]
        return {"W_h": np.array(gW_h), "b_h": np.array(d_h), "W_o": np.array(gW_o), "b_o": np.array(d_o)}

    def train(self, x, y, learning_rate):
        g = self.grad_loss(x, y)
        self.W_h -= learning_rate * g["W_h"]
        self.b_h -= learning_rate * g["b_h"]
        self.W_o -= learning_rate * g["W_o"]
        self.b_o -= learning_rate * g["b_o"]

    def predict(self, x):
        return int(np.argmax(self.forward(x)))

    def accuracy(self, X, y):
        justes = [self.predict(x) == t for x, t in zip(X, y)]
        return sum(justes) / len(justes)
