"""Training by stochastic gradient descent: epoch after epoch, looking at the model after each."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError, DivergenceError
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import ROWS_AT_A_TIME, Features, score
from chainrule.nn.functions import as_floats, integer_labels
from chainrule.training.engines import (
    Engine,
    Measure,
    StoredRows,
    Trainable,
    check_threads,
    new_engine,
)
from chainrule.training.history import Epoch, History
from chainrule.training.sgd import SGD, sample_order

Given = ArrayLike | Features  # what may be given as samples `(N, D)`
Samples = tuple[Features, NDArray[np.int64]]
STEPS_AT_ONCE = 1 << 20  # bounds the memory that the orders of several epochs take
RECENT = 100  # samples over which the lab's line within an epoch sums the loss


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
    X: Given,
    y: ArrayLike,
    settings: SGD | None = None,
    *,
    engine: str = "auto",
    threads: int = 1,
    validation: tuple[Given, ArrayLike] | None = None,
    test: tuple[Given, ArrayLike] | None = None,
    progress: Progress | None = None,
    on_epoch: Callable[[Progress], None] | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> History:
    """Train a model in place by stochastic gradient descent.

    The precision of the steps and of the history is that of the samples: single for float32 and
    for whole numbers of up to 16 bits, else double.

    Args:
        model: a `LogisticRegression`, a `NeuralNet`, or anything `Trainable`.
        X: training samples, `(N, D)`; an array, or `Rows` that stay as they are stored.
        y: their labels, `(N,)`, whole numbers.
        settings: how to train; the defaults of `SGD` if None.
        engine: what takes the steps: "compiled", for single samples; "numpy"; or "auto", the
            compiled one where it can be used.
        threads: for the matrix products of batches. With another number the last bits differ.
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
            there is patience but no validation part, or the engine cannot train this model.
        DivergenceError: if a loss or a parameter is no longer a finite number; the model then has
            the weights of the epoch before.
    """
    settings = settings or SGD()
    check_threads(threads)
    if settings.patience is not None and validation is None:
        raise ChainruleError(
            f"patience {settings.patience} needs a validation part to watch; "
            "hold one back with --validation 0.1 (in Python, validation=(X, y))"
        )
    samples, labels = _checked_samples("training", X, y, model)
    others = {
        part: _finite_samples(part, *given, model)
        for part, given in {"validation": validation, "test": test}.items()
        if given is not None
    }
    look = _Look(Measure(model), (samples, labels), others)
    # The engine has a velocity of its own: a progress stays as it was at the end of its epoch.
    velocity = _zeros(model) if progress is None else _copy(progress.velocity)
    steps = new_engine(engine, model, samples, labels, settings, velocity)

    with _numerics(threads):
        if progress is None:
            progress = Progress(_copy(model.parameters), _copy(velocity))
            _record(progress, look.at_first(), model, velocity, settings)
            if on_epoch:
                on_epoch(progress)
        _assign(model, progress.parameters)
        seconds = progress.history[-1].seconds
        for epoch in range(len(progress.history), settings.epochs + 1):
            if progress.stopped_early or (stop and stop()):
                break
            started = time.perf_counter()
            order = sample_order(settings, epoch, len(labels))
            if on_step is None:
                steps.run(order)
            else:
                for taken, recent in _in_pieces(steps, order, settings.batch_size):
                    on_step(epoch, taken, score(model, samples[recent], labels[recent]).loss_sum)
            seconds += time.perf_counter() - started
            row = look.at_epoch(epoch, seconds)
            if not (math.isfinite(row.train_loss_sum) and _is_finite(model)):
                _assign(model, progress.parameters)
                raise _divergence(model, f"in epoch {epoch}", epoch, samples, settings)
            _record(progress, row, model, velocity, settings)
            if on_epoch:
                on_epoch(progress)
    if progress.best_parameters is not None:
        _assign(model, progress.best_parameters)
    return progress.history


def train_epochs(
    model: Trainable,
    X: Given,
    y: ArrayLike,
    settings: SGD | None = None,
    *,
    engine: str = "auto",
    threads: int = 1,
) -> None:
    """Train a model in place for all epochs at once, and look at nothing in between.

    What `fit` does without history, validation or early stopping: for sweeps over many models.
    With the compiled engine other threads go on meanwhile, so that a thread for each model in a
    `ThreadPoolExecutor` keeps all cores busy.

    Args:
        model: what to train.
        X: training samples, `(N, D)`.
        y: their labels, `(N,)`, whole numbers.
        settings: how to train; patience is not looked at.
        engine: as in `fit`.
        threads: as in `fit`.

    Raises:
        ChainruleError: as `fit` does.
        DivergenceError: if a parameter is no longer a finite number at the end; the model then
            has the weights that it began with.
    """
    settings = settings or SGD()
    check_threads(threads)
    samples, labels = _checked_samples("training", X, y, model)
    begin = _copy(model.parameters)
    steps = new_engine(engine, model, samples, labels, settings, _zeros(model))
    # Single samples may be taken over the end of an epoch: fewer, longer runs.
    at_once = max(1, STEPS_AT_ONCE // len(labels)) if settings.batch_size == 1 else 1
    with _numerics(threads if steps.name == "numpy" else None):
        for first in range(1, settings.epochs + 1, at_once):
            epochs = range(first, min(first + at_once, settings.epochs + 1))
            steps.run(np.concatenate([sample_order(settings, e, len(labels)) for e in epochs]))
    if not _is_finite(model):
        _assign(model, begin)
        when = f"within {settings.epochs} epochs"
        raise _divergence(model, when, settings.epochs, samples, settings)


@contextmanager
def _numerics(blas_threads: int | None) -> Iterator[None]:
    """Let overflow become infinity without a warning, and BLAS take so many threads.

    One by default: more cost more than they give on small products, two runs on one machine would
    fight over the cores, and the last bits of a sum depend on their number. None leaves BLAS
    alone: its number of threads is one for the whole process.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if blas_threads is None:
            yield
            return
        from threadpoolctl import threadpool_limits

        with threadpool_limits(blas_threads, user_api="blas"):
            yield


