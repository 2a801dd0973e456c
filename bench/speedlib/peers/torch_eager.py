"""PyTorch, eager: with `nn` and `optim` as users write it, and with the gradient by hand."""

from __future__ import annotations

import copy

import numpy as np
import torch

from scripts import torch_eager
from speedlib.jobs import Job, Weights


class Autograd:
    """The script's code, for single samples or for batches."""

    def __init__(self, job: Job) -> None:
        torch.set_num_threads(job.threads)
        self.job = job
        self.X, self.y = torch.from_numpy(job.X), torch.from_numpy(job.y)
        self.batches = torch.from_numpy(job.batches)
        self.untrained = torch_eager.new_model(job.first)

    def reset(self) -> None:
        """Begin with a copy of the untrained model."""
        self.model = copy.deepcopy(self.untrained)

    def run(self) -> None:
        """One step for each batch."""
        torch_eager.train(self.model, self.X, self.y, self.batches, self.job.rate)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return [p.detach().numpy().T for p in self.model.parameters()]


class ByHand:
    """The gradient written out, weights `(fan_in, fan_out)` changed in place."""

    def __init__(self, job: Job) -> None:
        torch.set_num_threads(job.threads)
        self.job = job
        self.X, self.y = torch.from_numpy(job.X), torch.from_numpy(job.y)
        self.T = torch.eye(len(job.first[-1]))[self.y]
        self.batches = torch.from_numpy(job.batches)

    def reset(self) -> None:
        """Copy the first weights."""
        self.params = [torch.from_numpy(p.astype(np.float32)) for p in self.job.first]

    def run(self) -> None:
        """One step for each sample or batch."""
        step = self._sample if self.job.batch_size == 1 else self._batch
        with torch.no_grad():
            for batch in self.batches:
                step(batch)

    def _sample(self, index: torch.Tensor) -> None:
        W_h, b_h, W_o, b_o = self.params
        i, rate = int(index), self.job.rate
        x = self.X[i]  # (D,)
        h = torch.addmv(b_h, W_h.T, x).sigmoid_()  # (H,)
        grad_z_o = torch.addmv(b_o, W_o.T, h).softmax(0).sub_(self.T[i])  # (K,)
        grad_z_h = (W_o @ grad_z_o).mul_(h).mul_(1 - h)  # (H,)
        W_o.addr_(h, grad_z_o, alpha=-rate)
        b_o.sub_(grad_z_o, alpha=rate)
        W_h.addr_(x, grad_z_h, alpha=-rate)
        b_h.sub_(grad_z_h, alpha=rate)

    def _batch(self, batch: torch.Tensor) -> None:
        W_h, b_h, W_o, b_o = self.params
        rate = self.job.rate / len(batch)
        x = self.X[batch]  # (B, D)
        h = torch.addmm(b_h, x, W_h).sigmoid_()  # (B, H)
        grad_z_o = torch.addmm(b_o, h, W_o).softmax(1).sub_(self.T[batch])  # (B, K)
        grad_z_h = (grad_z_o @ W_o.T).mul_(h).mul_(1 - h)  # (B, H)
        W_o.addmm_(h.T, grad_z_o, alpha=-rate)
        b_o.sub_(grad_z_o.sum(0), alpha=rate)
        W_h.addmm_(x.T, grad_z_h, alpha=-rate)
        b_h.sub_(grad_z_h.sum(0), alpha=rate)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return [p.numpy() for p in self.params]
