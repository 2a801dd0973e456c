"""Why a model does not learn: its gradients and activations by layer, and rules that read them.

The rules are those of any course in backpropagation, each with its threshold beside it. They speak
of a model that has learned little or nothing; of one that learns they say nothing, however its
layers look. Sources: Glorot and Bengio, Understanding the difficulty of training deep feedforward
networks (2010), for gradients and activations by layer; Nielsen, Neural Networks and Deep Learning
(2015), chapter 5, for vanishing and exploding gradients; Goodfellow, Bengio and Courville, Deep
Learning (2016), section 6.2.2.2 for saturation and 8.4 for units that begin alike; Zhang and
others, Understanding deep learning requires rethinking generalization (2017), for shuffled labels.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.models import NeuralNet
from chainrule.training.history import Epoch, History
from chainrule.training.sgd import SGD

MOST_SAMPLES = 1000  # that are looked at, evenly from all
LITTLE, NOTHING = 0.5, 0.05  # of the labels' entropy explained: poorly learned, not learned
OF_LARGEST_SHARE = 1.5  # accuracy beyond the share of the largest class: it has learned something
FLAT = 0.05  # of the activation's largest slope: beneath it a unit is saturated for that sample
NEARLY_ALL = 0.95  # of the samples for which a unit is to be saturated
HALF = 0.5  # of a layer's units
ALIKE = 0.01  # relative deviation between units' weights: they are copies of each other
VANISHED, EXPLODED = 0.01, 100.0  # gradient at the first hidden layer, of that at the output
ALL_BUT_VANISHED = 0.001  # where something was learned
WORSE = 1.2  # times the loss of guessing: each step makes it worse
AT_CHANCE, APART = 3.0, 2.0  # standard errors of an accuracy
NEVER_BELOW = 0.97  # of the loss of guessing, on held-out samples: nothing there was ever learned
HARDLY_MOVED = 0.05  # of the weights' own size


@dataclass(frozen=True)
class LayerFigures:
    """How one layer stands: what of the gradient reaches it, and what its units do.

    Attributes:
        layer: h, h2, …, o.
        gradient: root mean square, over samples and units, of grad_z: the derivative of a sample's
            loss, in nats, by a pre-activation.
        slope: mean of f'(z), of its largest value; 1 at the output.
        dead: share of the units of which f'(z) is 0 for every sample.
        saturated: share of the units of which f'(z) is near 0 for nearly every sample.
        deviation: of the weights into one unit from those into another, relative to their size; 0
            where all units are copies of each other.
    """

    layer: str
    gradient: float
    slope: float = 1.0
    dead: float = 0.0
    saturated: float = 0.0
    deviation: float = 1.0


@dataclass(frozen=True)
class Diagnosis:
    """Why a model has not learned.

    Attributes:
        kind: one of `RULES`, which are tried in its order.
        finding: what the figures show, in a sentence or two.
        remedy: what to try, as the end of a sentence that begins with "Try".
        before: the untrained model's layers; none where there is no hidden one.
        after: those of the trained model.
    """

    kind: str
    finding: str
    remedy: str
    before: tuple[LayerFigures, ...] = ()
    after: tuple[LayerFigures, ...] = ()


def layer_figures(model: Classifier, X: Samples, y: NDArray[np.int64]) -> tuple[LayerFigures, ...]:
    """Gradients and activations of each layer, from the first hidden one to the output.

    Of a model without hidden layers the output alone. Shapes: `X` `(N, D)` with labels `(N,)`, of
    which at most 1,000 are looked at.

    Raises:
        ChainruleError: if the shapes do not fit the model, or it is an ensemble.

    >>> from chainrule import load_digits
    >>> digits = load_digits().scaled()
    >>> net = NeuralNet(64, (16, 16, 16), 10, init="uniform", seed=0)
    >>> for layer in layer_figures(net, *digits.part("train")):
    ...     print(layer.layer, f"{layer.gradient:.0e}")
    h 5e-05
    h2 8e-04
    h3 1e-02
    o 3e-01
    """
    if isinstance(model, Ensemble):
        raise ChainruleError(
            f"{model!r} has layers in each of its networks; give one of its `members`"
        )
    chosen = np.linspace(0, len(y) - 1, min(len(y), MOST_SAMPLES)).astype(np.int64)
    x, labels = np.asarray(X[chosen], dtype=np.float64), y[chosen]
    with np.errstate(over="ignore", invalid="ignore"):
        if not isinstance(model, NeuralNet):
            return (LayerFigures("o", _rms(_output_gradient(model.forward(x), labels))),)
        return _of_network(model, x, labels)


def _of_network(net: NeuralNet, x: Array, labels: NDArray[np.int64]) -> tuple[LayerFigures, ...]:
    f, q = net.activation, net.forward_trace(x)
    steepest = float(f.derivative(np.array([0.0, 50.0])).max())
    flattens = float(f.derivative(np.array(-1000.0))) == 0
    dies = float(f.derivative(np.array(-1.0))) == 0  # ReLU is flat at once
    grad_z, W_above = _output_gradient(q["y"], labels), net.W_o  # (N, K), (H, K)
    figures = [LayerFigures("o", _rms(grad_z))]
    for layer in reversed(net.hidden_layers):
        slopes = f.derivative(q[f"z_{layer}"])  # (N, H)
        grad_z = (grad_z @ W_above.T) * slopes  # (N, H)
        W_above = getattr(net, f"W_{layer}")  # (fan_in, H)
        flat_for = (slopes < FLAT * steepest).mean(axis=0)  # (H,)
        figures.append(
            LayerFigures(
                layer,
                _rms(grad_z),
                float(slopes.mean()) / steepest,
                float((slopes == 0).all(axis=0).mean()) if dies else 0.0,
                float((flat_for >= NEARLY_ALL).mean()) if flattens and not dies else 0.0,
                _deviation(W_above),
            )
        )
    return tuple(reversed(figures))


def _output_gradient(probabilities: Array, labels: NDArray[np.int64]) -> Array:
    grad_z: Array = probabilities.copy()
    grad_z[np.arange(len(labels)), labels] -= 1
    return grad_z  # y - t


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _deviation(W: Array) -> float:
    """Of the units' weights from their mean over units, relative to the weights; 1 of one unit."""
    if W.shape[1] < 2:
        return 1.0
    size = _rms(W)
    return _rms(W - W.mean(axis=1, keepdims=True)) / size if size else 0.0


