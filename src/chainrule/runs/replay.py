"""The published lab's training run, told as evidence: four gradients over many seeds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset, load_digits
from chainrule.data.arrays import Array
from chainrule.data.dataset import Part
from chainrule.faults import FaultyNet, place
from chainrule.training.engines import Textbook
from chainrule.training.sgd import SGD, sample_order

# What the published lab prints at epochs 0 to 15. The only numbers here that are not computed.
PUBLISHED_LOSS = (
    *(1097.15390, 3289.66668, 2584.08821, 1916.72647, 1548.39559, 1326.13540, 1173.90132),
    *(1036.94961, 928.67844, 826.71619, 739.15277, 668.47629, 623.70291, 588.40810, 556.04758),
    522.52034,
)
PUBLISHED_TEST_ACCURACY = (
    *(0.107, 0.167, 0.422, 0.770, 0.778, 0.781, 0.804, 0.841),
    *(0.893, 0.900, 0.900, 0.911, 0.915, 0.919, 0.915, 0.915),
)


EPOCHS = len(PUBLISHED_LOSS) - 1  # row 0 is untrained


@dataclass(frozen=True)
class Variant:
    """One way to compute the network, trained from many seeds.

    Attributes:
        name: short, for tables and file names.
        title: what it is, in words.
        output: "softmax" or "sigmoid".
        faults: ids of the wrong steps, in the catalogue of `chainrule.faults`.
        hidden_size: units of the one hidden layer.
        learning_rate: for single samples.
        scale: of the features, "none" for the raw 0 to 16.
        shuffle: whether each epoch draws a new order of the samples.
        remark: what to see in the result.
    """

    name: str
    title: str
    output: str
    remark: str
    faults: tuple[str, ...] = ()
    hidden_size: int = 10
    learning_rate: float = 0.001
    scale: str = "none"
    shuffle: bool = False

    @property
    def is_derivative(self) -> bool:
        """Whether the gradient is the derivative of its own loss: no step is wrong."""
        return not self.faults

    @property
    def label(self) -> str:
        """The name, and whether the gradient is wrong."""
        return self.name if self.is_derivative else f"{self.name} (wrong gradient)"


SETTINGS = (
    Variant(
        "published",
        "sigmoid output, y - t, and z_h in grad_W_o: the code as handed out",
        "sigmoid",
        "Two steps are wrong. The loss first rises to three times its start, then falls, and the "
        "accuracy looks respectable: accuracy does not show a wrong gradient.",
        ("grad-preactivation", "grad-output-mismatch"),
    ),
    Variant(
        "one-fault-mended",
        "sigmoid output, y - t, with h in grad_W_o",
        "sigmoid",
        "One step is mended and one still wrong: closer to the derivative, and worse. A better "
        "result is no evidence for a gradient, nor a worse one against it.",
        ("grad-output-mismatch",),
    ),
    Variant(
        "softmax",
        "softmax output, y - t, h in grad_W_o",
        "softmax",
        "Raw inputs and a small learning rate make it slow: after 15 epochs it is no better than "
        "the wrong gradient, and still improving. The accuracy cannot tell the two apart.",
    ),
    Variant(
        "sigmoid-derivative",
        "sigmoid output with the true derivative of its loss, -t * (1 - y)",
        "sigmoid",
        "The right derivative of the wrong pair of output and loss: the loss falls, and the "
        "accuracy stays at chance. The loss looks at the true class alone, and nothing makes the "
        "other outputs small: the network learns to say 1 for every class. In a softmax the "
        "outputs share a sum of 1, so that raising one lowers the others. That is why the output "
        "must be a softmax, or the loss binary cross-entropy, which also charges for a high "
        "output at a wrong class.",
    ),
    Variant(
        "recipe",
        "softmax output, 32 hidden units, standardised inputs, learning rate 0.1",
        "softmax",
        "The right gradient with inputs of mean 0 and deviation 1, which allow a learning rate "
        "a hundred times larger.",
        hidden_size=32,
        learning_rate=0.1,
        scale="standard",
        shuffle=True,
    ),
)


@dataclass(frozen=True)
class Curves:
    """What one setting did from each seed.

    Attributes:
        setting: what was trained.
        train_loss: negative log likelihood in nats summed over the training part, `(E + 1, S)`
            for E epochs and S seeds; row 0 is untrained.
        accuracy: on the part that was looked at, 0 to 1, `(E + 1, S)`.
    """

    setting: Variant
    train_loss: Array
    accuracy: Array


def replay(
    n_seeds: int = 16,
    epochs: int = EPOCHS,
    on_epoch: Callable[[], object] | None = None,
    *,
    data: Dataset | None = None,
    part: Part = "test",
) -> list[Curves]:
    """Train every setting from seeds 0 … `n_seeds` − 1, all the seeds side by side.

    Args:
        n_seeds: S, how many networks for each setting.
        epochs: E; the published run has 15.
        on_epoch: called after each epoch of each setting.
        data: images in raw values, `(N, 64)`, of ten classes; the digits in the published split if
            None.
        part: on which the accuracy is measured; the published lab looks at the test part.

    Returns:
        One entry for each of `SETTINGS`, in order.

    Raises:
        ChainruleError: if the data have no such part, or are scaled already.
    """
    raw = load_digits() if data is None else data
    return [_train(setting, raw, n_seeds, epochs, on_epoch, part) for setting in SETTINGS]


def _train(
    setting: Variant,
    raw: Dataset,
    n_seeds: int,
    epochs: int,
    on_epoch: Callable[[], object] | None,
    part: Part,
) -> Curves:
    data = raw.scaled(setting.scale)
    X, y = data.part(part)
    sizes = (64, setting.hidden_size, 10)
    computation = place(
        setting.faults, sizes, output=setting.output, learning_rate=setting.learning_rate
    )
    network = FaultyNet.side_by_side(
        [FaultyNet(*sizes, computation, seed=seed) for seed in range(n_seeds)]
    )
    settings = SGD(epochs=epochs, learning_rate=setting.learning_rate, shuffle=setting.shuffle)
    steps = Textbook(network, data.X_train, data.y_train, settings, velocity={})

    losses, accuracies = [], []
    for epoch in range(epochs + 1):
        if epoch:
            steps.run(sample_order(settings, epoch, len(data.y_train)))
            if on_epoch:
                on_epoch()
        losses.append(network.losses(data.X_train, data.y_train).sum(axis=-1))
        correct: NDArray[np.bool_] = network.predict(X) == y
        accuracies.append(correct.mean(axis=-1))
    return Curves(setting, np.array(losses), np.array(accuracies))
