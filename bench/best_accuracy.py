"""The best test accuracy on the digits, honestly: the rows of docs/best-accuracy.md.

    uv run --group dev python bench/best_accuracy.py              # all rows that are not there yet
    uv run --group dev python bench/best_accuracy.py --only svm   # those that have a word in them
    uv run --group dev python bench/best_accuracy.py --list       # the rows, and which are there
    uv run --group dev python bench/best_accuracy.py --table      # write the document from them

A row is one method on one division of the images. Each of its folds is kept as a line of
bench/best_accuracy.jsonl as soon as it is measured, and not measured again. Every method sees the
same divisions:

- split: the published one, 1,527 images to train on and 270 to test;
- random: ten folds with the classes in equal shares, drawn anew for each repeat;
- contiguous: ten folds of images that follow one another, a stand-in for writers that were not
  trained on.

A method with several candidates chooses among them in each fold, by cross-validation in the rest
of the images alone (nested); where the folds are contiguous, so are those within. The images held
back are classified once, by the candidate that was chosen. Kept are the indices of those that were
wrong, so that differences can be taken image by image.
"""

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from accuracylib.document import document
from accuracylib.rows import FOLDS, REPEATS, Fold, Name, interval, read_rows, remove_cut_off, whole
from chainrule.data import Dataset, load_digits
from chainrule.data.splits import published_split
from chainrule.errors import DivergenceError
from chainrule.runs.config import RunConfig, default_learning_rate
from chainrule.runs.models import new_model
from chainrule.search.folds import fold_numbers
from chainrule.training.fit import train_epochs

HERE = Path(__file__).parent
ROWS, DOCUMENT = HERE / "best_accuracy.jsonl", HERE.parent / "docs" / "best-accuracy.md"
INNER_FOLDS = 5
Indices = NDArray[np.int64]
Candidate = dict[str, Any]
Predict = Callable[[Candidate, Dataset, int], Indices]


@dataclass(frozen=True)
class Method:
    """What is measured: candidates to choose from, and how one is trained and predicts."""

    name: str
    candidates: Sequence[Candidate]
    predict: Predict


def network(candidate: Candidate, data: Dataset, seed: int) -> Indices:
    """What a network, or softmax regression, predicts of the test part, `(M,)`.

    The candidate has settings of a run. A training that diverges classifies nothing rightly.
    """
    changes: Candidate = {"models": ("net",), **candidate, "seed": seed}
    config = RunConfig(**changes)
    scaled = data.scaled(config.scale or "standard")
    (name,) = config.models
    settings = config.settings(name, len(scaled.y_train))
    model = new_model(name, config, scaled, settings)
    try:
        train_epochs(model, *scaled.part("train"), settings, threads=1)
    except DivergenceError:
        return np.full(len(data.y_test), -1)
    return np.asarray(model.predict(np.asarray(scaled.X_test)))


def of_sklearn(make: Callable[..., Any]) -> Predict:
    """The same of an estimator of scikit-learn, whose parameters the candidate has."""

    def predict(candidate: Candidate, data: Dataset, seed: int) -> Indices:
        estimator = make(**candidate).fit(np.asarray(data.X_train, float), data.y_train)
        return np.asarray(estimator.predict(np.asarray(data.X_test, float)))

    return predict


def mlp(**parameters: Any) -> Any:
    """scikit-learn's network on standardised pixels, out of the box but for the parameters."""
    return make_pipeline(
        StandardScaler(), MLPClassifier(random_state=0, max_iter=500, **parameters)
    )


def grid(**values: Sequence[Any]) -> list[Candidate]:
    """Every combination."""
    return [
        dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())
    ]


TUNED = [
    candidate | {"learning_rate": factor * default_learning_rate(candidate["activation"], 1, 0.0)}
    for candidate in grid(
        activation=("sigmoid", "tanh", "relu"), hidden=((64,), (128,)), weight_decay=(0.0, 3e-4),
        epochs=(30,),
    )
    for factor in (0.5, 1)
]  # fmt: skip
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
WIDTHS = (4, 8, 16, 32, 64, 128, 256)
LAYERS = ((32, 32), (64, 64), (128, 128))
METHODS = [
    Method("chainrule, defaults", [{}], network),
    Method("softmax regression", [{"models": ("logistic",)}], network),
    Method(
        "nearest neighbours, tuned", grid(n_neighbors=(1, 3, 5)), of_sklearn(KNeighborsClassifier)
    ),
    *(Method(f"learning rate {rate:g}", [{"learning_rate": rate}], network) for rate in RATES),
    *(Method(f"width {width}", [{"hidden": (width,)}], network) for width in WIDTHS),
    *(
        Method(f"two hidden layers {width}-{width}", [{"hidden": (width, width)}], network)
        for width, _ in LAYERS
    ),
    Method("chainrule, tuned", TUNED, network),
    Method("svm, tuned", grid(gamma=(5e-4, 1e-3, 2e-3), C=(1, 10)), of_sklearn(SVC)),
    Method("scikit-learn's MLP, 100 units", [{}], of_sklearn(mlp)),
]
# The rows in the order in which they are measured: what says most comes first.
PLACES = [("random", 0), ("contiguous", 0), ("split", 0)]
PLACES += [("random", repeat) for repeat in range(1, REPEATS)]


