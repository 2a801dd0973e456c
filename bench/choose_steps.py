"""Choose the settings of the steps of docs/best-accuracy.md by other digits than those.

    uv run --group dev python bench/choose_steps.py MNIST

MNIST is the folder of its four IDX files. Its training images are made as small as the lab's: cut
out, stretched to a height of 32 pixels that are black or white, and counted in squares of 4 by 4.
They are by hundreds of other writers, so that nothing of the lab's images is seen here. Each
candidate trains on as many as the lab has, three times on different ones, and is judged by 10,000
that none trains on. MNIST's test images are not looked at.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from accuracylib.methods import STRENGTHS, within
from accuracylib.networks import network
from chainrule.data import Dataset, load

SIDE, SMALL, COUNTED = 32, 8, 4  # pixels along a side, before and after, and of a square
N_TRAIN, REPEATS, N_JUDGES = 1600, 3, 10_000
BASE = {"activation": "relu", "init": "he", "averaging": 0.5, "label_smoothing": 0.1}


def small(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images `(N, 28, 28)` as the lab's are made, `(N, 64)`, each pixel 0 to 16."""
    return np.stack([_counts(image > 127) for image in images]).astype(np.float32)


def _counts(image: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Black pixels in each square of 4 by 4, of one image `(28, 28)` to `(64,)`."""
    rows, columns = (np.flatnonzero(image.any(axis=axis)) for axis in (1, 0))
    step = (rows[-1] - rows[0] + 1) / SIDE
    places = (np.arange(SIDE) + 0.5 - SIDE / 2) * step
    middles = [(ends[0] + ends[-1] + 1) / 2 for ends in (rows, columns)]
    y, x = (np.floor(middle + places).astype(int) for middle in middles)
    inside = (x >= 0) & (x < image.shape[1])
    large = image[y][:, x.clip(0, image.shape[1] - 1)] & inside
    squares = large.reshape(SMALL, COUNTED, SMALL, COUNTED)
    return np.asarray(squares.sum(axis=(1, 3))).ravel()


def main() -> None:
    """Print the accuracy of each candidate, the mean of three trainings."""
    mnist = load("mnist", Path(sys.argv[1]))
    n_used = REPEATS * N_TRAIN + N_JUDGES
    X = small(np.asarray(mnist.X_train[:n_used]).reshape(n_used, 28, 28))
    y, classes = mnist.y_train[:n_used], tuple(range(10))
    none = Dataset("small", X[:0], y[:0], X[:0], y[:0], classes, image_shape=(SMALL, SMALL))
    judges = slice(REPEATS * N_TRAIN, n_used)
    parts = [
        dataclasses.replace(none, X_train=X[n], y_train=y[n], X_test=X[judges], y_test=y[judges])
        for n in (slice(k * N_TRAIN, (k + 1) * N_TRAIN) for k in range(REPEATS))
    ]
    machines = [SVC(C=10, gamma=1e-3).fit(d.X_train, d.y_train) for d in parts]
    scores = [svm.score(d.X_test, d.y_test) for svm, d in zip(machines, parts, strict=True)]
    print(f"{np.mean(scores):.4f}  an SVM")
    for candidate in [
        *within(BASE | {"hidden": (128,), "epochs": 100}, learning_rate=(0.01, 0.03, 0.1),
                augment=("none", *STRENGTHS.values())),
        *within(BASE | {"epochs": 100, "augment": "usual"}, learning_rate=(0.03, 0.1),
                hidden=((256,), (512,), (128, 128))),
        *within(BASE | {"augment": "usual", "learning_rate": 0.03}, epochs=(200, 300),
                hidden=((128,), (256,))),
    ]:  # fmt: skip
        right = [(network(candidate, d, seed) == d.y_test).mean() for seed, d in enumerate(parts)]
        varied = {name: value for name, value in candidate.items() if name not in BASE}
        print(f"{np.mean(right):.4f}  {varied}", flush=True)


if __name__ == "__main__":
    main()
