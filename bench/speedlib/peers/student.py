"""NumPy as a student writes it: the lab's classes, and the same for batches and for depth."""

from __future__ import annotations

import numpy as np

from scripts import lab
from speedlib.jobs import Floats, Job, Sweep, Weights


class PerSample:
    """The lab's classes in double precision, one sample at a time."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.X = job.X.astype(np.float64)  # (N, D)
        self.reset()

    def reset(self) -> None:
        """Begin with new models; the lab's step makes new arrays, so the first ones stay."""
        makers = {2: lab.LogisticRegression, 4: lab.NeuralNet}
        self.model = makers.get(len(self.job.first), DeepNet)(*self.job.first)

    def run(self) -> None:
        """One step for each sample of each epoch."""
        X, y, rate, train = self.X, self.job.y, self.job.rate, self.model.train
        for i in self.job.steps_order:
            train(X[i], y[i], rate)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        if isinstance(self.model, DeepNet):
            return [p for layer in zip(self.model.W, self.model.b, strict=True) for p in layer]
        return list(vars(self.model).values())


class DeepNet:
    """The lab's network with any number of hidden layers, in lists."""

    def __init__(self, *weights: Floats) -> None:
        self.W = list(weights[::2])  # (fan_in, fan_out) each
        self.b = list(weights[1::2])  # (fan_out,) each

    def grad_loss(self, x: Floats, y: int) -> tuple[list[Floats], list[Floats]]:
        """Gradients of weights and of biases for one sample `(D,)` with label `y`."""
        zs: list[Floats] = []
        hs = [x]
        for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
            zs.append(np.dot(hs[-1], W) + b)
            hs.append(lab.sigmoid(zs[-1]))
        probabilities = lab.softmax(np.dot(hs[-1], self.W[-1]) + self.b[-1])
        grad_z = probabilities - lab.one_hot(len(probabilities), y)
        grads_W: list[Floats] = [np.outer(hs[-1], grad_z)]
        grads_b: list[Floats] = [grad_z]
        for layer in range(len(zs) - 1, -1, -1):
            grad_h = np.dot(grad_z, np.transpose(self.W[layer + 1]))
            grad_z = grad_h * lab.dsigmoid(zs[layer])
            grads_W.insert(0, np.outer(hs[layer], grad_z))
            grads_b.insert(0, grad_z)
        return grads_W, grads_b

    def train(self, x: Floats, y: int, learning_rate: float) -> None:
        """One step on one sample `(D,)` with label `y`."""
        grads_W, grads_b = self.grad_loss(x, y)
        self.W = [W - learning_rate * g for W, g in zip(self.W, grads_W, strict=True)]
        self.b = [b - learning_rate * g for b, g in zip(self.b, grads_b, strict=True)]


class Batches:
    """The lab's network on batches, in single precision."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.batches = job.batches
        self.reset()

    def reset(self) -> None:
        """Begin with copies of the first weights."""
        self.params = [p.astype(np.float32) for p in self.job.first]

    def run(self) -> None:
        """One step for each batch."""
        X, y, targets = self.job.X, self.job.y, np.eye(len(self.params[-1]), dtype=np.float32)
        rate = np.float32(self.job.rate / self.job.batch_size)
        W_h, b_h, W_o, b_o = self.params
        for batch in self.batches:
            x = X[batch]  # (B, D)
            h = 1 / (1 + np.exp(-(x @ W_h + b_h)))  # (B, H)
            grad_z_o = lab.softmax(h @ W_o + b_o) - targets[y[batch]]  # (B, K)
            grad_z_h = (grad_z_o @ W_o.T) * h * (1 - h)  # (B, H)
            W_o -= rate * (h.T @ grad_z_o)
            b_o -= rate * grad_z_o.sum(axis=0)
            W_h -= rate * (x.T @ grad_z_h)
            b_h -= rate * grad_z_h.sum(axis=0)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return list(self.params)


class Serial:
    """A sweep, one network after the other."""

    def __init__(self, sweep: Sweep) -> None:
        self.sessions = [
            PerSample(Job(sweep.X, sweep.y, first, float(rate), epochs=sweep.epochs))
            for first, rate in zip(sweep.first, sweep.rates, strict=True)
        ]

    def reset(self) -> None:
        """Begin with new models."""
        for session in self.sessions:
            session.reset()

    def run(self) -> None:
        """Train each network."""
        for session in self.sessions:
            session.run()

    def weights(self) -> Weights:
        """Those of the first network."""
        return self.sessions[0].weights()
