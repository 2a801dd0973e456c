# wrong: sigmoid
# Not finite at +1000: the values themselves are wrong there.
import numpy as np


def sigmoid(z):
    return np.exp(z) / (np.exp(z) + 1)
