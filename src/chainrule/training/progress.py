"""How far training has come: what a checkpoint holds."""

from dataclasses import dataclass, field

from chainrule.nn.classifier import Parameters
from chainrule.training.history import Epoch, History


@dataclass
class Progress:
    """Everything that training needs to go on to the same bits.

    Attributes:
        parameters: of the last epoch, by name, each shaped like its parameter.
        velocity: the momentum's v, likewise.
        best_parameters: of the epoch with the lowest validation loss; None without patience.
        best_epoch: that epoch.
        history: up to the last epoch.
        stopped_early: whether patience ran out.
        averaged: mean of the parameters after the last epochs, likewise; None before the first.
        n_averaged: of so many epochs.
        averaged_row: how the model with those scores, once training has ended.
    """

    parameters: Parameters
    velocity: Parameters
    best_parameters: Parameters | None = None
    best_epoch: int = 0
    history: History = field(default_factory=History)
    stopped_early: bool = False
    averaged: Parameters | None = None
    n_averaged: int = 0
    averaged_row: Epoch | None = None

    def record(
        self,
        row: Epoch,
        parameters: Parameters,
        velocity: Parameters,
        patience: int | None,
        averages: bool = False,
    ) -> None:
        """Add an epoch's row and copies of the state that belongs to it; watch the loss.

        Args:
            row: the next of the history.
            parameters: of the model at the end of the epoch.
            velocity: likewise.
            patience: after how many epochs without a lower validation loss to stop, or None.
            averages: whether the parameters belong to the average.
        """
        self.history.append(row)
        self.parameters, self.velocity = copied(parameters), copied(velocity)
        if averages:
            self.averaged = averaged_with(self.averaged, self.n_averaged, parameters)
            self.n_averaged += 1
        if patience is None or row.validation_loss_mean is None:
            return
        best = self.history[self.best_epoch].validation_loss_mean
        if self.best_parameters is None or row.validation_loss_mean < best:
            self.best_parameters, self.best_epoch = copied(parameters), row.epoch
        self.stopped_early = row.epoch - self.best_epoch >= patience

    def kept_row(self, patience: int | None) -> Epoch:
        """The scores of the parameters that are kept: the best, the average, or the last."""
        if self.averaged_row is not None:
            return self.averaged_row
        row: Epoch = self.history[self.best_epoch if patience else -1]
        return row


def averaged_with(mean: Parameters | None, n: int, parameters: Parameters) -> Parameters:
    """The mean of n + 1 models' parameters, from that of n and one more.

    Source: Izmailov and others, Averaging weights leads to wider optima and better generalization
    (2018), algorithm 1. Shapes: as the parameters have them.

    >>> import numpy as np
    >>> averaged_with({"b": np.array([1.0, 4.0])}, 2, {"b": np.array([4.0, 1.0])})
    {'b': array([2., 3.])}
    """
    if mean is None:
        return copied(parameters)
    return {name: m + (parameters[name] - m) / (n + 1) for name, m in mean.items()}


def copied(parameters: Parameters) -> Parameters:
    """The same arrays by name, each a copy."""
    return {name: p.copy() for name, p in parameters.items()}
