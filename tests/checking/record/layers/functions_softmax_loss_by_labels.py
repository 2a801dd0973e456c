# functions: softmax loss by labels
import numpy as np


def softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def softmax_backward(d_out, p):
    return (p - d_out) / len(p)
