# right: one_hot
import numpy as np


def one_hot(labels):
    """Rows of ten classes."""
    return np.eye(10)[np.array(labels, dtype=int)]
