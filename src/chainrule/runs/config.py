"""What a training run is to do: every setting, its default, and what is possible."""

import math
from dataclasses import dataclass
from typing import Any

from chainrule.data.forms import FILLS
from chainrule.data.scaling import KINDS
from chainrule.data.splits import SPLITS
from chainrule.errors import ChainruleError, Setting, choose, quoted
from chainrule.faults import check_faults
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.init import INITIALISATIONS
from chainrule.training.augmentation import NONE, Augmentation
from chainrule.training.engines import ENGINES, check_threads
from chainrule.training.sgd import SGD

MODELS = ("logistic", "net")
MOST_MEMBERS = 1000
RIGHT = "right"  # the network without the mistakes, trained beside one that makes them
TITLES = {"logistic": "Softmax regression", "net": "Network", RIGHT: "Right network"}
# For one sample at a time, of softmax regression and of the network by its activation; chosen,
# like the rule for batches, by cross-validation on the training digits: bench/choose_defaults.py.
DEFAULT_LEARNING_RATES = {"logistic": 0.01} | {
    f.name: f.learning_rate for f in ACTIVATIONS.values()
}


def default_learning_rate(kind: str, batch_size: int, momentum: float) -> float:
    """The learning rate of a model for which none was chosen.

    That for single samples, times the square root of the batch size, times 1 − momentum, since
    momentum makes a step count 1 / (1 − momentum) times.

    Args:
        kind: "logistic", or the activation of the network.
        batch_size: samples in a step.
        momentum: 0 up to, not including, 1.

    >>> default_learning_rate("sigmoid", batch_size=4, momentum=0.5)
    0.1
    """
    return DEFAULT_LEARNING_RATES[kind] * math.sqrt(batch_size) * (1 - momentum)


