#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""TP retropropagation - Binome 7"""
import numpy as np
import time


def one_hot(n_classes, y):
    # y : un label ou une liste de labels
    return np.eye(n_classes)[np.asarray(y).astype("int32")]


def softmax(X):
    X = np.asarray(X, dtype=np.float64)
    X = X - np.max(X, axis=-1, keepdims=True)
    return np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True)


def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.clip(np.atleast_2d(Y_pred), 1e-15, 1 - 1e-15)
    m = Y_true.shape[0]
    cout = - (1. / m) * np.sum(Y_true * np.log(Y_pred) + (1 - Y_true) * np.log(1 - Y_pred))
    return cout


def sigmoid(X):
    X = np.clip(X, -500, 500)
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    sig = sigmoid(X)
    return sig * (1 - sig)


class LogisticRegression:
    def __init__(self, input_size, output_size):
        self.W = np.random.uniform(size=(input_size, output_size), high=0.1, low=-0.1)
        self.b = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.nb_classes = output_size

    def forward(self, X):
        return softmax(np.dot(X, self.W) + self.b)

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        return np.argmax(self.forward(X), axis=1)

    def loss(self, X, y):
        return nll(one_hot(self.nb_classes, y), self.forward(X))

    def grad_loss(self, X, y_true, y_pred):
        m = X.shape[0]
        return np.dot(X.T, y_pred - y_true) / m, np.sum(y_pred - y_true, axis=0) / m


class NeuralNet:
    """entree -> W1,b1 -> sigmoide -> W2,b2 -> softmax"""

    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.uniform(size=(input_size, hidden_size), high=0.1, low=-0.1)
        self.b1 = np.random.uniform(size=hidden_size, high=0.1, low=-0.1)
        self.W2 = np.random.uniform(size=(hidden_size, output_size), high=0.1, low=-0.1)
        self.b2 = np.random.uniform(size=output_size, high=0.1, low=-0.1)
        self.nb_classes = output_size

    def propagation(self, X):
        Z1 = np.dot(X, self.W1) + self.b1
        A1 = sigmoid(Z1)
        Z2 = np.dot(A1, self.W2) + self.b2
        A2 = softmax(Z2)
        return Z1, A1, Z2, A2

    def forward(self, X):
        return self.propagation(X)[3]

    def loss(self, X, y):
        # perte NLL moyenne (ecrite ici directement)
        A2 = np.clip(self.forward(X), 1e-15, 1)
        Y = one_hot(self.nb_classes, y)
        return -np.mean(np.sum(Y * np.log(A2), axis=-1))

    def grad_loss(self, X, y):
        m = X.shape[0]
        Z1, A1, Z2, A2 = self.propagation(X)
        Y = one_hot(self.nb_classes, y)
        dZ2 = (A2 - Y) / m
        dW2 = np.dot(A1.T, dZ2)
        db2 = np.sum(dZ2, axis=0)
        dA1 = np.dot(dZ2, self.W2.T)
        dZ1 = dA1 * dsigmoid(A1)
        dW1 = np.dot(X.T, dZ1)
        db1 = np.sum(dZ1, axis=0)
        return {"grad_W1": dW1, "grad_b1": db1, "grad_W2": dW2, "grad_b2": db2}

    def train(self, x, y, learning_rate):
        x = np.atleast_2d(x)
        grads = self.grad_loss(x, y)
        self.W1 = self.W1 - learning_rate * grads["grad_W1"]
        self.W2 = self.W2 - learning_rate * grads["grad_W2"]
        self.b2 = self.b2 - learning_rate * grads["grad_b2"]

    def predict(self, X):
        if len(X.shape) == 1:
            return np.argmax(self.forward(X))
        return np.argmax(self.forward(X), axis=1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)


if __name__ == "__main__":
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    d = load_digits()
    Xa, Xt, ya, yt = train_test_split(d.data / 16, d.target, test_size=0.15, random_state=37)
    reseau = NeuralNet(64, 16, 10)
    t0 = time.time()
    for epoque in range(15):
        for x, y in zip(Xa, ya):
            reseau.train(x, y, 0.1)
        print("Epoque %d : perte %.4f, test %.3f" % (epoque + 1, reseau.loss(Xa, ya), reseau.accuracy(Xt, yt)))
    print("duree", time.time() - t0)
