"""Training by stochastic gradient descent: epoch after epoch, looking at the model after each."""

import functools
import math
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError, DivergenceError, Setting, quoted
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import score
from chainrule.training._look import Look, checked, refuse_not_finite
from chainrule.training.augmentation import Augmentation, AugmentedSamples
from chainrule.training.engines import (
    Engine,
    Trainable,
    choose_engine,
    is_layered,
    measure_of,
    refuse_more_threads,
)
from chainrule.training.history import Epoch, History
from chainrule.training.numerics import numerics
from chainrule.training.progress import Progress, averaged_with, copied
from chainrule.training.sgd import SGD, sample_order, settings_of

STEPS_AT_ONCE = 1 << 20  # bounds the memory that the orders of several epochs take
RECENT = 100  # samples over which the lab's line within an epoch sums the loss

OnStep = Callable[[int, int, Callable[[], float]], None]  # epoch, steps taken, recent loss
Model = TypeVar("Model", bound=Trainable)


class Training(Generic[Model]):
    """A model, its samples and its settings: checked here, once, so that `run` only trains.

    Attributes:
        model: what is trained, in place.
        settings: how.
        engine: what takes the steps; its `name` is what "auto" has become.

    >>> from chainrule import SGD, NeuralNet, load_digits
    >>> digits = load_digits().scaled()
    >>> net = NeuralNet(64, 8, 10, init="glorot", seed=0)
    >>> training = Training(net, *digits.part("train"), SGD(epochs=2, batch_size=16))
    >>> training.engine.threads  # so little work is soonest done by one
    1
    >>> len(training.run())  # the untrained model, and two epochs
    3
    """

    def __init__(
        self,
        model: Model,
        X: ArrayLike,
        y: ArrayLike,
        settings: SGD | None = None,
        *,
        engine: str = "auto",
        threads: int | None = None,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        test: tuple[ArrayLike, ArrayLike] | None = None,
        augment: Augmentation | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> None:
        """Check everything that was given, and make the engine; nothing is trained yet.

        Args:
            model: what to train.
            X: training samples, `(N, D)`.
            y: their labels, whole numbers `(N,)`, or one-hot targets `(N, K)`.
            settings: as in `fit`, and so are all that follow.
            engine: what takes the steps.
            threads: for batches.
            validation: samples `(V, D)` and labels `(V,)`, or one-hot as y.
            test: samples `(M, D)` and labels `(M,)`.
            augment: how far images are deformed.
            image_shape: (height, width) of each.

        Raises:
            ChainruleError: as `fit` does.
        """
        _refuse_other_kinds(model, {"validation": validation, "test": test})
        self.model, self.settings = model, settings_of(settings)
        refuse_more_threads(threads)
        if self.settings.patience is not None and validation is None:
            raise ChainruleError(
                Setting("patience", self.settings.patience),
                " needs a validation part to watch, for example ",
                Setting("validation"),
            )
        if self.settings.dropout and not is_layered(model):
            raise ChainruleError(
                "dropout is known of LogisticRegression and NeuralNet themselves, not of "
                f"{type(model).__name__}; leave out ",
                Setting("dropout", self.settings.dropout),
            )
        self._X, self._y = checked("training", X, y, model)
        others = {
            part: checked(part, *samples, model)
            for part, samples in {"validation": validation, "test": test}.items()
            if samples is not None
        }
        for part, (samples, _) in others.items():
            refuse_not_finite(part, samples)
        self._velocity = {name: np.zeros_like(p) for name, p in model.parameters.items()}
        self._augmented = (
            AugmentedSamples(self._X, image_shape, augment, self.settings.seed)
            if augment
            else None
        )
        samples = self._augmented.samples if self._augmented else self._X
        engine_class = choose_engine(engine, model, self.settings.batch_size)
        self.engine: Engine = engine_class(
            model, samples, self._y, self.settings, self._velocity, threads
        )
        self._look = Look(measure_of(model, self.engine), (self._X, self._y), others)

    def run(
        self,
        *,
        progress: Progress | None = None,
        on_epoch: Callable[[Progress], None] | None = None,
        on_step: OnStep | None = None,
        watched: Callable[[int], bool] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> History:
        """Train, and look at the model after each epoch.

        Args:
            progress: as in `fit`, and so are all the others.
            on_epoch: called after each epoch.
            on_step: called within an epoch.
            watched: asked before each epoch whether to call `on_step` in it, which takes longer
                than the steps of a small model; None is every epoch.
            stop: asked before each epoch.

        Raises:
            ChainruleError: if a feature that is trained on is not finite.
            DivergenceError: as `fit` does.
        """
        model, settings = self.model, self.settings
        # Looks at the model may be NumPy's: the last bits of its losses depend on BLAS's threads.
        with numerics(self.engine.threads if self.engine.name == "numpy" else 1):
            if progress is None:
                self._come_to_rest()
                progress = Progress({}, {})
                self._record(progress, self._look.at_first())
                if on_epoch:
                    on_epoch(progress)
            _assign(model.parameters, progress.parameters)
            _assign(self._velocity, progress.velocity)
            seconds = progress.history[-1].seconds
            for epoch in range(len(progress.history), settings.epochs + 1):
                if progress.stopped_early or (stop and stop()):
                    break
                started = time.perf_counter()
                self._renew(epoch)
                order = sample_order(settings, epoch, len(self._y))
                if on_step is None or not (watched is None or watched(epoch)):
                    self.engine.run(order, epoch)
                else:
                    for taken, recent in self._in_pieces(order, epoch):
                        on_step(epoch, taken, functools.partial(self._loss_over, recent))
                seconds += time.perf_counter() - started
                row = self._look.at_epoch(epoch, seconds)
                if not (math.isfinite(row.train_loss_sum) and _is_finite(model)):
                    _assign(model.parameters, progress.parameters)
                    raise self._divergence(f"in epoch {epoch}", epoch)
                self._record(progress, row)
                if on_epoch:
                    on_epoch(progress)
        if progress.best_parameters is not None:
            _assign(model.parameters, progress.best_parameters)
        if progress.averaged is not None:
            _assign(model.parameters, progress.averaged)
            with numerics(1):
                progress.averaged_row = self._look.at_epoch(progress.history[-1].epoch, seconds)
        return progress.history

    def run_unwatched(self, stop: Callable[[], bool] | None = None) -> None:
        """Train for all epochs at once, and look at nothing in between: see `train_epochs`.

        Args:
            stop: asked before each epoch; training ends when it says True.

        Raises:
            ChainruleError: if a feature that is trained on is not finite.
            DivergenceError: as `train_epochs` does.
        """
        settings, n_samples = self.settings, len(self._y)
        begin = copied(self.model.parameters)
        self._come_to_rest()
        # Single samples may be taken over the end of an epoch: fewer, longer runs.
        is_one_run = (
            settings.batch_size == 1
            and stop is None
            and settings.is_alike_in_all_epochs
            and not settings.averaging
            and self._augmented is None
        )
        averaged: Parameters | None = None
        n_averaged = 0
        at_once = max(1, STEPS_AT_ONCE // n_samples) if is_one_run else 1
        with numerics(self.engine.threads if self.engine.name == "numpy" else None):
            for first in range(1, settings.epochs + 1, at_once):
                if stop and stop():
                    break
                self._renew(first)
                epochs = range(first, min(first + at_once, settings.epochs + 1))
                orders = np.empty((len(epochs), n_samples), np.int64)
                for order, epoch in zip(orders, epochs, strict=True):
                    order[:] = sample_order(settings, epoch, n_samples)
                self.engine.run(orders.ravel(), first)
                if settings.averages(first):
                    averaged = averaged_with(averaged, n_averaged, self.model.parameters)
                    n_averaged += 1
        if averaged is not None and _is_finite(self.model):
            _assign(self.model.parameters, averaged)
        if not _is_finite(self.model):
            _assign(self.model.parameters, begin)
            raise self._divergence(f"within {settings.epochs} epochs", settings.epochs)

    def _come_to_rest(self) -> None:
        """Forget the momentum of an earlier run."""
        for velocity in self._velocity.values():
            velocity[...] = 0

    def _renew(self, epoch: int) -> None:
        """Deform the training images for this epoch, if they are to be deformed."""
        if self._augmented:
            self._augmented.renew(epoch, self.engine.threads)

    def _record(self, progress: Progress, row: Epoch) -> None:
        settings = self.settings
        progress.record(
            row,
            self.model.parameters,
            self._velocity,
            settings.patience,
            settings.averages(row.epoch),
        )

    def _in_pieces(
        self, order: NDArray[np.int64], epoch: int
    ) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Take the steps of an epoch, stopping every 100 steps, or every 200, 300, … of many.

        Yields:
            The number of steps taken, and the last samples trained on, `(100,)` or fewer.
        """
        batch_size = self.settings.batch_size
        n_steps = -(-len(order) // batch_size)
        every = 100 * -(-n_steps // 2000)
        for first in range(0, n_steps, every):
            end = min((first + every) * batch_size, len(order))
            self.engine.run(order[first * batch_size : end], epoch, first * batch_size)
            if first + every <= n_steps:
                yield first + every, order[max(0, end - RECENT) : end]

    def _loss_over(self, samples: NDArray[np.int64]) -> float:
        """Loss in nats summed over these samples, `(n,)`, of the model as it stands."""
        return score(self.model, self._X[samples], self._y[samples]).loss_sum

    def _divergence(self, when: str, epoch: int) -> DivergenceError:
        """What to raise; but if it is the samples that are not finite, that is raised instead.

        They are looked at here and not before training: it is a pass over all of them, and rare.
        """
        refuse_not_finite("training", self._X)
        settings = self.settings
        advice = [f"a learning rate well below {settings.learning_rate:g}"]
        if settings.momentum:
            advice.append(f"a momentum below {settings.momentum:g}")
        if settings.weight_decay:
            advice.append(f"a weight decay below {settings.weight_decay:g}")
        return DivergenceError(
            f"{self.model!r} diverged {when}: its training loss or a weight is no longer a finite "
            f"number; try {' or '.join(advice)}, and scaled features",
            epoch,
        )


def _refuse_other_kinds(model: object, parts: dict[str, object]) -> None:
    """Say what is wanted of a model, and in place of a share that is easily given for a part."""
    for name in ("parameters", "gradients", "log_probabilities"):
        if not hasattr(model, name):
            raise ChainruleError(
                f"{type(model).__name__} has no {name}; a model is trained by its parameters, its "
                "gradients and its log_probabilities, as LogisticRegression has them"
            )
    for part, samples in parts.items():
        if samples is not None and not (isinstance(samples, tuple | list) and len(samples) == 2):
            raise ChainruleError(
                f"{part} takes samples and their labels, {part}=(X, y); got {quoted(samples)}. "
                "Dataset.hold_back(0.1) holds back a share of the training part"
            )


def _is_finite(model: Trainable) -> bool:
    return all(np.isfinite(p).all() for p in model.parameters.values())


def _assign(targets: Parameters, sources: Parameters) -> None:
    """Copy arrays of the same names into those that are there."""
    for name, target in targets.items():
        target[...] = sources[name]
