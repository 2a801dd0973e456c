import numpy as np


class Layer:
    def __init__(self, before, after):
        self.weights = np.random.rand(after, before) - 0.5
        self.bias = np.zeros((after, 1))

    def calc(self, inputs):
        self.inputs = inputs
        self.sums = self.weights @ inputs + self.bias
        return self.sums


class Run:
    def __init__(self, n_in, n_hidden, n_out, rate=0.01):
        self.one, self.two = Layer(n_in, n_hidden), Layer(n_hidden, n_out)
        self.rate = rate

    def go(self, sample):
        self.hidden = 1 / (1 + np.exp(-self.one.calc(sample)))
        self.output = 1 / (1 + np.exp(-self.two.calc(self.hidden)))
        return self.output

    def cost(self, expected):
        return np.sum((self.output - expected) ** 2) / len(expected)

    def learn(self, expected):
        delta = 2 * (self.output - expected) / len(expected)
        change = np.multiply(delta, self.output)
        below = (self.two.weights.T @ change) * self.hidden * (1 - self.hidden)
        self.two.weights -= self.rate * change @ self.two.inputs.T
        self.two.bias -= self.rate * change
        self.one.weights -= self.rate * below @ self.one.inputs.T
        self.one.bias -= self.rate * below


run = Run(8, 5, 3)
for turn in range(600):
    digit = np.random.randint(3)
    sample = np.random.rand(8, 1)
    sample[digit] += 1
    expected = np.zeros((3, 1))
    expected[digit] = 1
    run.go(sample)
    loss = run.cost(expected)
    run.learn(expected)
