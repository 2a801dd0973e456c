# not judged: sigmoid
import math


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


def neuron(weights, inputs):
    return sigmoid(sum(w * i for w, i in zip(weights, inputs)))
