"""Choose the members of MNIST's committee in docs/best-accuracy.md by held-back training images.

    uv run --group dev python bench/choose_committee.py MNIST

MNIST is the folder of its four IDX files. Members train on the first 50,000 training images, for
fewer epochs than those of the committee, and are judged by the 10,000 after them, each for itself
and in committees. MNIST's test images are not looked at. It takes six minutes of one processor.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from accuracylib.committee import Member, View, mean_of, members, views_of
from accuracylib.methods import ELASTIC, VIEWS
from chainrule.data import Dataset, load

N_TRAIN, FEW_EPOCHS = 50_000, 8
SETTINGS = ELASTIC | {"learning_rate": 0.2}
BY_CHANCE = [View()] * 4
LEANING = [View(width) for width in (12, 16, 18, 20)]
UPRIGHT = [View(width, upright=True) for width in (0, 12, 14, 16, 20)]
LAYERS = [{"hidden": (800,), "epochs": 56}, {"hidden": (800, 400), "epochs": 30}]  # as long


def main() -> None:
    """Print errors on the held-back images, in percent."""
    mnist = load("mnist", Path(sys.argv[1]))
    X, y = np.asarray(mnist.X_train), mnist.y_train
    data = Dataset(
        "mnist", X[:N_TRAIN], y[:N_TRAIN], X[N_TRAIN:], y[N_TRAIN:], mnist.classes,
        image_shape=mnist.image_shape,
    )  # fmt: skip

    def tell(words: str, judged: Sequence[Member]) -> None:
        predicted = mean_of(judged, data.X_test).argmax(axis=1)
        print(f"{100 * np.mean(predicted != data.y_test):.2f}  {words}", flush=True)

    print(f"one hidden layer of 800 units, {FEW_EPOCHS} epochs:")
    pool = members(
        SETTINGS | {"epochs": FEW_EPOCHS}, [*BY_CHANCE, *LEANING, *UPRIGHT], data, seed=0
    )
    for member in pool:
        tell(f"{member.view}", [member])
    tell("four that differ only by chance", pool[:4])
    of_view = {member.view: member for member in reversed(pool)}  # the first of equal views
    chosen, _ = views_of(VIEWS)
    for words, views in {
        "all that lean, of different widths": [View(), *LEANING],
        "all that are upright": UPRIGHT,
        "all of these": [View(), *LEANING, *UPRIGHT],
        "those that were chosen": chosen,
    }.items():
        tell(words, [of_view[view] for view in views])
    for layers in LAYERS:
        for member in members(SETTINGS | layers, [View(16, upright=True)], data, seed=0):
            tell(f"{member.view}, {layers}", [member])


if __name__ == "__main__":
    with threadpool_limits(1, user_api="blas"):
        main()