def _in_pieces(
    steps: Engine, order: NDArray[np.int64], batch_size: int
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Take the steps of an epoch, stopping every 100 steps, or every 200, 300, … of many.

    Yields:
        The number of steps taken, and the last samples seen, `(100,)` or fewer.
    """
    n_steps = -(-len(order) // batch_size)
    every = 100 * -(-n_steps // 2000)
    for first in range(0, n_steps, every):
        end = min((first + every) * batch_size, len(order))
        steps.run(order[first * batch_size : end])
        if first + every <= n_steps:
            yield first + every, order[max(0, end - RECENT) : end]


def _checked_samples(part: str, X: Given, y: ArrayLike, model: Trainable) -> Samples:
    """Samples `(N, D)` and labels `(N,)`, or an error that names the part and what is wrong."""
    labels = integer_labels(model.output_size, y)
    if isinstance(X, StoredRows):  # rows of whole numbers, which are finite
        _check_shapes(part, X.shape, labels.shape, model)
        return X, labels
    X = np.asarray(X)
    X = X if X.dtype.kind in "iub" else as_floats(X)
    _check_shapes(part, X.shape, labels.shape, model)
    return X, labels


def _finite_samples(part: str, X: Given, y: ArrayLike, model: Trainable) -> Samples:
    samples, labels = _checked_samples(part, X, y, model)
    _refuse_not_finite(part, samples)
    return samples, labels


def _refuse_not_finite(part: str, X: Features) -> None:
    """Name the first feature that is NaN or infinite, if there is one."""
    for start in range(0, len(X), ROWS_AT_A_TIME):
        finite = np.isfinite(X[start : start + ROWS_AT_A_TIME])
        if not finite.all():
            sample, feature = np.argwhere(~finite)[0] + (start, 0)
            raise ChainruleError(
                f"the {part} part holds {X[sample][feature]} at sample {sample}, feature "
                f"{feature}; every feature must be a finite number"
            )


def _check_shapes(
    part: str, X_shape: tuple[int, ...], y_shape: tuple[int, ...], model: Trainable
) -> None:
    if len(X_shape) != 2 or y_shape != X_shape[:1] or X_shape[0] == 0:
        raise ChainruleError(
            f"{part} takes samples (N, D) with labels (N,); got shapes {X_shape} and {y_shape}"
        )
    n_features = getattr(model, "input_size", X_shape[1])
    if X_shape[1] != n_features:
        raise ChainruleError(
            f"{model!r} takes samples of {n_features} features, but the {part} part is of another "
            f"shape; got {X_shape}"
        )


@dataclass(frozen=True)
class _Look:
    """Looks at the model after an epoch, on each part of the data."""

    measure: Measure
    training: Samples
    others: dict[str, Samples]

    def at_first(self) -> Epoch:
        """The untrained model; if its loss is not finite, perhaps the samples are not."""
        row = self.at_epoch(0, 0.0)
        if not math.isfinite(row.train_loss_sum):
            _refuse_not_finite("training", self.training[0])
        return row

    def at_epoch(self, epoch: int, seconds: float) -> Epoch:
        train, grad_norm = self.measure.scores_and_gradient(*self.training)
        others = {}
        for part, samples in self.others.items():
            scores = self.measure.scores(*samples)
            others[f"{part}_loss_mean"] = scores.loss_mean
            others[f"{part}_accuracy"] = scores.accuracy
        return Epoch(
            epoch=epoch,
            train_loss_sum=train.loss_sum,
            train_loss_mean=train.loss_mean,
            train_accuracy=train.accuracy,
            grad_norm=grad_norm,
            seconds=seconds,
            **others,
        )


def _is_finite(model: Trainable) -> bool:
    return all(np.isfinite(p).all() for p in model.parameters.values())


def _divergence(
    model: Trainable, when: str, epoch: int, X: Features, settings: SGD
) -> DivergenceError:
    """What to raise; but if it is the samples that are not finite, that is raised instead.

    They are looked at here and not before training: it is a pass over all of them, and rare.
    """
    _refuse_not_finite("training", X)
    advice = [f"a learning rate well below {settings.learning_rate:g}"]
    if settings.momentum:
        advice.append(f"a momentum below {settings.momentum:g}")
    if settings.weight_decay:
        advice.append(f"a weight decay below {settings.weight_decay:g}")
    return DivergenceError(
        f"{model!r} diverged {when}: its training loss or a weight is no longer a finite number; "
        f"try {' or '.join(advice)}, and scaled features",
        epoch,
    )


def _record(
    progress: Progress, row: Epoch, model: Trainable, velocity: Parameters, settings: SGD
) -> None:
    """Add the row and the state that belongs to it; watch the validation loss."""
    progress.history.append(row)
    progress.parameters, progress.velocity = _copy(model.parameters), _copy(velocity)
    if settings.patience is None or row.validation_loss_mean is None:
        return
    best = progress.history[progress.best_epoch].validation_loss_mean
    if progress.best_parameters is None or row.validation_loss_mean < best:
        progress.best_parameters, progress.best_epoch = _copy(model.parameters), row.epoch
    progress.stopped_early = row.epoch - progress.best_epoch >= settings.patience


def _zeros(model: Trainable) -> Parameters:
    return {name: np.zeros_like(p) for name, p in model.parameters.items()}


def _copy(parameters: Parameters) -> Parameters:
    return {name: p.copy() for name, p in parameters.items()}


def _assign(model: Trainable, parameters: Parameters) -> None:
    for name, parameter in model.parameters.items():
        parameter[...] = parameters[name]