@dataclass(frozen=True)
class Trained:
    """A training that has ended, as the rules look at it.

    Attributes:
        untrained: the model before it.
        model: the model after it.
        X: training samples, `(N, D)`.
        y: their labels, `(N,)`.
        history: of the training.
        row: the epoch whose weights the model has.
        settings: how it was trained.
        held_out: the name of a part that was not trained on, "validation" or "test", and its
            labels `(M,)`; None without one.
        diverged: whether the loss left the finite numbers after that.
    """

    untrained: Classifier
    model: Classifier
    X: Samples
    y: NDArray[np.int64]
    history: History
    row: Epoch
    settings: SGD
    held_out: tuple[str, NDArray[np.int64]] | None = None
    diverged: bool = False

    @property
    def guessing(self) -> float:
        """The mean loss of stating each class's share of the samples, in nats: their entropy."""
        shares = np.bincount(self.y) / len(self.y)
        present = shares[shares > 0]
        return -float((present * np.log(present)).sum())

    @property
    def has_learned_nothing(self) -> bool:
        """Whether loss and accuracy in training are those of guessing.

        Of features that say little a healthy model explains little, too; but its accuracy is then
        more than chance.
        """
        loss, accuracy = self.row.train_loss_mean, self.row.train_accuracy
        largest = float(np.bincount(self.y).max()) / len(self.y)
        chance = largest + 4 * math.sqrt(largest * (1 - largest) / len(self.y))
        is_guessing = loss > (1 - NOTHING) * self.guessing and accuracy < chance
        is_no_better = loss > self.guessing and accuracy < OF_LARGEST_SHARE * largest
        return is_guessing or is_no_better or self.gets_worse

    @property
    def has_learned_little(self) -> bool:
        """Whether less than half of the labels' entropy is explained."""
        return self.row.train_loss_mean > LITTLE * self.guessing

    @property
    def gets_worse(self) -> bool:
        """Whether the loss has become that of a model which is sure of what is wrong."""
        at_first: float = self.history[0].train_loss_mean
        return self.row.train_loss_mean > max(WORSE * self.guessing, at_first)

    @property
    def moved(self) -> float:
        """The largest way of any layer's weights, relative to their first size."""
        ways = []
        for name, end in self.model.parameters.items():
            begin = self.untrained.parameters[name]
            if begin.ndim > 1:
                size = _rms(begin)
                ways.append(_rms(end - begin) / size if size else math.inf)
        return max(ways)


