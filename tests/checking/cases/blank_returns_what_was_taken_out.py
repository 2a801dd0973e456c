# not written: softmax, sigmoid; wrong: dsigmoid
import numpy as np


def softmax(X):
    # Import code here
    return P


def sigmoid(X):
    """The sigmoid, and what is kept for later."""

    # your part

    return A, cache


def dsigmoid(X):
    return x
