"""Pictures of functions: softmax, the loss, the sigmoid, a finite difference's error."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from chainrule.lab.pictures.page import INK, on_any_page, show
from chainrule.plots import BLUE, VERMILION


@on_any_page
def probability_bars(logits: ArrayLike, probabilities: ArrayLike, names: Sequence[str]) -> None:
    """Show probabilities over their logits, a panel for each row: two `(N, K)` and N names."""
    import matplotlib.pyplot as plt

    z, y = np.asarray(logits), np.asarray(probabilities)
    size = (3 * len(z), 2.6)
    _, panels = plt.subplots(
        1, len(z), figsize=size, sharey=True, layout="constrained", squeeze=False
    )
    axes = panels[0]
    told = []
    for ax, row, bars, name in zip(axes, z, y, names, strict=True):
        places = [chr(ord("a") + i) for i in range(len(row))]
        ax.bar_label(ax.bar(places, bars, color=BLUE), [f"logit {x:g}" for x in row])
        ax.set(title=name, ylim=(0, 1.15))
        pairs = ", ".join(f"{p:.2f} for {x:g}" for x, p in zip(row, bars, strict=True))
        told.append(f"{name} give {pairs}")
    axes[0].set_ylabel("probability")
    show(f"Bar charts of softmax: {'; '.join(told)}.")


@on_any_page
def loss_curve() -> None:
    """Show −log(p) against p, the probability given to the true class."""
    import matplotlib.pyplot as plt

    p = np.linspace(0.001, 1, 400)
    _, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(p, -np.log(p), color=BLUE)
    ax.plot(0.1, -np.log(0.1), "o", color=VERMILION)
    ax.annotate("no idea among ten classes:\n−log(0.1) = 2.30", (0.1, 2.3), (0.22, 3.2))
    ax.set(xlabel="probability given to the true class", ylabel="loss in nats")
    show(
        "The loss, minus the logarithm of the probability given to the true class: 0 at "
        "probability 1, 2.3 at 0.1, and rising without bound towards 0."
    )


@on_any_page
def sigmoid_and_slope(z: ArrayLike, values: ArrayLike, slopes: ArrayLike) -> None:
    """Show a sigmoid and its slope over pre-activations: three `(N,)`."""
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(6, 3), layout="constrained")
    ax.plot(z, values, "-", color=BLUE, label="sigmoid")
    ax.plot(z, slopes, "--", color=VERMILION, label="dsigmoid, its slope")
    ax.set(xlabel="pre-activation z")
    ax.legend()
    low, high = np.min(values), np.max(values)
    show(
        f"The sigmoid rises from {low:.2f} to {high:.2f} in the shape of an S. Its slope is a "
        f"bell with a height of {np.max(slopes):.2f}, and almost nothing far from 0."
    )


@on_any_page
def difference_errors(steps: ArrayLike, one_side: ArrayLike, both_sides: ArrayLike) -> None:
    """Show how far finite differences are off, against their step: three `(N,)`."""
    import matplotlib.pyplot as plt

    sizes = np.asarray(steps)
    _, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    told = []
    for errors, line, colour, name in (
        (np.asarray(one_side), "--s", INK, "one side only"),
        (np.asarray(both_sides), "-o", BLUE, "both sides"),
    ):
        ax.loglog(sizes, errors, line, color=colour, label=name)
        told.append(
            f"with {name} it is {errors[0]:.0e} at the largest step, least at "
            f"{sizes[errors.argmin()]:.0e}, and {errors[-1]:.0e} at the smallest"
        )
    ax.set(xlabel="step", ylabel="how far off")
    ax.legend()
    show(f"The error against the step, on logarithmic axes, as a V: {'; '.join(told)}.")
