# not judged: sigmoid, dsigmoid
import numpy as np


def sigmoid(x):
    ''' Sigmoid like function using tanh '''
    return np.tanh(x)


def dsigmoid(x):
    ''' Derivative of sigmoid above, x is its output '''
    return 1.0 - x ** 2
