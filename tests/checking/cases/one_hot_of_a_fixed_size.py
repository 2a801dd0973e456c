# not judged: one_hot
import numpy as np

def one_hot(k):
    row = np.zeros(42)
    row[k] = 1
    return row
