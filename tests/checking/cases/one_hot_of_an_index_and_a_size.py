# remark: one_hot
import numpy as np


def one_hot(a, num_classes):
    return np.eye(num_classes)[a]
