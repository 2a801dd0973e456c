# not judged: sigmoid; right: dsigmoid
from math import exp


def sigmoid(x: float) -> float:
    if x < 0:
        return exp(x) / (1 + exp(x))
    return 1 / (1 + exp(-x))


def dsigmoid(x):
    s = sigmoid(x)
    return s * (1 - s)
