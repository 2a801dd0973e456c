"""What both estimators share: from samples and labels to a training, and on from there."""

from abc import abstractmethod
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

from chainrule.data.arrays import Array
from chainrule.data.splits import stratified_split
from chainrule.errors import ChainruleError, quoted
from chainrule.estimators._parameters import check_parameters
from chainrule.estimators._watch import Watch
from chainrule.nn.classifier import Parameters
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs.config import default_learning_rate
from chainrule.training.augmentation import Augmentation
from chainrule.training.fit import fit
from chainrule.training.history import History
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD

PRECISIONS = (np.float64, np.float32)  # others become the first
LARGEST_SEED = np.iinfo(np.int32).max
OFF = 1e-3  # by rounding in single precision


class BaseClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # they have no types
    """A model of chainrule behind scikit-learn's interface; see `NeuralNetClassifier`.

    In shapes, `N` is the number of samples, `D` that of features, `K` that of classes. `X` may be
    an array or a data frame of numbers; sparse matrices are refused.
    """

    classes_: NDArray[Any]
    n_features_in_: int
    model_: LogisticRegression | NeuralNet
    history_: History
    _velocity: Parameters  # momentum's, to go on with
    _seed: int  # a training that goes on keeps the seed that it began with

    def __init__(
        self,
        *,
        alpha: float = 0.0,
        batch_size: int = 1,
        learning_rate_init: float | None = None,
        max_iter: int = 15,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        init: str = "glorot",
        schedule: str = "constant",
        label_smoothing: float = 0.0,
        averaging: float = 0.0,
        augment: Augmentation | None = None,
        image_shape: tuple[int, int] | None = None,
        engine: str = "auto",
    ) -> None:
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.init = init
        self.schedule = schedule
        self.label_smoothing = label_smoothing
        self.averaging = averaging
        self.augment = augment
        self.image_shape = image_shape
        self.engine = engine

    @abstractmethod
    def _new_model(
        self, n_features: int, n_classes: int, seed: int
    ) -> LogisticRegression | NeuralNet:
        """The untrained model that the parameters describe."""

    @property
    @abstractmethod
    def _kind(self) -> str:
        """Of the model, by which its default learning rate is known."""

    @property
    def _dropout(self) -> float:
        """Share of the hidden units that a step leaves out; 0 of a model that has none."""
        return 0.0

    def fit(self, X: ArrayLike, y: ArrayLike, **unknown: object) -> Self:
        """Train for up to `max_iter` epochs.

        Args:
            X: samples `(N, D)`.
            y: labels `(N,)`, words or numbers.
            **unknown: whatever else is given, such as sample_weight, which is refused.

        Raises:
            ValueError: if a parameter, the samples or the labels cannot be right (most of it a
                `ChainruleError`), or training diverges (a `DivergenceError`).
            TypeError: if the samples are a sparse matrix, or an argument is unknown.
        """
        _refuse("fit", unknown)
        check_parameters(self.get_params(deep=False))
        samples, given = self._checked(X, y)
        classes, labels = np.unique(given, return_inverse=True)
        _refuse_one_class(classes)
        if self.early_stopping and self.averaging:
            raise ChainruleError(
                "averaging takes the last of max_iter epochs, and with early_stopping nobody "
                f"knows which they are; got averaging={self.averaging!r}; take averaging=0.0 or "
                "early_stopping=False"
            )
        goes_on = self.warm_start and hasattr(self, "model_")
        if goes_on:
            self._refuse_laid_out("warm_start goes on from call to call", "warm_start=False")
        if goes_on and not np.array_equal(classes, self.classes_):
            raise ChainruleError(
                f"warm_start goes on with a model of the classes {_listed(self.classes_)}; got "
                f"{_listed(classes)}. Take warm_start=False to begin anew, or partial_fit for "
                "samples that have only some of the classes"
            )
        return self._train(samples, labels, classes, self.max_iter, self.early_stopping, goes_on)

    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None, **unknown: object
    ) -> Self:
        """Go on training for one epoch, on these samples.

        Args:
            X: samples `(N, D)`.
            y: labels `(N,)`.
            classes: `(K,)`, all labels that will ever come; needed in the first call alone.
            **unknown: whatever else is given, such as sample_weight, which is refused.

        Raises:
            ValueError: as `fit` does; also if the classes are not known, or with early stopping, a
                schedule or averaging, for which a single epoch is too short.
            TypeError: as `fit` does.
        """
        _refuse("partial_fit", unknown)
        check_parameters(self.get_params(deep=False))
        if self.early_stopping:
            raise ChainruleError(
                "partial_fit trains for one epoch and has nothing to stop; take "
                "early_stopping=False, or fit"
            )
        self._refuse_laid_out("partial_fit trains for one epoch", "fit")
        goes_on = hasattr(self, "model_")
        known = _known_classes(self.classes_ if goes_on else None, classes)
        samples, given = self._checked(X, y, reset=not goes_on)
        is_known = np.isin(given, known)
        if not is_known.all():
            raise ChainruleError(
                f"y has the label {_listed(given[~is_known][:1])}, which is none of the classes "
                f"{_listed(known)}"
            )
        return self._train(samples, np.searchsorted(known, given), known, 1, False, goes_on)

    def _refuse_laid_out(self, why: str, instead: str) -> None:
        """Refuse what is laid out over the epochs of one call, where there are to be more."""
        for name, usual in (("schedule", "constant"), ("averaging", 0.0)):
            value = getattr(self, name)
            if value != usual:
                raise ChainruleError(
                    f"{why}, and {name}={value!r} is laid out over the max_iter epochs of one; "
                    f"take {name}={usual!r}, or {instead}"
                )

    def _checked(
        self, X: ArrayLike, y: ArrayLike, reset: bool = True
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Samples `(N, D)` and labels `(N,)`, still as they are called; `reset` keeps their D."""
        samples, labels = validate_data(self, X, y, dtype=PRECISIONS, reset=reset)
        check_classification_targets(labels)
        return samples, labels

    def _train(
        self,
        X: NDArray[Any],
        y: NDArray[np.int64],
        classes: NDArray[Any],
        epochs: int,
        early_stopping: bool,
        goes_on: bool,
    ) -> Self:
        """Train on samples `(N, D)` with labels 0 … K−1, `(N,)`, and then change what is kept."""
        if self.augment:
            _refuse_scaled_apart(X)
        seed = self._seed if goes_on else _seed(self.random_state)
        model = self._new_model(X.shape[1], len(classes), seed)
        progress = None
        if goes_on:
            progress = self._progress(model)
            model = self.model_
            epochs += self.n_iter_
        validation = None
        if early_stopping:
            _refuse_single(y, classes)
            kept, aside = stratified_split(y, self.validation_fraction, seed)
            validation = X[aside], y[aside]
            X, y = X[kept], y[kept]
        settings = self._settings(len(X), epochs, early_stopping, seed)
        watch = Watch(
            "validation_loss_mean" if early_stopping else "train_loss_mean",
            self.tol,
            self.n_iter_no_change,
            self.verbose,
            first=len(progress.history) if progress else 0,
        )
        history = fit(
            model,
            X,
            y,
            settings,
            engine=self.engine,
            validation=validation,
            augment=self.augment or None,
            image_shape=self._whole_image_shape,
            progress=progress,
            on_epoch=watch.on_epoch,
            # What is laid out over all epochs is not cut short by a loss that rests for a while.
            stop=watch.stop if early_stopping or not settings.depends_on_epochs else None,
        )
        assert watch.progress is not None  # there was an epoch at least
        self.classes_, self.model_, self.history_, self._seed = classes, model, history, seed
        self._velocity = watch.progress.velocity
        # It belongs to the last epoch, and the parameters to the best, or to several.
        if early_stopping or settings.averaging:
            self._velocity = {name: np.zeros_like(v) for name, v in self._velocity.items()}
        return self

    def _progress(self, described: LogisticRegression | NeuralNet) -> Progress:
        """Where an earlier call stopped, if its model is as the parameters now describe one."""
        if described.description() != self.model_.description():
            raise ChainruleError(
                f"{self.model_!r} was trained before, and the parameters now describe "
                f"{described!r}; take warm_start=False and fit to begin anew"
            )
        return Progress(
            copied(self.model_.parameters),
            self._velocity,
            best_epoch=self.n_iter_,  # early stopping begins anew
            history=self.history_,
        )

    @property
    def _whole_image_shape(self) -> tuple[int, int] | None:
        if self.image_shape is None:
            return None
        height, width = self.image_shape
        return int(height), int(width)

    def _settings(self, n_samples: int, epochs: int, early_stopping: bool, seed: int) -> SGD:
        size = int(min(self.batch_size, n_samples))
        rate = self.learning_rate_init
        return SGD(
            epochs=int(epochs),
            learning_rate=float(
                default_learning_rate(self._kind, size, self.momentum) if rate is None else rate
            ),
            batch_size=size,
            momentum=float(self.momentum),
            weight_decay=float(self.alpha) / size,
            shuffle=bool(self.shuffle),
            patience=int(self.n_iter_no_change) if early_stopping else None,
            seed=seed,
            schedule=self.schedule,
            label_smoothing=float(self.label_smoothing),
            dropout=float(self._dropout),
            averaging=float(self.averaging),
        )

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities of the classes, in the order of `classes_`: `(N, D)` to `(N, K)`.

        Raises:
            NotFittedError: before `fit`.
            ValueError: if the samples do not have D features, or one is not a finite number.
        """
        X = self._samples(X)
        return self.model_.forward(X)

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Their logarithms in nats, exact also where a probability vanishes; else the same."""
        X = self._samples(X)
        return self.model_.log_probabilities(X)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable label of each sample: `(N, D)` to `(N,)`.

        Raises:
            NotFittedError: before `fit`.
            ValueError: as `predict_proba` does.
        """
        X = self._samples(X)
        labels: NDArray[Any] = self.classes_[self.model_.predict(X)]
        return labels

    def _samples(self, X: ArrayLike) -> Array:
        check_is_fitted(self, "model_")  # a fit that failed leaves n_features_in_
        samples: Array = validate_data(self, X, dtype=PRECISIONS, reset=False)
        return samples

    @property
    def loss_curve_(self) -> list[float]:
        """Mean loss on the training samples in nats, by the parameters after each epoch."""
        return self.history_.column("train_loss_mean")[1:]

    @property
    def n_iter_(self) -> int:
        """The number of epochs, with those of earlier calls that the last one went on from."""
        return len(self.history_) - 1


def _seed(random_state: Any) -> int:
    """A whole number is the seed itself; anything else that scikit-learn takes draws one."""
    drawn = check_random_state(random_state).randint(LARGEST_SEED)
    return int(random_state if isinstance(random_state, Integral) else drawn)


def _refuse(method: str, unknown: dict[str, object]) -> None:
    """`sample_weight=None` is as if it were not given."""
    for name, value in unknown.items():
        if name != "sample_weight":
            raise TypeError(f"{method} got an unexpected keyword argument {name!r}")
        if value is not None:
            raise ChainruleError(
                "sample_weight is not supported, since a step of training takes every sample as "
                "much; give a sample as often as it is to count, for example with numpy.repeat"
            )


def _known_classes(known: NDArray[Any] | None, given: ArrayLike | None) -> NDArray[Any]:
    """The classes of an earlier call, `(K,)`, or those that are given to the first."""
    if given is None:
        if known is None:
            raise ChainruleError(
                "the first call of partial_fit needs classes=, all labels that will ever come, "
                "such as classes=numpy.unique(y)"
            )
        return known
    classes = np.unique(np.asarray(given))
    if known is not None and not np.array_equal(classes, known):
        raise ChainruleError(
            f"the classes of partial_fit are {_listed(known)} since the first call; got "
            f"{_listed(classes)}"
        )
    _refuse_one_class(classes)
    return classes


def _refuse_one_class(classes: NDArray[Any]) -> None:
    if len(classes) < 2:
        raise ChainruleError(
            f"every label is {_listed(classes)}; with one class there is nothing to tell apart; "
            "add samples of another class"
        )


def _refuse_single(y: NDArray[np.int64], classes: NDArray[Any]) -> None:
    counts = np.bincount(y)
    if counts.min() == 1:
        raise ChainruleError(
            "early_stopping holds back samples of each class, and needs two of each at least; "
            f"of {_listed(classes[counts < 2])} there is one. Add samples, leave the class out, "
            "or take early_stopping=False"
        )


def _refuse_scaled_apart(X: NDArray[Any]) -> None:
    """Refuse pixels `(N, D)` that were standardised each for itself, before they are deformed."""
    means, deviations = X.mean(axis=0), X.std(axis=0)
    is_alike = np.isclose(deviations, 1, atol=OFF) | np.isclose(deviations, 0, atol=OFF)
    if is_alike.all() and np.allclose(means, 0, atol=OFF) and deviations.any():
        raise ChainruleError(
            "augment moves ink from pixel to pixel, and needs one scale for all of them; these "
            "have mean 0 and deviation 1 each, as StandardScaler makes them; divide them all by "
            "the same number instead, such as 16 or 255"
        )


def _listed(classes: NDArray[Any]) -> str:
    """Up to eight of them."""
    names = ", ".join(quoted(label) for label in classes[:8].tolist())
    return names + (", …" if len(classes) > 8 else "")
