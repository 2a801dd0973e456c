import numpy as np


class Regressor:
    def __init__(self, sizes, decay=0.05):
        self.W = [np.random.randn(a, b) / np.sqrt(a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.decay = decay

    def outputs(self, X):
        acts = [X]
        for W in self.W[:-1]:
            acts.append(np.tanh(acts[-1] @ W))
        acts.append(acts[-1] @ self.W[-1])
        return acts

    def cost(self, pred, y):
        fit = 0.5 * np.sum((pred - y) ** 2)
        for W in self.W:
            penalty = 0.0
            penalty += 0.5 * self.decay * np.sum(W ** 2)
        return fit + penalty

    def fit(self, X, y, rounds=200, rate=0.005):
        history = []
        for _ in range(rounds):
            acts = self.outputs(X)
            history.append(self.cost(acts[-1], y))
            delta = acts[-1] - y
            grads = [None] * len(self.W)
            for i in range(len(self.W) - 1, -1, -1):
                grads[i] = acts[i].T @ delta + self.decay * self.W[i]
                if i > 0:
                    delta = delta @ self.W[i].T * (1 - acts[i] ** 2)
            for i, g in enumerate(grads):
                self.W[i] = self.W[i] - rate * g
        return history


X = np.random.randn(20, 4)
y = X[:, :1] * X[:, 1:2]
Regressor([4, 8, 6, 1]).fit(X, y)
