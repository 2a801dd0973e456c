"""Settings of stochastic gradient descent, and the order in which it takes the samples."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError, Setting, choose
from chainrule.training.schedules import SCHEDULES


@dataclass(frozen=True)
class SGD:
    """Settings of stochastic gradient descent; one sample at a time unless told otherwise.

    A step moves each parameter p by −η · v, where v = momentum · v + g and g is the gradient of
    the mean loss over the batch, plus weight_decay · p for weights (not for biases). η is the
    learning rate times what the schedule has for the epoch. The loss is that of the targets
    (1 − label_smoothing) · t + label_smoothing / K.
    Source of the momentum: Sutskever et al., On the importance of initialization and momentum in
    deep learning (2013), with the learning rate applied to v.

    Attributes:
        epochs: passes over the training part, 1 or more.
        learning_rate: more than 0; that of the first epoch.
        batch_size: samples in a step, 1 or more.
        momentum: 0 (none) up to, not including, 1.
        weight_decay: 0 or more.
        shuffle: draw a new order of the samples for each epoch.
        patience: stop after this many epochs without a lower validation loss, and keep the
            weights of the best epoch; None never stops early.
        seed: fixes the order of the samples in every epoch.
        schedule: of the learning rate: "constant", "step" (a tenth from half of the epochs on, a
            hundredth from three quarters on) or "cosine" (down to almost 0 along half a wave).
        label_smoothing: 0 (none) up to, not including, 1.
        dropout: share of each hidden layer's units that a step leaves out, others for each sample;
            0 (none) up to, not including, 1. Evaluation leaves none out.
        averaging: share of the epochs, the last ones, over which the parameters are averaged after
            each; the model ends as that average. 0 (none) to 1, at least one epoch.

    Raises:
        ChainruleError: naming the setting that is out of its range.
    """

    epochs: int = 15
    learning_rate: float = 0.1
    batch_size: int = 1
    momentum: float = 0.0
    weight_decay: float = 0.0
    shuffle: bool = True
    patience: int | None = None
    seed: int = 0
    schedule: str = "constant"
    label_smoothing: float = 0.0
    dropout: float = 0.0
    averaging: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if value is None and name == "patience":
                continue
            if not _is_whole(value) or value < 1:
                raise ChainruleError(f"{name} must be a whole number, 1 or more; got {value!r}")
        if not (_is_finite(self.learning_rate) and self.learning_rate > 0):
            raise ChainruleError(
                f"learning_rate must be a number more than 0, such as 0.1; "
                f"got {self.learning_rate!r}"
            )
        for name in ("momentum", "label_smoothing", "dropout"):
            value = getattr(self, name)
            if not (_is_finite(value) and 0 <= value < 1):
                raise ChainruleError(f"{name} must be at least 0 and less than 1; got {value!r}")
        if not (_is_finite(self.weight_decay) and self.weight_decay >= 0):
            raise ChainruleError(f"weight_decay must be 0 or more; got {self.weight_decay!r}")
        if not _is_whole(self.seed) or self.seed < 0:
            raise ChainruleError(f"seed must be a whole number, 0 or more; got {self.seed!r}")
        choose("schedule", self.schedule, SCHEDULES)
        if not (_is_finite(self.averaging) and 0 <= self.averaging <= 1):
            raise ChainruleError(f"averaging must be a share, 0 to 1; got {self.averaging!r}")
        if self.averaging and self.patience is not None:
            raise ChainruleError(
                "averaging takes the last epochs, and with patience nobody knows which they are; "
                "leave out ",
                Setting("averaging", self.averaging),
                " or ",
                Setting("patience", self.patience),
            )

    @property
    def is_alike_in_all_epochs(self) -> bool:
        """Whether a step on some samples is the same in every epoch."""
        return self.schedule == "constant" and not self.dropout

    def averages(self, epoch: int) -> bool:
        """Whether the parameters after this epoch belong to the average.

        >>> [epoch for epoch in range(11) if SGD(epochs=10, averaging=0.3).averages(epoch)]
        [8, 9, 10]
        """
        n_averaged = max(1, round(self.averaging * self.epochs)) if self.averaging else 0
        return epoch > self.epochs - n_averaged

    @property
    def depends_on_epochs(self) -> str | None:
        """The setting by which the steps depend on how many epochs there are, or None."""
        if self.schedule != "constant":
            return "schedule"
        return "averaging" if self.averaging else None


def sample_order(settings: SGD, epoch: int, n_samples: int) -> NDArray[np.int64]:
    """Order of the samples in an epoch, `(N,)`: a function of seed and epoch alone.

    That is what lets a resumed run take the same order as an uninterrupted one.

    >>> first, again, second = (sample_order(SGD(seed=1), epoch, 6) for epoch in (1, 1, 2))
    >>> bool((first == again).all()), bool((first == second).all())
    (True, False)
    """
    if not settings.shuffle:
        return np.arange(n_samples)
    return np.random.default_rng([settings.seed, epoch]).permutation(n_samples)


def learning_rate_in(settings: SGD, epoch: int) -> float:
    """The learning rate in an epoch, 1 to `settings.epochs`.

    >>> [learning_rate_in(SGD(epochs=4, schedule="step"), epoch) for epoch in (1, 2, 3)]
    [0.1, 0.1, 0.010000000000000002]
    """
    return settings.learning_rate * SCHEDULES[settings.schedule](epoch, settings.epochs)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_finite(value: object) -> bool:
    if not isinstance(value, int | float | np.integer | np.floating):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def settings_of(settings: object) -> SGD:
    """Those given, or the defaults; a number of epochs in their place is easily given.

    Raises:
        ChainruleError: if something else than settings is given.
    """
    if settings is None:
        return SGD()
    if not isinstance(settings, SGD):
        raise ChainruleError(
            f"settings must be an SGD, such as SGD(epochs=15, learning_rate=0.1); got {settings!r}"
        )
    return settings
