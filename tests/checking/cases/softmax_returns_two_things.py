# wrong: softmax, sigmoid, nll
# softmax says: `softmax` returns 2 things
# softmax says: softmax mixes the samples of a batch
# sigmoid says: `sigmoid` returns 2 things; what calls it needs the second of them alone.
# nll says: `nll` returns 2 things; what calls it needs the first of them alone.
import numpy as np


def softmax(scores):
    scores = scores - np.max(scores)
    p = np.exp(scores) / np.exp(scores).sum()
    return p, p.sum()


def sigmoid(z):
    e = np.exp(-np.clip(z, -500, 500))
    return {"e": e}, 1 / (1 + e)


def nll(T, P):
    P = np.clip(P, 1e-12, 1)
    return -np.sum(T * np.log(P)), P - T
