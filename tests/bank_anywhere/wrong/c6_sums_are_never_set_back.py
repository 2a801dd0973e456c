import numpy as np


def dtanh(z):
    return 1 - np.tanh(z) ** 2


class Net:
    def __init__(self, shape):
        self.weights = [np.random.randn(b, a) * 0.3 for a, b in zip(shape, shape[1:])]
        self.biases = [np.zeros((b, 1)) for b in shape[1:]]
        self.no_weights = [np.zeros_like(w) for w in self.weights]
        self.no_biases = [np.zeros_like(b) for b in self.biases]

    def train(self, rows, rate, batch=4):
        w_sum, b_sum = self.no_weights, self.no_biases
        seen = 0
        for x, t in rows:
            self.add_gradients(x, t, w_sum, b_sum)
            seen += 1
            if seen % batch == 0:
                for i in range(len(self.weights)):
                    self.weights[i] = self.weights[i] - rate * w_sum[i] / batch
                    self.biases[i] = self.biases[i] - rate * b_sum[i] / batch
                w_sum, b_sum = self.no_weights, self.no_biases

    def add_gradients(self, x, t, w_sum, b_sum):
        zs, acts = [], [x]
        for w, b in zip(self.weights, self.biases):
            zs.append(w @ acts[-1] + b)
            acts.append(np.tanh(zs[-1]))
        delta = 2 * (acts[-1] - t) * dtanh(zs[-1])
        for i in reversed(range(len(self.weights))):
            w_sum[i] += delta @ acts[i].T
            b_sum[i] += delta
            if i:
                delta = self.weights[i].T @ delta * dtanh(zs[i - 1])


rows = [(np.random.rand(6, 1), 2 * np.eye(3)[:, [k % 3]] - 1) for k in range(40)]
net = Net([6, 5, 3])
for epoch in range(5):
    net.train(rows, 0.1)