def diagnose(training: Trained) -> Diagnosis | None:
    """Why a model has not learned, by the first rule that fits; None of one that has learned.

    Raises:
        ChainruleError: if the samples do not fit the model.
    """
    before, after = (
        layer_figures(model, training.X, training.y)
        for model in (training.untrained, training.model)
    )
    for kind, rule in RULES.items():
        words = rule(training, before, after)
        if words is not None:
            return Diagnosis(kind, *words, before, after)
    return None


Figures = Sequence[LayerFigures]
Words = tuple[str, str]  # finding and remedy


def _zero_initialisation(t: Trained, before: Figures, after: Figures) -> Words | None:
    """All units of a hidden layer began alike, and still are."""
    alike = [
        now.layer
        for first, now in zip(before[:-1], after[:-1], strict=True)
        if first.deviation == 0 and now.deviation < ALIKE
    ]
    if not alike:
        return None
    return (
        f"All units of layer {alike[0]} are copies of each other: they began with the same "
        "weights, so each gets the same gradient, takes the same step and stays the same. The "
        "layer can do no more than one unit could",
        "first weights that differ at random, such as glorot's: only biases may begin at zero",
    )


def _exploding(t: Trained, before: Figures, after: Figures) -> Words | None:
    """The loss is not finite or worse than guessing, or the gradient grows from layer to layer."""
    remedy = f"a learning rate well below {t.settings.learning_rate:g}, and scaled features"
    if t.diverged:
        return (
            f"The gradient explodes: after epoch {t.row.epoch} the steps, "
            f"{t.settings.learning_rate:g} times a gradient of norm {t.row.grad_norm:.2g}, lead "
            "to where the gradient is larger still, until the numbers are no longer finite",
            remedy,
        )
    ratio = _reaching(after) if len(after) > 1 else 1.0
    if t.has_learned_nothing and ratio > EXPLODED:
        return (
            f"The gradient explodes on its way back: at the first hidden layer it is {ratio:.2g} "
            "times what it is at the output, since each layer multiplies it by weights that are "
            "too large",
            "smaller first weights, such as glorot's, and a smaller learning rate",
        )
    if t.gets_worse:
        return (
            f"The steps overshoot: the mean loss is {t.row.train_loss_mean:.3g}, and guessing has "
            f"{t.guessing:.3g}. {t.settings.learning_rate:g} times the gradient goes past the "
            "valley that the gradient points into, and each step begins higher up",
            remedy,
        )
    return None


def _dead(t: Trained, before: Figures, after: Figures) -> Words | None:
    """Half of a layer's units or more pass no gradient for any sample."""
    worst = max(after, key=lambda layer: layer.dead)
    if not t.has_learned_little or worst.dead < HALF:
        return None
    return (
        f"In layer {worst.layer} {worst.dead:.0%} of the units are dead: their pre-activation is "
        "below 0 for every training sample, where ReLU has the slope 0. No gradient passes "
        "them, so nothing can bring them back",
        f"a learning rate well below {t.settings.learning_rate:g}, or leaky-relu, whose slope is "
        "never 0",
    )


def _saturated(t: Trained, before: Figures, after: Figures) -> Words | None:
    """Half of a layer's units or more are flat for nearly every sample."""
    worst = max(after, key=lambda layer: layer.saturated)
    if not t.has_learned_little or worst.saturated < HALF:
        return None
    first = next(layer for layer in before if layer.layer == worst.layer)
    return (
        f"In layer {worst.layer} {worst.saturated:.0%} of the units are saturated: their "
        "pre-activations lie so far out that the slope of the activation is below "
        f"{FLAT:.0%} of its largest for nearly every sample. Backpropagation multiplies "
        f"by that slope; its mean was {first.slope:.2g} of the largest before training, and is "
        f"{worst.slope:.2g}",
        "scaled features and smaller first weights"
        if first.slope < HALF
        else f"a learning rate well below {t.settings.learning_rate:g}",
    )


