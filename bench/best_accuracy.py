"""The best test accuracy, honestly: the rows of docs/best-accuracy.md.

    uv run --group dev python bench/best_accuracy.py              # all rows that are not there yet
    uv run --group dev python bench/best_accuracy.py --only svm   # those that have a word in them
    uv run --group dev python bench/best_accuracy.py --mnist DIR  # MNIST's too, of these IDX files
    uv run --group dev python bench/best_accuracy.py --list       # the rows, and which are there
    uv run --group dev python bench/best_accuracy.py --table      # write the document from them

A row is one method on one division of the images. Each of its folds is kept as a line of
bench/best_accuracy.jsonl as soon as it is measured, and not measured again. Every method sees the
same divisions of the digits:

- split: the published one, 1,527 images to train on and 270 to test;
- random: ten folds with the classes in equal shares, drawn anew for each repeat;
- contiguous: ten folds of images that follow one another, a stand-in for writers that were not
  trained on.

A method with several candidates chooses among them in each fold, by cross-validation in the rest
of the images alone (nested); where the folds are contiguous, so are those within. The images held
back are classified once, by the candidate that was chosen. Kept are the indices of those that were
wrong, so that differences can be taken image by image.

MNIST has its own division, 60,000 images to train on and 10,000 to test. Candidates train on the
first 50,000 and are chosen by the 10,000 after them; the one that was chosen trains on all 60,000.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from accuracylib.document import document
from accuracylib.methods import METHODS, MNIST, Method
from accuracylib.networks import Indices
from accuracylib.rows import FOLDS, REPEATS, Fold, Name, interval, read_rows, remove_cut_off, whole
from chainrule.data import Dataset, load, load_digits
from chainrule.data.splits import published_split
from chainrule.search.folds import fold_numbers

HERE = Path(__file__).parent
ROWS, DOCUMENT = HERE / "best_accuracy.jsonl", HERE.parent / "docs" / "best-accuracy.md"
INNER_FOLDS = 5
MNIST_TRAIN, MNIST_HELD_BACK = 60_000, 10_000
# The rows in the order in which they are measured: what says most comes first.
PLACES = [("random", 0), ("contiguous", 0), ("split", 0)]
PLACES += [("random", repeat) for repeat in range(1, REPEATS)]


def rows_to_measure() -> Iterator[tuple[Name, Method]]:
    """All that there are, in order."""
    for (kind, repeat), method in itertools.product(PLACES, METHODS):
        yield Name(kind, repeat, method.name), method
    for method in MNIST:
        yield Name("mnist", 0, method.name), method


def division(kind: str, repeat: int, fold: int, y: Indices) -> tuple[Indices, Indices]:
    """Which images, of labels `(N,)`, are trained on, and which held back: `(n,)`, `(m,)`."""
    if kind == "split":
        return published_split(len(y))
    if kind == "mnist":
        return np.arange(MNIST_TRAIN), np.arange(MNIST_TRAIN, len(y))
    numbers = fold_of_each(kind, y, FOLDS, seed=repeat)
    return np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)


def fold_of_each(kind: str, y: Indices, folds: int, seed: int) -> Indices:
    """The fold in which each image is held back, `(N,)` labels to `(N,)` numbers from 0."""
    if kind == "contiguous":
        return np.arange(len(y)) * folds // len(y)
    return fold_numbers(y, folds, seed)


def inner_folds(name: Name, number: int, y: Indices) -> Iterator[tuple[Indices, Indices]]:
    """By which candidates are chosen: of the labels trained on, `(n,)`, the two sides of each."""
    if name.kind == "mnist":
        yield np.arange(len(y) - MNIST_HELD_BACK), np.arange(len(y) - MNIST_HELD_BACK, len(y))
        return
    numbers = fold_of_each(name.kind, y, INNER_FOLDS, seed=1000 * name.repeat + number)
    for fold in range(INNER_FOLDS):
        yield np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)


def all_digits() -> tuple[NDArray[Any], Indices]:
    """All images `(1797, 64)` and labels `(1797,)`, in the order in which they were written."""
    digits = load_digits()
    train, test = published_split(len(digits.y_train) + len(digits.y_test))
    order = np.argsort(np.concatenate([train, test]))
    X = np.concatenate([np.asarray(digits.X_train), np.asarray(digits.X_test)])[order]
    return X, np.concatenate([digits.y_train, digits.y_test])[order]


def all_mnist(folder: Path) -> tuple[NDArray[Any], Indices]:
    """The 60,000 training images, then the 10,000 test images, `(70000, 784)`, and labels."""
    mnist = load("mnist", folder)
    X = np.concatenate([np.asarray(mnist.X_train), np.asarray(mnist.X_test)])
    return X, np.concatenate([mnist.y_train, mnist.y_test])


def measured(method: Method, name: Name, number: int, X: NDArray[Any], y: Indices) -> Fold:
    """A method on one fold of a division, with images `(N, D)` and labels `(N,)`."""

    def part(train: Indices, held: Indices) -> Dataset:
        side = int(X.shape[1] ** 0.5)
        return Dataset(
            name.kind, X[train], y[train], X[held], y[held], tuple(range(10)),
            image_shape=(side, side),
        )  # fmt: skip

    # Folds are measured side by side, each in a thread; a row of one fold may have more threads.
    clock = time.thread_time if name.n_folds > 1 else time.process_time
    started, chosen = clock(), method.candidates[0]
    train, held = division(name.kind, name.repeat, number, y)
    if len(method.candidates) > 1:
        counts = [0] * len(method.candidates)
        for fold, (inner, judges) in enumerate(inner_folds(name, number, y[train])):
            data = part(train[inner], train[judges])
            for place, candidate in enumerate(method.candidates):
                predicted = method.predict(candidate | method.while_choosing, data, fold)
                counts[place] += int((predicted == data.y_test).sum())
        chosen = method.candidates[counts.index(max(counts))]  # the first of equals
    predicted = method.predict(chosen, part(train, held), number)
    wrong = held[predicted != y[held]].tolist()
    return Fold(name, number, len(held), wrong, chosen, clock() - started)


def measure(
    method: Method,
    name: Name,
    done: int,
    images: tuple[NDArray[Any], Indices],
    path: Path,
    threads: int,
) -> list[Fold]:
    """The folds of a row after the first so many, each written as it is measured."""
    folds = []
    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1, user_api="blas"):
        numbers = range(done, name.n_folds)
        for fold in pool.map(lambda number: measured(method, name, number, *images), numbers):
            folds.append(fold)
            with path.open("a", encoding="utf-8") as file:
                file.write(fold.as_line())
    return folds


def main() -> None:
    """Measure the rows that are asked for and are not there."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--only", default="", help="rows that have this word in them")
    parser.add_argument("--mnist", type=Path, help="the folder of MNIST's four IDX files")
    parser.add_argument("--rows", type=Path, default=ROWS, help="the file of the rows")
    parser.add_argument("--threads", type=int, default=2, help="folds measured at a time")
    parser.add_argument("--list", action="store_true", help="print the rows, and measure none")
    parser.add_argument("--table", action="store_true", help="write the document")
    arguments = parser.parse_args()
    rows = read_rows(arguments.rows)
    if arguments.table:
        names, of_mnist = ([method.name for method in methods] for methods in (METHODS, MNIST))
        DOCUMENT.write_text(document(whole(rows), names, of_mnist, PLACES), encoding="utf-8")
        return
    remove_cut_off(arguments.rows)
    digits = all_digits()
    mnist = all_mnist(arguments.mnist) if arguments.mnist else None
    for name, method in rows_to_measure():
        if arguments.only not in str(name):
            continue
        folds = rows.get(name, [])
        images = mnist if name.kind == "mnist" else digits
        if images and len(folds) < name.n_folds and not arguments.list:
            folds = folds + measure(
                method, name, len(folds), images, arguments.rows, arguments.threads
            )
        is_whole = len(folds) == name.n_folds
        print(name, interval(folds) if is_whole else f"{len(folds)} folds", flush=True)


if __name__ == "__main__":
    main()
