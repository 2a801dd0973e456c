"""Pictures of what a network gets wrong, and of what its hidden units look for."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.dataset import Dataset
from chainrule.lab.pictures.page import INK, listed, on_any_page, show, signed, spread
from chainrule.nn.evaluate import confusion_matrix
from chainrule.nn.models import NeuralNet
from chainrule.plots import (
    BLUE,
    VERMILION,
    plot_confusion,
    plot_hidden_weights,
    plot_sample,
    weight_colours,
)


@on_any_page
def images_to_guess(data: Dataset, places: Sequence[int]) -> None:
    """Show images of the validation part by their places, numbered, without labels."""
    import matplotlib.pyplot as plt

    rows = -(-len(places) // 4)
    _, axes = plt.subplots(rows, 4, figsize=(8, 2.1 * rows), layout="constrained")
    for k, (ax, place) in enumerate(zip(axes.flat, places, strict=False)):
        plot_sample(data, int(place), part="validation", ax=ax)
        ax.set_title(f"image {k}")
    show(f"{len(places)} coarse images of digits, numbered from 0, without labels.")


@on_any_page
def images_and_guesses(
    data: Dataset,
    places: Sequence[int],
    probabilities: ArrayLike,
    guesses: Sequence[object],
) -> None:
    """Show images with what was meant, what the learner guessed, and what a network says.

    Prints how many of each were right. What is no digit counts as no guess.

    Args:
        data: the images are of its validation part.
        places: `(n,)`, rows of that part.
        probabilities: the network's, `(n, K)`.
        guesses: a digit for each image, or None; a list that is too short is filled up.
    """
    import matplotlib.pyplot as plt

    y = np.asarray(probabilities)
    true = data.part("validation")[1][list(places)]
    learner = _as_digits(guesses, len(places))
    predicted = y.argmax(axis=1)
    rows = -(-len(places) // 4)
    _, axes = plt.subplots(rows, 4, figsize=(8, 2.8 * rows), layout="constrained")
    told = []
    for k, (ax, place) in enumerate(zip(axes.flat, places, strict=False)):
        is_right = predicted[k] == true[k]
        you = "no guess" if learner[k] is None else f"you {learner[k]}"
        network = f"network {predicted[k]} ({y[k].max():.2f}), {'right' if is_right else 'wrong'}"
        loss = -np.log(np.clip(y[k, true[k]], 1e-15, 1))
        plot_sample(data, int(place), part="validation", ax=ax)
        ax.set_title(f"{k}: true {true[k]}, {you}\n{network}\nloss {loss:.2f}", fontsize=9)
        ax.title.set_color(BLUE if is_right else VERMILION)
        told.append(f"{k}: true {true[k]}, {you}, {network}, loss {loss:.2f}")
    show(f"The images with what was meant and said. {'. '.join(told)}.")
    made = [k for k, digit in enumerate(learner) if digit is not None]
    print(f"you:     {sum(learner[k] == true[k] for k in made)} right of {len(made)} guesses")
    print(f"network: {sum(predicted == true)} right of {len(places)}")


def _as_digits(guesses: Sequence[object], number: int) -> list[int | None]:
    """One digit or None for each image; says which guesses are no digits."""
    digits: list[int | None] = []
    for k, guess in enumerate([*guesses, *[None] * number][:number]):
        text = str(guess).strip()
        digits.append(int(text) if text in list("0123456789") else None)
        if digits[-1] is None and text not in ("None", "Ellipsis", ""):
            print(f"Image {k}: {guess!r} is not a digit from 0 to 9, and counts as no guess.")
    if len(guesses) != number:
        print(
            f"The list has {len(guesses)} places for {number} images: the first belongs to "
            "image 0."
        )
    return digits


@on_any_page
def confusions(data: Dataset, probabilities: Mapping[str, ArrayLike]) -> None:
    """Show what networks take for what in the validation part: `(V, K)` by a network's name."""
    import matplotlib.pyplot as plt

    true = data.part("validation")[1]
    n = len(probabilities)
    _, axes = plt.subplots(1, n, figsize=(3.9 * n, 4.2), layout="constrained", squeeze=False)
    told = []
    for ax, (name, y) in zip(axes[0], probabilities.items(), strict=True):
        matrix = confusion_matrix(true, np.asarray(y).argmax(axis=1), len(data.classes))
        plot_confusion(matrix, data.classes, ax=ax)
        ax.set_title(f"{name}: {matrix.trace()} of {matrix.sum()} right")
        wrong = matrix - np.diag(matrix.diagonal())
        most = sorted(map(tuple, np.argwhere(wrong)), key=lambda at: -wrong[at])[:5]
        pairs = listed(f"{wrong[at]} of {at[0]} taken for {at[1]}" for at in most)
        told.append(f"{name}: {matrix.trace()} of {matrix.sum()} on the diagonal; {pairs}")
    show(f"Confusion matrices, true classes in rows. {'. '.join(told)}.")


