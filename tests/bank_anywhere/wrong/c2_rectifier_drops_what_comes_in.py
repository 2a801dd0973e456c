import numpy as np


class Affine:
    def __init__(self, fan_in, fan_out):
        self.kernel = np.random.normal(0, fan_in ** -0.5, (fan_in, fan_out))
        self.offset = np.zeros(fan_out)

    def fprop(self, inp):
        self.inp = inp
        return inp @ self.kernel + self.offset

    def bprop(self, upstream, lr):
        back = upstream @ self.kernel.T
        self.kernel -= lr * self.inp.T @ upstream
        self.offset -= lr * upstream.sum(axis=0)
        return back


class Rectifier:
    def fprop(self, inp):
        self.inp = inp
        return np.where(inp > 0, inp, 0.0)

    def bprop(self, upstream, lr):
        upstream = np.where(self.inp > 0, 1.0, 0.0)
        return upstream


def squared(pred, target):
    diff = pred - target
    return 0.5 * np.sum(diff ** 2), diff


if __name__ == "__main__":
    x = np.random.uniform(-1, 1, (25, 3))
    t = np.stack([x[:, 0] * x[:, 1], x[:, 2] ** 2], axis=1)
    layers = [Affine(3, 8), Rectifier(), Affine(8, 2)]
    for it in range(500):
        h = x
        for layer in layers:
            h = layer.fprop(h)
        cost, g = squared(h, t)
        for layer in layers[::-1]:
            g = layer.bprop(g, 0.01)
