"""When an estimator's training is to stop, and what it prints."""

from dataclasses import dataclass

from chainrule.training.progress import Progress


@dataclass
class Watch:
    """Looks at a training after each epoch.

    Attributes:
        column: of the history that is watched, a mean loss.
        tol: in nats; a loss has fallen if it is lower by more than this.
        patience: after how many epochs in a row in which it has not to stop.
        verbose: whether to print a line for each epoch.
        first: the row of the history at which to begin; those before are of an earlier call.
        progress: of the training, once it has begun.
    """

    column: str
    tol: float
    patience: int
    verbose: bool
    first: int
    progress: Progress | None = None

    def on_epoch(self, progress: Progress) -> None:
        """What `fit` calls after each epoch."""
        self.progress = progress
        if self.verbose:
            row = progress.history[-1]
            validation = (
                ""
                if row.validation_loss_mean is None
                else f", validation loss {row.validation_loss_mean:.6f}, "
                f"accuracy {row.validation_accuracy:.4f}"
            )
            print(f"Epoch {row.epoch}: training loss {row.train_loss_mean:.6f}{validation}")

    def stop(self) -> bool:
        """What `fit` asks before each epoch."""
        if self.progress is None:
            return False
        losses = self.progress.history.column(self.column)[self.first :]
        return epochs_without_a_fall(losses, self.tol) >= self.patience


def epochs_without_a_fall(losses: list[float], tol: float) -> int:
    """How many losses at the end are none that fell below all before by more than `tol`.

    >>> epochs_without_a_fall([2.0, 1.0, 0.95, 0.97], tol=0.1)
    2
    """
    if not losses:
        return 0
    best, since = losses[0], 0
    for loss in losses[1:]:
        since = 0 if loss < best - tol else since + 1
        best = min(best, loss)
    return since
