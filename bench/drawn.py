"""How many drawn digits the lab's reader reads: strokes in styles that it was not tuned on.

    uv run python bench/drawn.py [SEEDS [MNIST]]

Trains the reader from seeds 0, 1, … on the digits and prints the share that it reads of a hundred
drawings in the styles held back, of others in the styles by which it was tuned and, given
a folder with MNIST's files, of 2,000 of its test images, which are by other hands altogether.
"""

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule import load
from chainrule.data.bitmaps import as_digit
from chainrule.lab.reader import train_reader
from chainrule.lab.strokes import ink_of
from drawn_strokes import HELD_BACK, STYLES, DrawnDigit, drawn_digits

HELD_BACK_SEED, TUNING_SEED = 2026, 1


def main() -> None:
    """Print a line for each set, and what was missed of those held back."""
    n_seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    held_back = drawn_digits(HELD_BACK, 10, HELD_BACK_SEED)
    sets = {
        "100 held back": _images(held_back),
        "500 as tuned on": _images(drawn_digits(STYLES, 50, TUNING_SEED)),
        **(_mnist(sys.argv[2], 2000) if len(sys.argv) > 2 else {}),
    }
    readers = [train_reader(seed=seed) for seed in range(n_seeds)]
    for name, (X, y) in sets.items():
        shares = [float(np.mean(reader.model.predict(X) == y)) for reader in readers]
        print(
            f"{name:<16} mean {np.mean(shares):.3f}, from {min(shares):.3f} to {max(shares):.3f}"
        )
    X, y = sets["100 held back"]
    print("missed of those held back, over all seeds (digit, style, read as: times)")
    missed = Counter(
        (one.label, one.style, int(read))
        for reader in readers
        for one, read in zip(held_back, reader.model.predict(X), strict=True)
        if one.label != read
    )
    for (label, style, read), times in missed.most_common():
        print(f"    {label}, style {style}, as {read}: {times}")


def _images(drawn: Sequence[DrawnDigit]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    X = np.array([as_digit(ink_of(one.strokes, one.pen)).ravel() for one in drawn])  # (N, 64)
    return X, np.array([one.label for one in drawn])


def _mnist(folder: str, number: int) -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
    mnist = load("mnist", folder)
    images = np.asarray(mnist.X_test[:number], np.float64).reshape(-1, 28, 28) / 255
    X = np.array([as_digit(image).ravel() for image in images])
    return {f"{number:,} of MNIST": (X, np.asarray(mnist.y_test[:number]))}


if __name__ == "__main__":
    main()
