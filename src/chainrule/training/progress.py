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
    """

    parameters: Parameters
    velocity: Parameters
    best_parameters: Parameters | None = None
    best_epoch: int = 0
    history: History = field(default_factory=History)
    stopped_early: bool = False

    def record(
        self, row: Epoch, parameters: Parameters, velocity: Parameters, patience: int | None
    ) -> None:
        """Add an epoch's row and copies of the state that belongs to it; watch the loss.

        Args:
            row: the next of the history.
            parameters: of the model at the end of the epoch.
            velocity: likewise.
            patience: after how many epochs without a lower validation loss to stop, or None.
        """
        self.history.append(row)
        self.parameters, self.velocity = copied(parameters), copied(velocity)
        if patience is None or row.validation_loss_mean is None:
            return
        best = self.history[self.best_epoch].validation_loss_mean
        if self.best_parameters is None or row.validation_loss_mean < best:
            self.best_parameters, self.best_epoch = copied(parameters), row.epoch
        self.stopped_early = row.epoch - self.best_epoch >= patience


def copied(parameters: Parameters) -> Parameters:
    """The same arrays by name, each a copy."""
    return {name: p.copy() for name, p in parameters.items()}
