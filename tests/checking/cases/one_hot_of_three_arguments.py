# not judged: one_hot
import numpy as np


def one_hot(labels, n_rows, n_classes):
    rows = np.zeros((n_rows, n_classes))
    rows[np.arange(n_rows), labels] = 1
    return rows