def division(kind: str, repeat: int, fold: int, y: Indices) -> tuple[Indices, Indices]:
    """Which images, of labels `(N,)`, are trained on, and which held back: `(n,)`, `(m,)`."""
    if kind == "split":
        return published_split(len(y))
    numbers = fold_of_each(kind, y, FOLDS, seed=repeat)
    return np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)


def fold_of_each(kind: str, y: Indices, folds: int, seed: int) -> Indices:
    """The fold in which each image is held back, `(N,)` labels to `(N,)` numbers from 0."""
    if kind == "contiguous":
        return np.arange(len(y)) * folds // len(y)
    return fold_numbers(y, folds, seed)


def all_digits() -> tuple[NDArray[Any], Indices]:
    """All images `(1797, 64)` and labels `(1797,)`, in the order in which they were written."""
    digits = load_digits()
    train, test = published_split(len(digits.y_train) + len(digits.y_test))
    order = np.argsort(np.concatenate([train, test]))
    X = np.concatenate([np.asarray(digits.X_train), np.asarray(digits.X_test)])[order]
    return X, np.concatenate([digits.y_train, digits.y_test])[order]


def measured(
    method: Method, name: Name, number: int, X: NDArray[Any], y: Indices, pool: ThreadPoolExecutor
) -> Fold:
    """A method on one fold of a division, with images `(N, D)` and labels `(N,)`."""

    def part(train: Indices, held: Indices) -> Dataset:
        classes = tuple(range(10))
        return Dataset("digits", X[train], y[train], X[held], y[held], classes, image_shape=(8, 8))

    def right(job: tuple[Candidate, int]) -> int:
        candidate, fold = job
        data = part(train[inner != fold], train[inner == fold])
        return int((method.predict(candidate, data, fold) == data.y_test).sum())

    started, chosen = time.process_time(), method.candidates[0]
    train, held = division(name.kind, name.repeat, number, y)
    if len(method.candidates) > 1:
        inner = fold_of_each(name.kind, y[train], INNER_FOLDS, seed=1000 * name.repeat + number)
        jobs = itertools.product(method.candidates, range(INNER_FOLDS))
        counts = np.array(list(pool.map(right, jobs))).reshape(-1, INNER_FOLDS)
        chosen = method.candidates[int(counts.sum(axis=1).argmax())]  # the first of equals
    predicted = method.predict(chosen, part(train, held), number)
    wrong = held[predicted != y[held]].tolist()
    return Fold(name, number, len(held), wrong, chosen, time.process_time() - started)


def measure(method: Method, name: Name, done: int, path: Path, threads: int) -> list[Fold]:
    """The folds of a row after the first so many, each written as it is measured."""
    X, y = all_digits()
    folds = []
    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1, user_api="blas"):
        for number in range(done, name.n_folds):
            folds.append(measured(method, name, number, X, y, pool))
            with path.open("a", encoding="utf-8") as file:
                file.write(folds[-1].as_line())
    return folds


def main() -> None:
    """Measure the rows that are asked for and are not there."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--only", default="", help="rows that have this word in them")
    parser.add_argument("--rows", type=Path, default=ROWS, help="the file of the rows")
    parser.add_argument("--threads", type=int, default=2, help="networks trained at a time")
    parser.add_argument("--list", action="store_true", help="print the rows, and measure none")
    parser.add_argument("--table", action="store_true", help="write the document")
    arguments = parser.parse_args()
    rows = read_rows(arguments.rows)
    if arguments.table:
        text = document(whole(rows), [method.name for method in METHODS], PLACES)
        DOCUMENT.write_text(text, encoding="utf-8")
        return
    remove_cut_off(arguments.rows)
    for (kind, repeat), method in itertools.product(PLACES, METHODS):
        name = Name(kind, repeat, method.name)
        if arguments.only not in str(name):
            continue
        folds = rows.get(name, [])
        if len(folds) < name.n_folds and not arguments.list:
            folds = folds + measure(method, name, len(folds), arguments.rows, arguments.threads)
        is_whole = len(folds) == name.n_folds
        print(name, interval(folds) if is_whole else f"{len(folds)} folds", flush=True)


if __name__ == "__main__":
    main()