@on_any_page
def hidden_weights(model: NeuralNet) -> None:
    """Show the weights into each hidden unit as an image."""
    plot_hidden_weights(model)
    limit = np.abs(model.W_h).max()
    show(
        f"The weights of {model.W_h.shape[1]} hidden units as small images; the scale goes from "
        f"−{limit:.1f} to {limit:.1f}. The largest weights of the units are "
        f"{spread(np.abs(model.W_h).max(axis=0).min(), limit)}."
    )


@on_any_page
def unit_weights(model: NeuralNet, unit: int) -> None:
    """Show the weights into one hidden unit, as numbers on colours."""
    import matplotlib.pyplot as plt

    picture = model.W_h[:, unit].reshape(8, 8)
    limit = np.abs(picture).max()
    colours = weight_colours()
    _, ax = plt.subplots(figsize=(5, 5), layout="constrained")
    ax.imshow(picture, cmap=colours, vmin=-limit, vmax=limit)
    for (row, column), weight in np.ndenumerate(picture):
        colour = "black" if abs(weight) > limit / 2 else INK
        text = signed(float(weight))
        ax.text(column, row, text, ha="center", va="center", fontsize=9, color=colour)
    ax.set(title=f"weights of hidden unit {unit}", xlabel="column", ylabel="row")
    rows = "; ".join(" ".join(map(signed, row)) for row in picture)
    show(f"The 64 weights of hidden unit {unit}, as numbers on colours. Row by row: {rows}.")


@on_any_page
def excited_by(data: Dataset, z: ArrayLike, number: int = 8) -> None:
    """Show the images of the validation part that excite a unit most, and least: z is `(V,)`."""
    import matplotlib.pyplot as plt

    values = np.asarray(z)
    order = values.argsort()
    most, least = np.flip(order[-number:]), order[:number]
    _, axes = plt.subplots(2, number, figsize=(9, 2.8), layout="constrained")
    for ax, i in zip(axes.flat, [*most, *least], strict=True):
        plot_sample(data, int(i), part="validation", ax=ax)
        ax.set_title(f"z = {signed(values[i])}", fontsize=9)
    axes[0, 0].set_ylabel("most")
    axes[1, 0].set_ylabel("least")
    labels = data.part("validation")[1]
    show(
        f"The images that excite the unit most have the labels {listed(labels[most])}, those that "
        f"excite it least {listed(labels[least])}."
    )


@on_any_page
def some_units(models: Mapping[str, NeuralNet], number: int = 6) -> None:
    """Show the weights into the first hidden units of networks, a row for each."""
    import matplotlib.pyplot as plt

    colours = weight_colours()
    size = (8, 1.5 * len(models))
    _, axes = plt.subplots(len(models), number, figsize=size, layout="constrained", squeeze=False)
    told = []
    for row, (name, model) in zip(axes, models.items(), strict=True):
        row[0].set_ylabel(name)
        weights = model.W_h[:, :number]
        limit = np.abs(weights).max()
        for unit, ax in enumerate(row):
            image = weights[:, unit].reshape(8, 8)
            ax.imshow(image, cmap=colours, vmin=-limit, vmax=limit)
            ax.set(xticks=[], yticks=[])
        told.append(f"{name}: they differ by up to {np.ptp(weights, axis=1).max():.2f}")
    for unit, ax in enumerate(axes[0]):
        ax.set_title(f"unit {unit}")
    show(
        f"Weights of {number} hidden units as images of 8 by 8, vermilion negative and blue "
        f"positive. {'; '.join(told)}."
    )


@on_any_page
def luck(scores: ArrayLike, fresh_scores: ArrayLike, best: int) -> None:
    """Show the accuracies of guessing classifiers, and where the chosen one stands: two `(n,)`."""
    import matplotlib.pyplot as plt

    chosen_on, fresh = np.asarray(scores), np.asarray(fresh_scores)
    bins = 100 * (np.arange(8, 44) - 0.5) / 229  # one for each number of right guesses out of 229
    _, axes = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True, layout="constrained")
    told = []
    for ax, values, name in (
        (axes[0], chosen_on, "on the images by which it was chosen"),
        (axes[1], fresh, "on fresh images"),
    ):
        ax.hist(100 * values, bins, color="0.6")
        at = values[best]
        ax.axvline(100 * at, color=VERMILION, linestyle="--", label=f"number {best}: {at:.1%}")
        ax.legend(loc="upper left")
        ax.set(title=name, ylabel="classifiers")
        above = np.mean(values > at)
        told.append(f"{name} it has {at:.1%}, and {above:.0%} of the others have more")
    axes[1].set_xlabel("accuracy in %")
    show(
        f"Two histograms of the accuracies of {len(chosen_on):,} guessing classifiers, hills "
        f"around 10 %. A dashed line marks the one that was chosen: {'; '.join(told)}."
    )
