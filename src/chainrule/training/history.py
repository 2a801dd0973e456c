"""What training leaves: a row of loss and accuracy for every epoch."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """One row of a history: the model as it stood at the end of an epoch.

    Attributes:
        epoch: 0 for the untrained model, then 1, 2, …
        train_loss_sum: negative log likelihood in nats, summed over the training part.
        train_loss_mean: the same per sample.
        train_accuracy: share of the training part classified rightly, 0 to 1.
        grad_norm: Euclidean norm, over all parameters together, of the gradient of the mean
            training loss.
        validation_loss_mean: per sample of the validation part, or None without one.
        validation_accuracy: 0 to 1, or None.
        test_loss_mean: per sample of the test part, or None if it was not given.
        test_accuracy: 0 to 1, or None.
        seconds: spent in training steps since the start.
    """

    epoch: int
    train_loss_sum: float
    train_loss_mean: float
    train_accuracy: float
    grad_norm: float
    validation_loss_mean: float | None = None
    validation_accuracy: float | None = None
    test_loss_mean: float | None = None
    test_accuracy: float | None = None
    seconds: float = 0.0


COLUMNS = tuple(f.name for f in dataclasses.fields(Epoch))


class History(Sequence[Epoch]):
    """The epochs of a training run in order; row 0 is the untrained model.

    `losses`, `accuracies` and `accuracies_test` are the lists that the lab plots.

    >>> rows = [Epoch(0, 23.0, 2.3, 0.1, 1.0), Epoch(1, 5.0, 0.5, 0.9, 0.2)]
    >>> history = History(rows)
    >>> history.losses, history.column("grad_norm"), history[-1].train_accuracy
    ([23.0, 5.0], [1.0, 0.2], 0.9)
    """

    def __init__(self, epochs: Sequence[Epoch] = ()) -> None:
        self._epochs = list(epochs)

    def __getitem__(self, index: Any) -> Any:
        return self._epochs[index]

    def __len__(self) -> int:
        return len(self._epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self._epochs)

    def __repr__(self) -> str:
        return f"History({len(self)} rows, last: {self._epochs[-1] if self._epochs else None})"

    def append(self, epoch: Epoch) -> None:
        """Add the next row."""
        self._epochs.append(epoch)

    def column(self, name: str) -> list[Any]:
        """One quantity over the epochs, by its name in `Epoch`."""
        return [getattr(epoch, name) for epoch in self]

    @property
    def losses(self) -> list[float]:
        """Training loss, the sum in nats, for each row."""
        return self.column("train_loss_sum")

    @property
    def accuracies(self) -> list[float]:
        """Training accuracy for each row, 0 to 1."""
        return self.column("train_accuracy")

    @property
    def accuracies_test(self) -> list[float]:
        """Test accuracy for each row, 0 to 1, if `fit` was given the test part."""
        return self.column("test_accuracy")

    def to_csv(self, **first_columns: str) -> str:
        """All rows as CSV with a header, each beginning with the given columns."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow((*first_columns, *COLUMNS))
        for epoch in self:
            rows.writerow((*first_columns.values(), *dataclasses.astuple(epoch)))
        return text.getvalue()
