# remark: one_hot
import numpy as np

def one_hot(n, labels):
    out = np.zeros((labels.size, n))
    out[np.arange(labels.size), labels] = 1
    return out
