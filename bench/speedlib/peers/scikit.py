"""scikit-learn's MLPClassifier, one epoch for each call of `partial_fit`."""

from __future__ import annotations

from scripts import scikit
from speedlib.jobs import Job, Weights


class PartialFit:
    """Single samples or batches; a given order is taken by index, batch by batch."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.order = None
        if job.order is not None:
            self.order = scikit.Order()
            self.order.order = job.order
        self.reset()

    def reset(self) -> None:
        """Begin with a new model."""
        job = self.job
        self.model = scikit.new_model(job.first, job.rate, job.batch_size, self.order)

    def run(self) -> None:
        """One call for each epoch."""
        for _ in range(self.job.epochs):
            self.model.partial_fit(self.job.X, self.job.y)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        layers = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [p for layer in layers for p in layer]
