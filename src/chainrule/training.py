"""Stochastic gradient descent: the loop, its settings, and the history it leaves."""

import csv
import dataclasses
import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.classifier import Parameters
from chainrule.errors import ChainruleError, DivergenceError
from chainrule.evaluate import ROWS_AT_A_TIME, Predictor, score
from chainrule.functions import Array, as_floats, integer_labels

Samples = tuple[NDArray[Any], NDArray[np.int64]]
RECENT = 100  # samples over which the lab's line within an epoch sums the loss


class Trainable(Predictor, Protocol):
    """What training needs of a model; shapes as in `chainrule.classifier.Classifier`."""

    output_size: int

    @property
    def parameters(self) -> Parameters:
        """Arrays by name; training changes them in place."""
        ...

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Derivatives of the summed loss, for `(N, D)` samples and `(N, K)` one-hot rows."""
        ...


@dataclass(frozen=True)
class SGD:
    """Settings of stochastic gradient descent; one sample at a time unless told otherwise.

    A step moves each parameter p by −learning_rate · v, where v = momentum · v + g and g is the
    gradient of the mean loss over the batch, plus weight_decay · p for weights (not for biases).
    Source of the momentum: Sutskever et al., On the importance of initialization and momentum in
    deep learning (2013), with the learning rate applied to v.

    Attributes:
        epochs: passes over the training part, 1 or more.
        learning_rate: more than 0.
        batch_size: samples in a step, 1 or more.
        momentum: 0 (none) up to, not including, 1.
        weight_decay: 0 or more.
        shuffle: draw a new order of the samples for each epoch.
        patience: stop after this many epochs without a lower validation loss, and keep the
            weights of the best epoch; None never stops early.
        seed: fixes the order of the samples in every epoch.

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
        if not (_is_finite(self.momentum) and 0 <= self.momentum < 1):
            raise ChainruleError(
                f"momentum must be at least 0 and less than 1; got {self.momentum!r}"
            )
        if not (_is_finite(self.weight_decay) and self.weight_decay >= 0):
            raise ChainruleError(f"weight_decay must be 0 or more; got {self.weight_decay!r}")
        if not _is_whole(self.seed) or self.seed < 0:
            raise ChainruleError(f"seed must be a whole number, 0 or more; got {self.seed!r}")


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


