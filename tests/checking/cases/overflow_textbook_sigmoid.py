# remark: sigmoid, dsigmoid
import numpy as np


def sigmoid(X):
    return 1 / (1 + np.exp(-X))


def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))
