"""Goes back for one sample, a column; something else takes the steps."""

import numpy as np


def squash(v):
    return 1.0 / (1.0 + np.exp(-v))


class Brain:
    def __init__(self, sizes):
        self.thresholds = [np.random.randn(n, 1) for n in sizes[1:]]
        self.links = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]

    def backprop(self, x, y):
        levels = [x]
        for b, w in zip(self.thresholds, self.links):
            levels.append(squash(np.dot(w, levels[-1]) + b))
        blame = (levels[-1] - y) * levels[-1] * (1 - levels[-1])
        nabla_b, nabla_w = [blame], [np.dot(blame, levels[-2].T)]
        for back in range(2, len(self.links) + 1):
            slope = levels[-back] * (1 - levels[-back])
            blame = np.dot(self.links[-back + 1].T, blame) * slope
            nabla_b.insert(0, blame)
            nabla_w.insert(0, np.dot(blame, levels[-back - 1].T))
        return nabla_b, nabla_w
