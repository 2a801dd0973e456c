"""Pictures of models that are trained: predictions, curves over the epochs, weights of a class."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.dataset import Dataset
from chainrule.lab.pictures.page import (
    INK,
    listed,
    on_any_page,
    show,
    signed,
    spread,
    with_article,
)
from chainrule.plots import (
    BLACK,
    BLUE,
    GREEN,
    REPLAY_LOOKS,
    VERMILION,
    plot_prediction,
    plot_prediction_before_after,
    weight_colours,
)
from chainrule.plots.samples import Forward

if TYPE_CHECKING:
    from chainrule.runs.replay import Curves


@on_any_page
def prediction(model: Forward, data: Dataset, sample_idx: int) -> None:
    """Show an image of the validation part beside what a model says of it."""
    y = np.ravel(model.forward(data.part("validation")[0][sample_idx]))  # (K,)
    label = data.classes[data.part("validation")[1][sample_idx]]
    plot_prediction(model, sample_idx, data=data, part="validation")
    show(f"A validation image of {with_article(label)} beside ten bars. {_said(y)}")


@on_any_page
def before_and_after(before: Forward, after: Forward, data: Dataset, sample_idx: int) -> None:
    """Show an image of the validation part, and what two models say of it."""
    x, label = (values[sample_idx] for values in data.part("validation"))
    plot_prediction_before_after(before, after, sample_idx, data=data, part="validation")
    image = f"An image of {with_article(data.classes[label])}, and two bars for each digit."
    show(
        f"{image} Before training: {_said(np.ravel(before.forward(x)))} "
        f"After: {_said(np.ravel(after.forward(x)))}"
    )


def _said(y: ArrayLike) -> str:
    return f"The probabilities of 0 to 9: {listed(f'{p:.2f}' for p in np.asarray(y))}."


@on_any_page
def training_curves(
    losses: Sequence[Sequence[float]], accuracies: Sequence[Sequence[float]]
) -> None:
    """Show loss and accuracy over the epochs: for each epoch of the training and another part.

    Args:
        losses: per image, `(E + 1, 2)`: in training, in validation.
        accuracies: likewise, 0 to 1.
    """
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2, figsize=(7.5, 3), layout="constrained")
    told = []
    for ax, pairs, name in zip(
        axes, (losses, accuracies), ("loss per image", "accuracy"), strict=True
    ):
        values = np.asarray(pairs)  # (E + 1, 2)
        ax.plot(values[:, 0], "-o", color=BLUE, label="training", markersize=4)
        ax.plot(values[:, 1], ":s", color=GREEN, label="validation", markersize=4)
        ax.set(xlabel="epoch", ylabel=name)
        ax.xaxis.get_major_locator().set_params(integer=True)
        first, last = values[0], values[-1]
        told.append(
            f"the {name} goes from {first[0]:.3f} to {last[0]:.3f} in training, and from "
            f"{first[1]:.3f} to {last[1]:.3f} in validation"
        )
    axes[0].set(yscale="log")
    axes[1].set(ylim=(0, 1.05))
    axes[0].legend()
    show(f"Two charts over {len(losses) - 1} epochs: {'; '.join(told)}.")


@on_any_page
def class_weights(W: ArrayLike) -> None:
    """Show the weights of each class, `(64, K)`, as images: blue positive, vermilion negative."""
    import matplotlib.pyplot as plt

    weights = np.asarray(W)
    limit = np.abs(weights).max()
    colours = weight_colours()
    figure, axes = plt.subplots(2, 5, figsize=(9, 4), layout="constrained")
    for k, ax in enumerate(axes.flat):
        image = ax.imshow(weights[:, k].reshape(8, 8), cmap=colours, vmin=-limit, vmax=limit)
        ax.set(title=f"class {k}", xticks=[], yticks=[])
    figure.colorbar(image, ax=axes, label="weight", shrink=0.8)
    middle = weights.reshape(8, 8, -1)[3:5, 3:5].mean(axis=(0, 1))  # (K,)
    means = listed(signed(mean, 2) for mean in middle)
    show(
        f"Ten images of 8 by 8 weights, {spread(weights.min(), weights.max())}. The mean "
        f"of the four pixels in the middle is, for the classes 0 to 9: {means}."
    )


@on_any_page
def replayed(curves: "Sequence[Curves]") -> None:
    """Show accuracy and training loss of networks that were replayed under several gradients."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(7.5, 4), layout="constrained")
    told = []
    for curve in curves:
        colour, style = REPLAY_LOOKS[curve.setting.name]
        colour = INK if colour == BLACK else colour
        right = "right" if curve.setting.is_derivative else "wrong"
        label = f"{curve.setting.name} ({right} gradient)"
        for ax, values in zip(axes, (curve.accuracy, curve.train_loss), strict=True):
            ax.plot(values, linewidth=0.6, color=colour, linestyle=style)
            mean = values.mean(axis=1)
            ax.plot(mean, linewidth=2.5, color=colour, linestyle=style, label=label)
        told.append(
            f"{label} ends at an accuracy of {curve.accuracy[-1].mean():.2f} and a loss of "
            f"{curve.train_loss[-1].mean():.0f}, after {curve.train_loss[1].mean():.0f} at epoch 1"
        )
    axes[0].set(ylabel="accuracy, validation", ylim=(0, 1))
    axes[1].set(ylabel="training loss, the sum in nats", ylim=(0, 4800))
    for ax in axes:
        ax.set(xlabel="epoch", xticks=range(0, 16, 5))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    show(f"Accuracy and training loss over 15 epochs: {'; '.join(told)}.")


