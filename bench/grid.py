"""A grid search on the digits: chainrule's estimator beside scikit-learn's MLPClassifier.

    uv run --extra estimators python bench/grid.py [CANDIDATES]

`NeuralNetClassifier` goes through all of a grid of 100 candidates in 5 folds of the training part,
500 networks. `MLPClassifier` would take half an hour for it; it goes through CANDIDATES of them (5
unless told otherwise) that lie evenly in the grid, twice: on the same steps, one sample at a time
and as many epochs, and as it is out of the box (Adam, batches of 200, up to 200 epochs). The
ratios compare the time that both need for these few candidates; the time of MLPClassifier for all
of the grid is theirs times 100 / CANDIDATES, and is marked as such.

All of it happens in one process with one BLAS thread. Times are the processor's, so that a
neighbour's load tells less; n_jobs=2 would halve those of either. The accuracies are the highest
mean of a candidate over the folds, and flatter as the best of several; they say what was trained
for that time. Takes about two and a half minutes.
"""

import sys
import time
import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from chainrule import load_digits
from chainrule.estimators import NeuralNetClassifier

FOLDS, EPOCHS = 5, 15
GRID = {
    "hidden_layer_sizes": [(16,), (32,), (64,), (128,), (64, 32)],
    "learning_rate_init": [0.01, 0.02, 0.05, 0.1, 0.2],
    "alpha": [0.0, 1e-5, 1e-4, 1e-3],
}
Candidate = dict[str, Any]


class Search(NamedTuple):
    """What a search took, and the mean accuracy of its best candidate over the folds."""

    seconds: float
    accuracy: float


def search(classifier: Any, candidates: list[Candidate]) -> Search:
    """Go through candidates by cross-validation, the features standardised in each fold."""
    digits = load_digits()
    pipeline = Pipeline([("scale", StandardScaler()), ("net", classifier)])
    grid = [{f"net__{name}": [value] for name, value in c.items()} for c in candidates]
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        started = time.process_time()
        done = GridSearchCV(pipeline, grid, cv=FOLDS, refit=False, error_score="raise").fit(
            digits.X_train, digits.y_train
        )
        return Search(time.process_time() - started, float(done.best_score_))


def row(name: str, number: int, result: Search, ratio: str = "") -> None:
    """Print a line of the table."""
    print(f"{name:46s} {number:4d}  {result.seconds:8.1f} s  {result.accuracy:.4f}  {ratio}")


def main() -> None:
    """Print the table."""
    candidates = list(ParameterGrid(GRID))
    n_few = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    few = [candidates[i] for i in np.linspace(0, len(candidates) - 1, n_few).round().astype(int)]

    ours = NeuralNetClassifier(max_iter=EPOCHS, random_state=0)
    search(ours, few)  # whatever is loaded when it is first asked for
    same_steps = MLPClassifier(
        solver="sgd", nesterovs_momentum=False, momentum=0.0, batch_size=1, activation="logistic",
        max_iter=EPOCHS, tol=0.0, n_iter_no_change=EPOCHS, random_state=0,
    )  # fmt: skip
    as_it_is = MLPClassifier(random_state=0)
    # A learning rate of single samples is none for Adam.
    of_adam = [{name: v for name, v in c.items() if name != "learning_rate_init"} for c in few]

    print(f"{'grid search on the digits, 5 folds':46s} {'candidates':>4s}  time  accuracy")
    row("NeuralNetClassifier", len(candidates), search(ours, candidates))
    base = search(ours, few)
    row("NeuralNetClassifier", n_few, base)
    for name, peer, given in (
        ("MLPClassifier, the same steps", same_steps, few),
        ("MLPClassifier, out of the box", as_it_is, of_adam),
    ):
        result = search(peer, given)
        row(name, n_few, result, f"{result.seconds / base.seconds:.0f} times as long")
        whole = result.seconds * len(candidates) / n_few
        print(f"{'  extrapolated to the whole grid':46s} {len(candidates):4d}  {whole:8.0f} s")


if __name__ == "__main__":
    main()
