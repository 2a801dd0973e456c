# -*- coding: utf-8 -*-
"""Generic MLP, batch version, momentum optional"""
import numpy as np


def one_hot(n_classes, y):
    return np.eye(n_classes)[y]


def softmax(X):
    X = np.asarray(X)
    ex = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return ex / ex.sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true, Y_pred = np.asarray(Y_true), np.clip(Y_pred, 1e-15, 1 - 1e-15)
    n = 1 if Y_true.ndim == 1 else Y_true.shape[0]
    return -np.sum(Y_true * np.log(Y_pred)) / n


def sigmoid(X):
    X = np.asarray(X, dtype=float)
    e = np.exp(-np.abs(X))
    return np.where(X >= 0, 1 / (1 + e), e / (1 + e))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))


class DeepNeuralNet:

    def __init__(self, layer_sizes, momentum=0.0):
        self.layer_sizes = list(layer_sizes)
        self.momentum = momentum
        self.W = [np.random.normal(0, 1 / np.sqrt(m), size=(m, n)) for m, n in zip(layer_sizes, layer_sizes[1:])]
        self.b = [np.zeros(n) for n in layer_sizes[1:]]

    def forward(self, X, keep_activations=False):
        acts = [X]
        for W, b in zip(self.W[:-1], self.b[:-1]):
            acts.append(sigmoid(np.dot(acts[-1], W) + b))
        out = softmax(np.dot(acts[-1], self.W[-1]) + self.b[-1])
        if keep_activations:
            return out, acts
        return out

    def loss(self, X, y):
        return nll(one_hot(self.layer_sizes[-1], y), self.forward(X))

    def grad_loss(self, X, y):
        out, acts = self.forward(X, keep_activations=True)
        delta = (out - one_hot(self.layer_sizes[-1], y)) / len(X)
        dW, db = [], []
        for W, a in zip(self.W[::-1], acts[::-1]):
            dW.insert(0, np.dot(a.T, delta))
            db.insert(0, delta.sum(axis=0))
            # for the first layer this is computed for nothing
            delta = np.dot(delta, W.T) * a * (1 - a)
        return {"W": dW, "b": db}

    def train(self, x, y, learning_rate):
        grads = self.grad_loss(x[np.newaxis, :], np.array([y]))
        for i in range(len(self.W)):
            self.W[i] = self.W[i] - learning_rate * grads["W"][i]
            self.b[i] = self.b[i] - learning_rate * grads["b"][i]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == np.asarray(y))


def run(sizes, X, y, lr, epochs):
    net = DeepNeuralNet(sizes)
    n_train = int(0.85 * len(X))
    for epoch in range(epochs):
        for i in np.random.permutation(n_train):
            net.train(X[i], y[i], lr)
        print(sizes, "epoch", epoch, "test acc %.3f" % net.accuracy(X[n_train:], y[n_train:]))
    return net


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    X, y = load_digits(return_X_y=True)
    X = (X - X.mean(0)) / (X.std(0) + 1e-6)
    run([64, 32, 10], X, y, 0.1, 10)
    run([64, 32, 32, 10], X, y, 0.1, 10)
    run([64, 32, 32, 32, 10], X, y, 0.1, 10)
