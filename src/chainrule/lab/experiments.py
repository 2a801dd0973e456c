"""Settings side by side over several seeds, for the experiments of parts 9 and 10."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.errors import ChainruleError
from chainrule.lab.pictures.page import INK, on_any_page, show
from chainrule.nn.models import NeuralNet
from chainrule.plots import BLUE, GREEN, VERMILION
from chainrule.training.fit import fit
from chainrule.training.history import History
from chainrule.training.sgd import SGD

AXIS_NAMES = {
    "validation_accuracy": "validation accuracy (share)",
    "train_accuracy": "training accuracy (share)",
    "validation_loss_mean": "validation loss (nats per image)",
    "train_loss_mean": "training loss (nats per image)",
    "grad_norm": "gradient norm (nats per unit of weight)",
}
STYLES = ((BLUE, "-o"), (VERMILION, "--s"), (GREEN, "-.^"), (INK, ":D"))
MARKERS = 8  # along a curve
SEEDS = range(5)
SETTINGS = (
    *("hidden", "activation", "init", "n_train"),
    *(field.name for field in fields(SGD) if field.name != "seed"),
)
ELSEWHERE = {"lr": "learning_rate", "rate": "learning_rate", "units": "hidden"}  # names in use


def trained(
    digits: Dataset,
    seed: int,
    *,
    hidden: int | Sequence[int] = 32,
    activation: str = "sigmoid",
    init: str = "uniform",
    n_train: int | None = None,
    **sgd: Any,
) -> tuple[NeuralNet, History]:
    """A network of the lab's baseline but for what is named, trained, and its history.

    Args:
        digits: with a validation part, which is looked at after each epoch.
        seed: of the first weights and of the samples' order.
        hidden: units of the hidden layer, or of each.
        activation: of the hidden layers.
        init: how the first weights are drawn.
        n_train: trains on so many samples of the training part, the first; None: on all.
        sgd: settings of `SGD`; else 12 epochs at learning rate 0.1, one sample at a time.

    Raises:
        ChainruleError: if a setting cannot be.
    """
    refuse_unusable(digits, {"hidden": hidden, "n_train": n_train, **sgd})
    features, classes = digits.X_train.shape[1], len(digits.classes)
    net = NeuralNet(features, hidden, classes, activation=activation, init=init, seed=seed)
    settings = SGD(**{"epochs": 12, "learning_rate": 0.1, "seed": seed, **sgd})
    X, y = digits.X_train[:n_train], digits.y_train[:n_train]
    return net, fit(net, X, y, settings, validation=digits.part("validation"))


def runs(digits: Dataset | None = None, **setting: Any) -> list[History]:
    """The histories of five seeds with one setting; its names are those of `trained`.

    Raises:
        ChainruleError: if a setting cannot be, or the digits are missing.
    """
    digits = refuse_unusable(digits, setting)
    return [trained(digits, seed, **setting)[1] for seed in SEEDS]


def refuse_unusable(digits: object, setting: Mapping[str, object]) -> Dataset:
    """Give the digits back if they are there, and all settings are known ones.

    Raises:
        ChainruleError: naming the settings that there are, or what the value must be.
    """
    if not isinstance(digits, Dataset):
        raise ChainruleError(
            f"the digits come first, then the settings: (digits, hidden=64); got {digits!r} in "
            "the place of the digits"
        )
    for name in setting:
        if name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, 1)
            likely = [ELSEWHERE[name]] if name in ELSEWHERE else near
            mean = f"did you mean {likely[0]}? There" if likely else "there"
            raise ChainruleError(f"there is no setting {name!r}; {mean} are {', '.join(SETTINGS)}")
    hidden, n_train = setting.get("hidden", 1), setting.get("n_train")
    sizes = hidden if isinstance(hidden, list | tuple | np.ndarray) else [hidden]
    if not (len(sizes) and all(map(_is_count, sizes))):
        raise ChainruleError(
            "hidden must be a whole number of units, such as 64, or one for each hidden layer, "
            f"such as (32, 32); got {hidden!r}"
        )
    if n_train is not None and not _is_count(n_train):
        raise ChainruleError(
            f"n_train must be a whole number of samples, 1 or more; got {n_train!r}"
        )
    return digits


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) > 0


@on_any_page
def compare(
    named_histories: Mapping[str, Sequence[History]],
    columns: str | Sequence[str],
    limits: Mapping[str, tuple[float, float]] | None = None,
) -> None:
    """Draw quantities over the epochs: a thin line for each seed, a thick one for their mean.

    Prints the mean after the last epoch, and the standard deviation between the seeds. The text in
    place of the picture has the means after 0, 1, 3 and all epochs.

    Args:
        named_histories: by the name of a setting, the history of each seed; up to four settings.
        columns: a column of `History`, or several, side by side: those of `AXIS_NAMES`.
        limits: gives a column a linear axis from one number to another.

    Raises:
        ChainruleError: if there is no such column, there are more settings than line styles, or
            the seeds of one have stopped after different numbers of epochs.
    """
    for name, histories in named_histories.items():
        epochs = sorted({len(history) - 1 for history in histories})
        if len(epochs) > 1:
            raise ChainruleError(
                f"the seeds of {name!r} have stopped after {', '.join(map(str, epochs))} epochs, "
                "and have no mean after the last; leave out patience to compare them"
            )
    import matplotlib.pyplot as plt

    columns = [columns] if isinstance(columns, str) else list(columns)
    for column in columns:
        if column not in AXIS_NAMES:
            raise ChainruleError(
                f"there is no column {column!r}; there are {', '.join(AXIS_NAMES)}"
            )
    if len(named_histories) > len(STYLES):
        raise ChainruleError(
            f"compare tells up to {len(STYLES)} settings apart and was given "
            f"{len(named_histories)}; leave some out"
        )
    limits = limits or {}
    size = (4.7 * len(columns), 3.4)
    _, axes = plt.subplots(1, len(columns), figsize=size, squeeze=False, layout="constrained")
    told = []
    for ax, column in zip(axes[0], columns, strict=True):
        print(f"{AXIS_NAMES[column]}, last epoch")
        for (name, histories), (colour, line) in zip(
            named_histories.items(), STYLES, strict=False
        ):
            values = np.array([history.column(column) for history in histories])  # (S, E + 1)
            last = values[:, -1]
            print(f"    {name:<26} {last.mean():.3f} ± {last.std(ddof=1):.3f}")
            mean = values.mean(0)
            some = ", ".join(f"{mean[epoch]:.3f}" for epoch in (0, 1, 3, -1) if epoch < len(mean))
            told.append(f"{AXIS_NAMES[column]}, {name}: {some}")
            every = max(1, values.shape[1] // MARKERS)
            ax.plot(values.T, color=colour, linewidth=0.6, alpha=0.5)
            ax.plot(mean, line, color=colour, linewidth=2.2, label=name, markevery=every)
        ax.set(xlabel="epoch", ylabel=AXIS_NAMES[column])
        ax.set_yscale("linear" if "accuracy" in column or column in limits else "log")
        if column in limits:
            ax.set_ylim(limits[column])
    axes[0, 0].legend(fontsize=8)
    show(f"Curves over the epochs, of which here are 0, 1, 3 and the last. {'; '.join(told)}.")