@dataclass
class Progress:
    """Everything that training needs to go on to the same bits: what a checkpoint holds.

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


def fit(
    model: Trainable,
    X: ArrayLike,
    y: ArrayLike,
    settings: SGD | None = None,
    *,
    validation: Samples | None = None,
    test: Samples | None = None,
    progress: Progress | None = None,
    on_epoch: Callable[[Progress], None] | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> History:
    """Train a model in place by stochastic gradient descent.

    Args:
        model: a `LogisticRegression`, a `NeuralNet`, or anything `Trainable`.
        X: training samples, `(N, D)`.
        y: their labels, `(N,)`, whole numbers.
        settings: how to train; the defaults of `SGD` if None.
        validation: samples `(V, D)` and labels `(V,)` for early stopping.
        test: samples `(M, D)` and labels `(M,)` whose scores the history is to show; nothing is
            chosen by them.
        progress: where an earlier run stopped; training goes on from there.
        on_epoch: called after each epoch, and first for the untrained model.
        on_step: called within an epoch with the epoch, the number of steps taken in it, and the
            loss summed over the last 100 samples, every 100 steps (every 200, 300, … where an
            epoch has more than 2,000).
        stop: asked before each epoch; training ends when it says True.

    Returns:
        The history; its first row is the untrained model.

    Raises:
        ChainruleError: if the shapes do not fit, a feature is not finite, a label is not a class,
            or there is patience but no validation part.
        DivergenceError: if a loss or a parameter is no longer a finite number; the model then has
            the weights of the epoch before.
    """
    settings = settings or SGD()
    if settings.patience is not None and validation is None:
        raise ChainruleError(
            f"patience {settings.patience} needs a validation part to watch; "
            "hold one back with --validation 0.1 (in Python, validation=(X, y))"
        )
    from threadpoolctl import threadpool_limits

    parts = {"validation": validation, "test": test}
    X, y = _checked_samples("training", X, y, model)
    for part, samples in parts.items():
        if samples is not None:
            _checked_samples(part, *samples, model)

    # One thread: more cost more than they give on products this small, and the last bits of a
    # sum would depend on their number.
    with (
        threadpool_limits(1, user_api="blas"),
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),
    ):
        if progress is None:
            zero = {name: np.zeros_like(p) for name, p in model.parameters.items()}
            progress = Progress(_copy(model.parameters), zero)
            _record(progress, _measure(model, X, y, parts, epoch=0, seconds=0.0), model, settings)
            if on_epoch:
                on_epoch(progress)
        _assign(model, progress.parameters)
        seconds = progress.history[-1].seconds
        for epoch in range(len(progress.history), settings.epochs + 1):
            if progress.stopped_early or (stop and stop()):
                break
            started = time.perf_counter()
            sgd_epoch(model, X, y, settings, progress.velocity, epoch=epoch, on_step=on_step)
            seconds += time.perf_counter() - started
            row = _measure(model, X, y, parts, epoch=epoch, seconds=seconds)
            _check_finite(model, row, settings, progress)
            _record(progress, row, model, settings)
            if on_epoch:
                on_epoch(progress)
    if progress.best_parameters is not None:
        _assign(model, progress.best_parameters)
    return progress.history


def _checked_samples(part: str, X: ArrayLike, y: ArrayLike, model: Trainable) -> Samples:
    """Samples `(N, D)` and labels `(N,)`, or an error that names the part and what is wrong."""
    X = np.asarray(X)
    X, labels = X if X.dtype.kind in "iub" else as_floats(X), integer_labels(model.output_size, y)
    if X.ndim != 2 or labels.shape != (len(X),) or len(X) == 0:
        raise ChainruleError(
            f"{part} takes samples (N, D) with labels (N,); got shapes {X.shape} and "
            f"{labels.shape}"
        )
    if X.dtype.kind == "f" and not np.isfinite(X).all():
        sample, feature = np.argwhere(~np.isfinite(X))[0]
        raise ChainruleError(
            f"the {part} part holds {X[sample, feature]} at sample {sample}, feature {feature}; "
            "every feature must be a finite number"
        )
    return X, labels


def sample_order(settings: SGD, epoch: int, n_samples: int) -> NDArray[np.int64]:
    """Order of the samples in an epoch, `(N,)`: a function of seed and epoch alone.

    That is what lets a resumed run take the same order as an uninterrupted one.
    """
    if not settings.shuffle:
        return np.arange(n_samples)
    return np.random.default_rng([settings.seed, epoch]).permutation(n_samples)


def sgd_epoch(
    model: Trainable,
    X: NDArray[Any],
    y: NDArray[np.int64],
    settings: SGD,
    velocity: Parameters,
    *,
    epoch: int,
    on_step: Callable[[int, int, float], None] | None = None,
) -> None:
    """One pass over the samples, changing parameters and velocity in place.

    Shapes: `X` `(N, D)`, `y` `(N,)`; the velocity's arrays are shaped like the parameters.
    """
    order = sample_order(settings, epoch, len(X))
    targets = np.eye(model.output_size)
    parameters = model.parameters
    size = settings.batch_size
    n_steps = -(-len(X) // size)
    every = 100 * -(-n_steps // 2000)
    for step in range(1, n_steps + 1):
        batch = order[(step - 1) * size : step * size]
        grads = model.gradients(X[batch], targets[y[batch]])
        for name, parameter in parameters.items():
            gradient: Array = grads[name] / len(batch)
            if settings.weight_decay and name.startswith("W"):
                gradient += settings.weight_decay * parameter
            if settings.momentum:
                velocity[name] *= settings.momentum
                velocity[name] += gradient
                gradient = velocity[name]
            np.subtract(parameter, settings.learning_rate * gradient, out=parameter)
        if on_step and step % every == 0:
            seen = min(step * size, len(X))
            recent = order[max(0, seen - RECENT) : seen]
            on_step(epoch, step, score(model, X[recent], y[recent]).loss_sum)


def _measure(
    model: Trainable,
    X: NDArray[Any],
    y: NDArray[np.int64],
    parts: dict[str, Samples | None],
    *,
    epoch: int,
    seconds: float,
) -> Epoch:
    train = score(model, X, y)
    others = {}
    for part, samples in parts.items():
        if samples is not None:
            scores = score(model, *samples)
            others[f"{part}_loss_mean"] = scores.loss_mean
            others[f"{part}_accuracy"] = scores.accuracy
    return Epoch(
        epoch=epoch,
        train_loss_sum=train.loss_sum,
        train_loss_mean=train.loss_mean,
        train_accuracy=train.accuracy,
        grad_norm=mean_gradient_norm(model, X, y),
        seconds=seconds,
        **others,
    )


def mean_gradient_norm(model: Trainable, X: NDArray[Any], y: NDArray[np.int64]) -> float:
    """Euclidean norm, over all parameters together, of the gradient of the mean loss.

    Shapes: `X` `(N, D)`, `y` `(N,)`.
    """
    targets = np.eye(model.output_size)
    total: Parameters = {name: np.zeros_like(p) for name, p in model.parameters.items()}
    for start in range(0, len(X), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        for name, gradient in model.gradients(X[rows], targets[y[rows]]).items():
            total[name] += gradient
    return math.sqrt(sum(float(np.vdot(g, g)) for g in total.values())) / len(X)


def _check_finite(model: Trainable, row: Epoch, settings: SGD, progress: Progress) -> None:
    finite = math.isfinite(row.train_loss_sum) and all(
        np.isfinite(p).all() for p in model.parameters.values()
    )
    if finite:
        return
    _assign(model, progress.parameters)
    advice = [f"a learning rate well below {settings.learning_rate:g}"]
    if settings.momentum:
        advice.append(f"a momentum below {settings.momentum:g}")
    if settings.weight_decay:
        advice.append(f"a weight decay below {settings.weight_decay:g}")
    raise DivergenceError(
        f"{model!r} diverged in epoch {row.epoch}: its training loss is {row.train_loss_sum} or a "
        f"weight is no longer a finite number; try {' or '.join(advice)}, and scaled features",
        row.epoch,
    )


def _record(progress: Progress, row: Epoch, model: Trainable, settings: SGD) -> None:
    """Add the row and the weights that belong to it; watch the validation loss."""
    progress.history.append(row)
    progress.parameters = _copy(model.parameters)
    if settings.patience is None or row.validation_loss_mean is None:
        return
    best = progress.history[progress.best_epoch].validation_loss_mean
    if progress.best_parameters is None or row.validation_loss_mean < best:
        progress.best_parameters, progress.best_epoch = _copy(model.parameters), row.epoch
    progress.stopped_early = row.epoch - progress.best_epoch >= settings.patience


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and math.isfinite(value)


def _copy(parameters: Parameters) -> Parameters:
    return {name: p.copy() for name, p in parameters.items()}


def _assign(model: Trainable, parameters: Parameters) -> None:
    for name, parameter in model.parameters.items():
        parameter[...] = parameters[name]