@on_any_page
def twice(
    once: ArrayLike, again: ArrayLike, z: ArrayLike, losses: Mapping[str, ArrayLike]
) -> None:
    """Show what a second softmax does: probabilities `(K,)` of one image, and losses over z."""
    import matplotlib.pyplot as plt

    one, two = np.asarray(once), np.asarray(again)
    logits = np.asarray(z)
    _, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.4), layout="constrained")
    place = np.arange(len(one))
    left.bar(place - 0.2, one, 0.4, color=BLUE, label="one softmax")
    left.bar(place + 0.2, two, 0.4, color=VERMILION, label="two", hatch="//", edgecolor="w")
    left.set(xticks=place, xlabel="class", ylabel="probability", ylim=(0, 1.05))
    left.legend()
    told = []
    for (name, values), colour, style in zip(
        losses.items(), (BLUE, VERMILION), ("-", "--"), strict=True
    ):
        curve = np.asarray(values)
        right.plot(logits, curve, style, color=colour, label=name)
        told.append(f"with {name} from {curve[0]:.2f} down to {curve[-1]:.2f}")
    right.set(xlabel="logit of the true class", ylabel="loss in nats")
    right.legend()
    show(
        f"Left, ten probabilities as bars: the largest is {one.max():.2f} with one softmax and "
        f"{two.max():.2f} with two. Right, the loss as the logit of the true class goes from "
        f"{logits[0]:g} to {logits[-1]:g}: {'; '.join(told)}."
    )


@on_any_page
def agreement(ours: ArrayLike, theirs: ArrayLike, name: str) -> None:
    """Show probabilities of two programs, `(N, K)`, against each other, on logarithmic axes."""
    import matplotlib.pyplot as plt

    here, there = np.ravel(ours), np.ravel(theirs)
    _, ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")
    lowest = here.min() / 3
    ax.plot([lowest, 1], [lowest, 1], color=INK, label="equal")
    ax.plot(here, there, ".", color=BLUE, alpha=0.4, label="a probability")
    ax.set(xscale="log", yscale="log", xlabel="this lab's network", ylabel=name, aspect="equal")
    ax.legend()
    off = np.abs(here - there).max()
    show(
        f"Scatter of {len(here):,} probabilities on logarithmic axes, this lab's network across "
        f"and {name} up, from {here.min():.0e} to {here.max():.2f}. None is more than {off:.0e} "
        "off the diagonal."
    )
