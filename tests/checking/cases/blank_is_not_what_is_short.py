# wrong: nll, sigmoid, dsigmoid, softmax
# These are answers, though short, or with a comment left from the exercise: they are wrong.
import numpy as np


def nll(Y_true, Y_pred):
    # TODO
    return -np.sum(Y_true * Y_pred)


def sigmoid(X):
    # TODO: done
    X = 1 / (1 + np.exp(X))
    return X


def dsigmoid(X):
    return X * (1 - X)


def softmax(X):
    result = np.zeros_like(X)  # TODO
    for i in range(len(X)):
        result[i] = np.exp(X[i]) / np.exp(X).sum()
    return result
