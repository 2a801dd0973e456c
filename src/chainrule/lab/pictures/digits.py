"""Pictures of the digits: images, their numbers, how often each, how they are scaled."""

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.dataset import Dataset
from chainrule.lab.pictures.page import INK, listed, on_any_page, show, spread
from chainrule.plots import BLUE, plot_digits


@on_any_page
def first_images(data: Dataset, number: int = 20) -> None:
    """Show the first images of the training part, each under its label."""
    plot_digits(data, number)
    labels = listed(data.classes[label] for label in data.y_train[:number])
    show(f"The first {number} images, coarse and grey, each under its label: {labels}.")


@on_any_page
def image_and_numbers(image: ArrayLike, label: int) -> None:
    """Show an image `(8, 8)`, and beside it the 64 whole numbers of which it consists."""
    import matplotlib.pyplot as plt

    pixels = np.asarray(image)
    _, axes = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
    axes[0].imshow(pixels, cmap="gray_r")
    axes[0].set_title(f"the picture, label {label}")
    for (row, column), number in np.ndenumerate(pixels):
        axes[1].text(column, row, number, ha="center", va="center")
    axes[1].set(title="its numbers", xlim=(-0.5, 7.5), ylim=(7.5, -0.5), aspect="equal")
    for ax in axes:
        ax.set(xticks=range(8), yticks=range(8), xlabel="column", ylabel="row")
    show(
        f"An image of 8 by 8 pixels with the label {label}, and beside it the same grid filled "
        f"with its numbers: 0 where the page shows, {pixels.max()} where there is most ink."
    )


@on_any_page
def class_counts(counts: ArrayLike) -> None:
    """Show how many images there are of each class: `counts` is `(K,)`."""
    import matplotlib.pyplot as plt

    numbers = np.asarray(counts)
    _, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    ax.bar_label(ax.bar(range(len(numbers)), numbers, color=BLUE))
    ax.set(xticks=range(len(numbers)), xlabel="digit", ylabel="images")
    ax.margins(y=0.15)
    show(f"Bar chart of the number of images of the digits 0 to 9: {listed(numbers)}.")


@on_any_page
def pixel_scales(before: ArrayLike, after: ArrayLike) -> None:
    """Show mean and deviation of each pixel, before and after scaling: two `(N, 64)`."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(2, 1, figsize=(8, 4.6), sharex=True, layout="constrained")
    told = []
    for ax, values, name in zip(axes, (before, after), ("before", "after"), strict=True):
        pixels = np.asarray(values)
        mean, deviation = pixels.mean(axis=0), pixels.std(axis=0)
        style = {"fmt": "o", "markersize": 3, "color": BLUE, "ecolor": INK}
        ax.errorbar(range(len(mean)), mean, deviation, **style)
        ax.set(title=f"{name} scaling", ylabel="pixel value")
        told.append(
            f"{name} scaling the means are {spread(mean.min(), mean.max())} and the deviations "
            f"{spread(deviation.min(), deviation.max())}"
        )
    axes[1].set(xticks=range(0, 64, 8), xlabel="pixel, counted along the rows")
    show(
        "For each of the 64 pixels a point at its mean and a bar of one deviation up and down: "
        + "; ".join(told)
        + "."
    )
