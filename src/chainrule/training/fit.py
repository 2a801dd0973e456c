"""Training in one call: a model, its samples, and as much else as is wanted."""

import dataclasses
from collections.abc import Callable

from numpy.typing import ArrayLike

from chainrule.training.augmentation import Augmentation
from chainrule.training.engines import (
    Trainable,
    warn_if_slow,
)
from chainrule.training.epochs import OnStep, Training
from chainrule.training.history import History
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD, settings_of


def fit(
    model: Trainable,
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
    progress: Progress | None = None,
    on_epoch: Callable[[Progress], None] | None = None,
    on_step: OnStep | None = None,
    stop: Callable[[], bool] | None = None,
) -> History:
    """Train a model in place by stochastic gradient descent.

    The precision of the steps and of the history is that of the samples: single for float32 and
    for whole numbers of up to 16 bits, else double.

    Args:
        model: a `LogisticRegression`, a `NeuralNet`, or anything `Trainable`.
        X: training samples, `(N, D)`; an array, or `Rows` that stay as they are stored.
        y: their labels, whole numbers `(N,)`, or one-hot targets `(N, K)`.
        settings: how to train; the defaults of `SGD` if None.
        engine: what takes the steps: "compiled", "numpy", or "auto", the compiled one where it
            can be used.
        threads: how many may share the work of a batch; None is what is fastest for the job. The
            compiled engine gives the same bits with every number, NumPy's may differ in the last.
        validation: samples `(V, D)` and labels `(V,)` for early stopping, or one-hot as y.
        test: samples `(M, D)` and labels `(M,)` whose scores the history is to show; nothing is
            chosen by them.
        augment: how far training images are deformed at random, anew in each epoch, for its steps
            alone: what the history says of the training part is of the images as they are. Floats
            must have one scale for all pixels, as after `Dataset.scaled("unit")`.
        image_shape: (height, width) of the D pixels, where they are deformed.
        progress: where an earlier run stopped; training goes on from there.
        on_epoch: called after each epoch, and first for the untrained model.
        on_step: called within an epoch with the epoch, the number of steps taken in it, and a
            function that computes the loss summed over the last 100 samples, every 100 steps
            (every 200, 300, … where an epoch has more than 2,000).
        stop: asked before each epoch; training ends when it says True.

    Returns:
        The history; its first row is the untrained model.

    Raises:
        ChainruleError: if the shapes do not fit, a feature is not finite, a label is not a class,
            there is patience but no validation part, the shape of images that are to be deformed
            is not that of D pixels, or the engine cannot train this model.
        DivergenceError: if a loss or a parameter is no longer a finite number; the model then has
            the weights of the epoch before.

    >>> from chainrule import LogisticRegression, load_digits
    >>> digits = load_digits().scaled()
    >>> model = LogisticRegression(64, 10, seed=0)
    >>> history = fit(model, *digits.part("train"), SGD(epochs=3), test=digits.part("test"))
    >>> history.accuracies_test[0] < 0.2, history.accuracies_test[-1] > 0.9
    (True, True)
    """
    training = Training(
        model,
        X,
        y,
        settings,
        engine=engine,
        threads=threads,
        validation=validation,
        test=test,
        augment=augment,
        image_shape=image_shape,
    )
    warn_if_slow(engine, training.engine, model, training.settings.batch_size)
    return training.run(progress=progress, on_epoch=on_epoch, on_step=on_step, stop=stop)


def train_epochs(
    model: Trainable,
    X: ArrayLike,
    y: ArrayLike,
    settings: SGD | None = None,
    *,
    engine: str = "auto",
    threads: int | None = None,
    augment: Augmentation | None = None,
    image_shape: tuple[int, int] | None = None,
) -> None:
    """Train a model in place for all epochs at once, and look at nothing in between.

    What `fit` does without history, validation or early stopping: for sweeps over many models.
    With the compiled engine other threads go on meanwhile, so that a thread for each model in a
    `ThreadPoolExecutor` keeps all cores busy.

    Args:
        model: what to train.
        X: training samples, `(N, D)`.
        y: their labels, whole numbers `(N,)`, or one-hot targets `(N, K)`.
        settings: how to train; patience is not looked at.
        engine: as in `fit`.
        threads: as in `fit`.
        augment: as in `fit`.
        image_shape: as in `fit`.

    Raises:
        ChainruleError: as `fit` does.
        DivergenceError: if a parameter is no longer a finite number at the end; the model then
            has the weights that it began with.

    >>> from chainrule import LogisticRegression, load_digits
    >>> X, y = load_digits().scaled().part("train")
    >>> for rate in (0.001, 0.01):
    ...     model = LogisticRegression(64, 10, seed=0)
    ...     train_epochs(model, X, y, SGD(epochs=2, learning_rate=rate))
    ...     print(rate, model.accuracy(X, y) > 0.9)
    0.001 True
    0.01 True
    """
    settings = dataclasses.replace(settings_of(settings), patience=None)
    training = Training(
        model,
        X,
        y,
        settings,
        engine=engine,
        threads=threads,
        augment=augment,
        image_shape=image_shape,
    )
    warn_if_slow(engine, training.engine, model, settings.batch_size)
    training.run_unwatched()
