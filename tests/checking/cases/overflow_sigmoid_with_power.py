# remark: sigmoid
import numpy as np


def sigmoid(z):
    """The logistic function."""
    z = np.asarray(z)
    return np.power(1.0 + np.exp(-z), -1)
