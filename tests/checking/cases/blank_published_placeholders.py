# not written: nll, sigmoid, dsigmoid
import numpy as np

def nll(Y_true, Y_pred):
    Y_true = np.atleast_2d(Y_true)
    Y_pred = np.atleast_2d(Y_pred)
    # TODO
    return 0.

def sigmoid(X):
    # TODO
    return X

def dsigmoid(X):
    # TODO
    return X