@dataclass(frozen=True)
class RunConfig:
    """What a run is to do: every setting, with its default; the options of `chainrule train`.

    Attributes:
        data: name or path of the data set, as `chainrule.data.load` takes it.
        data_dir: folder of an IDX set, or None.
        label: label column or array, or None.
        separator: between the values of a CSV file, or None to have it guessed.
        drop: columns of a CSV file to leave out.
        test: a file that is the test part, or None to put a part of `data` aside.
        fill: "median" to have the training part's median stand in for missing values of a CSV
            file, or None to refuse them.
        split: of CSV and NPZ files that are not split: "stratified", or "published", which runs
            have that began before there was the other.
        models: which models to train: "logistic", "net" or both.
        hidden: units of each hidden layer of the network.
        activation: of the hidden layers.
        faults: mistakes that the network makes on purpose: ids of the catalogue, each with
            "@" and a layer if it is to be at that one. Only the network is trained then, and
            beside it the right one, from the same weights.
        init: how the first weights are drawn.
        epochs: passes over the training part.
        learning_rate: of all models; None takes each model's `default_learning_rate`.
        batch_size: samples in a step.
        momentum: 0 up to, not including, 1.
        weight_decay: 0 or more.
        schedule: of the learning rate, "constant", "step" or "cosine".
        label_smoothing: how much of each target is shared out among all classes, 0 to 1.
        dropout: share of the hidden units that a step leaves out, 0 to 1.
        averaging: share of the epochs, the last ones, whose weights are averaged, 0 to 1.
        members: networks to train, whose probabilities are averaged; the n-th has the seed of the
            run and n − 1. Softmax regression stays one model.
        shuffle: whether each epoch draws a new order.
        validation: share of the training part to hold back, 0 for none.
        patience: epochs without a lower validation loss before stopping; None never stops early.
        scale: "standard", "unit" or "none"; None takes "unit" for images of bytes such as
            MNIST's, where most pixels hardly ever change and dividing by a deviation near 0 would
            blow up the rest, and for images that are deformed, since ink then comes to pixels
            that had none; "standard" for all else.
        engine: what takes the steps: "compiled", "numpy", or "auto" for the faster of those that
            can; a run keeps the one that it began with.
        threads: how many may share the work of a batch; None is what is fastest for the job.
        augment: how far training images are deformed at random, anew in each epoch; not at all by
            itself.
        seed: fixes first weights, order of samples, the validation part and what is deformed.

    Raises:
        ChainruleError: naming a setting that is unknown or out of its range.

    >>> config = RunConfig(models=("net",), hidden=(64, 32), activation="tanh")
    >>> config.settings("net").learning_rate
    0.03
    >>> RunConfig(momentum=1.5)
    Traceback (most recent call last):
    chainrule.errors.ChainruleError: momentum must be at least 0 and less than 1; got 1.5
    """

    data: str = "digits"
    data_dir: str | None = None
    label: str | None = None
    separator: str | None = None
    drop: tuple[str, ...] = ()
    test: str | None = None
    fill: str | None = None
    split: str = "stratified"
    models: tuple[str, ...] = MODELS
    hidden: tuple[int, ...] = (32,)
    activation: str = "sigmoid"
    faults: tuple[str, ...] = ()
    init: str = "glorot"
    epochs: int = 15
    learning_rate: float | None = None
    batch_size: int = 1
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    label_smoothing: float = 0.0
    dropout: float = 0.0
    averaging: float = 0.0
    members: int = 1
    shuffle: bool = True
    validation: float = 0.0
    patience: int | None = None
    scale: str | None = None
    engine: str = "auto"
    threads: int | None = None
    augment: Augmentation = NONE
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.models or not set(self.models) <= set(MODELS):
            raise ChainruleError(f"models must be some of {', '.join(MODELS)}; got {self.models}")
        choose("activation", self.activation, ACTIVATIONS)
        choose("init", self.init, INITIALISATIONS)
        if self.scale is not None:
            choose("scale", self.scale, dict.fromkeys(KINDS))
        choose("engine", self.engine, dict.fromkeys(ENGINES))
        choose("split", self.split, dict.fromkeys(SPLITS))
        if self.fill is not None:
            choose("fill", self.fill, dict.fromkeys(FILLS))
        if self.faults:
            self._check_faults()
        self._check_augment()
        check_threads(self.threads)
        self._check_members()
        if self.dropout and "net" not in self.models:
            raise ChainruleError(
                "softmax regression has no hidden units to leave out; leave out ",
                Setting("dropout", self.dropout),
                ", or train the network, with ",
                Setting("models", ("net",)),
            )
        for name, kinds in (
            ("data", str),
            ("data_dir", str | None),
            ("label", str | None),
            ("separator", str | None),
            ("drop", tuple),
            ("test", str | None),
            ("shuffle", bool),
            ("validation", int | float),
        ):
            if not isinstance(getattr(self, name), kinds):
                raise ChainruleError(f"{name} cannot be {getattr(self, name)!r}")
        self._sgd(1.0 if self.learning_rate is None else self.learning_rate, self.batch_size)

    @property
    def source(self) -> dict[str, Any]:
        """The arguments of `chainrule.data.load` for the data of the run.

        >>> RunConfig(data="flowers.csv", label="kind", drop=("id",)).source["drop"]
        ('id',)
        """
        names = ("data_dir", "label", "separator", "drop", "test", "fill", "split")
        return {"name": self.data} | {name: getattr(self, name) for name in names}

    def _check_members(self) -> None:
        n = self.members
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST_MEMBERS:
            raise ChainruleError(
                f"members must be a whole number, 1 to {MOST_MEMBERS}; got {quoted(n)}"
            )
        if n > 1 and "net" not in self.models:
            raise ChainruleError(
                "softmax regressions from any first weights come to the same model, so there is "
                "nothing to average; leave out ",
                Setting("members", n),
                ", or train the network, with ",
                Setting("models", ("net",)),
            )
        if n > 1 and self.faults:
            raise ChainruleError(
                f"{self.faults[0]} shows in a single network beside the right one; leave out ",
                Setting("members", n),
            )

    def _check_faults(self) -> None:
        if self.models != ("net",):
            raise ChainruleError(
                f"{self.faults[0]} is a mistake of the network; train it alone, with ",
                Setting("models", ("net",)),
            )
        check_faults(self.faults, len(self.hidden), self.activation)
        if self.dropout:
            raise ChainruleError(
                "hidden units are dropped from the right network only; leave out ",
                Setting("dropout", self.dropout),
                f" to train with {self.faults[0]}",
            )
        if self.engine == "compiled":
            raise ChainruleError(
                "the compiled engine computes the right gradient only; leave out ",
                Setting("engine", "compiled"),
                f" to train with {self.faults[0]}",
            )

    def _check_augment(self) -> None:
        if not isinstance(self.augment, Augmentation):
            raise ChainruleError(f"augment must be an Augmentation; got {self.augment!r}")
        if self.augment and self.scale == "standard":
            raise ChainruleError(
                "where images are deformed, ink comes to pixels that hardly ever have any, and "
                "the standard scaling would divide it by their deviation near 0; take ",
                Setting("scale", "unit"),
            )

    def settings(self, model: str, n_samples: int | None = None) -> SGD:
        """How the "logistic" or "net" model is trained.

        Given the size of the training part, a batch is no larger than that.

        >>> RunConfig(batch_size=64).settings("logistic", n_samples=16).batch_size
        16
        """
        size = self.batch_size if n_samples is None else min(self.batch_size, n_samples)
        rate = self.learning_rate
        if rate is None:
            kind = model if model == "logistic" else self.activation
            rate = default_learning_rate(kind, size, self.momentum)
        return self._sgd(rate, size)

    def _sgd(self, learning_rate: float, batch_size: int) -> SGD:
        return SGD(
            epochs=self.epochs,
            learning_rate=learning_rate,
            batch_size=batch_size,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            shuffle=self.shuffle,
            patience=self.patience,
            seed=self.seed,
            schedule=self.schedule,
            label_smoothing=self.label_smoothing,
            dropout=self.dropout,
            averaging=self.averaging,
        )