def _small_steps(t: Trained, before: Figures, after: Figures) -> Words | None:
    """No layer's weights have gone anywhere."""
    if not t.has_learned_nothing or t.moved >= HARDLY_MOVED:
        return None
    first = t.history[0].train_loss_mean
    return (
        f"The steps are too small: in {t.row.epoch} epochs no layer's weights moved by more than "
        f"{t.moved:.1%} of their size, and the mean loss went from {first:.4g} to "
        f"{t.row.train_loss_mean:.4g}",
        f"a learning rate well above {t.settings.learning_rate:g}",
    )


def _vanishing(t: Trained, before: Figures, after: Figures) -> Words | None:
    """Next to nothing of the gradient reaches the first hidden layer."""
    if len(after) == 1:
        return None
    ratio = _reaching(after)
    nothing = t.has_learned_nothing and ratio < VANISHED
    if not nothing and not (t.has_learned_little and ratio < ALL_BUT_VANISHED):
        return None
    return (
        f"The gradient vanishes on its way back: of what it is at the output, {ratio:.1g} "
        "reaches the first hidden layer. Each layer multiplies it by the weights above and by the "
        "slope of the activation, which for the sigmoid is at most a quarter; the layers "
        "below hardly move",
        "fewer hidden layers, or relu with the first weights of He and others",
    )


def _shuffled_labels(t: Trained, before: Figures, after: Figures) -> Words | None:
    """Better than chance on the training part, and at chance on samples held out."""
    if t.held_out is None:
        return None
    part, labels = t.held_out
    accuracy = getattr(t.row, f"{part}_accuracy")
    # Of weak but real features a training shows something before it learns by heart.
    lowest = min((getattr(row, f"{part}_loss_mean") for row in t.history[1:]), default=0.0)
    chance, chance_there = (float(np.bincount(y).max()) / len(y) for y in (t.y, labels))
    error = math.sqrt(chance_there * (1 - chance_there) / len(labels))
    error_in_training = math.sqrt(chance * (1 - chance) / len(t.y))
    gained = t.row.train_accuracy - chance
    is_better = gained > 2 * APART * error_in_training and gained > 0.05
    at_chance = accuracy <= chance_there + AT_CHANCE * error
    never_better = lowest > NEVER_BELOW * t.guessing
    is_told_apart = accuracy + APART * error < chance_there + HALF * gained
    if not (is_better and at_chance and never_better and is_told_apart):
        return None
    return (
        f"It learns the training part by heart: {t.row.train_accuracy:.3f} there, and "
        f"{accuracy:.3f} on the {len(labels)} {part} samples, where always saying the largest "
        f"class gives {chance_there:.3f}; the loss there never fell below that of guessing. So it "
        "is when labels do not belong to their samples (shuffled, or sorted apart from them), or "
        "when the features say nothing of them",
        "looking at some samples beside their labels",
    )


def _unexplained(t: Trained, before: Figures, after: Figures) -> Words | None:
    """It has learned nothing, and no rule says why."""
    if not t.has_learned_nothing:
        return None
    return (
        f"Its mean loss, {t.row.train_loss_mean:.4g}, is no better than guessing, which has "
        f"{t.guessing:.4g}, and neither its gradients nor its activations show one of the usual "
        "causes",
        "other learning rates, more epochs, and whether the features say anything of the labels",
    )


def _reaching(layers: Figures) -> float:
    """The gradient at the first hidden layer, of that at the output."""
    return layers[0].gradient / layers[-1].gradient if layers[-1].gradient else 1.0


# In this order: what makes the rest appear comes first.
RULES: dict[str, Callable[[Trained, Figures, Figures], Words | None]] = {
    "zero initialisation": _zero_initialisation,
    "dead units": _dead,
    "saturated units": _saturated,
    "exploding gradient": _exploding,
    "steps too small": _small_steps,
    "vanishing gradient": _vanishing,
    "shuffled labels": _shuffled_labels,
    "unexplained": _unexplained,
}
