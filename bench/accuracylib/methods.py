"""What is measured: each method, with the candidates that it chooses among."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from accuracylib.committee import committee
from accuracylib.networks import Candidate, Indices, network
from chainrule.data import Dataset
from chainrule.runs.config import default_learning_rate

Predict = Callable[[Candidate, Dataset, int], Indices]


@dataclass(frozen=True)
class Method:
    """What is measured: candidates to choose from, and how one is trained and predicts.

    Attributes:
        name: of its rows.
        candidates: one, or several to choose from.
        predict: what a candidate predicts of the test part.
        while_choosing: settings that differ while one is chosen, so that it takes less time.
    """

    name: str
    candidates: Sequence[Candidate]
    predict: Predict
    while_choosing: Candidate = field(default_factory=dict)


def of_sklearn(make: Callable[..., Any]) -> Predict:
    """The predictions of an estimator of scikit-learn, whose parameters the candidate has."""

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


def within(fixed: Candidate, **values: Sequence[Any]) -> list[Candidate]:
    """Every combination, each with the settings that do not vary."""
    return [fixed | varied for varied in grid(**values)]


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

# Each step keeps what the ones before it have. The settings are those of bench/choose_steps.py.
WIDE = {"activation": "relu", "init": "he", "hidden": (256,), "epochs": 200}
SMOOTH = WIDE | {"label_smoothing": 0.1}
DEFORMED = SMOOTH | {"augment": "usual", "learning_rate": 0.03}
AVERAGED = DEFORMED | {"averaging": 0.5}
TOGETHER = AVERAGED | {"members": 5}
STRENGTHS = {
    "half": "shift=0.025,rotation=5,zoom=0.05,shear=0.05,elastic=0.02",  # of the usual
    "usual": "usual",
    "strong": "shift=0.075,rotation=15,zoom=0.15,shear=0.15,elastic=0.06",  # 1.5 times the usual
}
STEPS = [
    Method("step 1, 256 relu units, 200 epochs", [WIDE], network),
    Method("step 2, label smoothing 0.1", [SMOOTH], network),
    Method("step 3, augmentation", [DEFORMED], network),
    Method("step 4, averaging of the later half", [AVERAGED], network),
    Method("step 5, ensemble of 5", [TOGETHER], network),
    Method(
        "step 6, strength tuned",
        within(TOGETHER, augment=tuple(STRENGTHS.values())),
        network,
        while_choosing={"members": 1, "epochs": 100},
    ),
]
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
    *STEPS,
]

on_all_processors = partial(network, threads=None)
NET = {"activation": "relu", "init": "he", "batch_size": 32, "schedule": "cosine"}
LARGE = NET | {"hidden": (800,)}
ELASTIC = LARGE | {"augment": "usual", "epochs": 80}
# What the members see, and how large they are, was chosen by bench/choose_committee.py.
VIEWS = ELASTIC | {
    "hidden": (800, 400),
    "epochs": 40,
    "learning_rate": 0.2,
    "widths": (0, 18),
    "upright_widths": (0, 14, 16, 20),
}
MNIST = [
    Method(
        "128 relu units",
        within(NET | {"hidden": (128,), "epochs": 20}, learning_rate=(0.1, 0.2)),
        on_all_processors,
        while_choosing={"epochs": 8},
    ),
    Method(
        "800 relu units",
        within(LARGE | {"epochs": 20}, learning_rate=(0.1, 0.2)),
        on_all_processors,
        while_choosing={"epochs": 8},
    ),
    Method(
        "800 relu units, regularised",
        within(
            LARGE | {"epochs": 30, "learning_rate": 0.1},
            dropout=(0.0, 0.5),
            label_smoothing=(0.0, 0.1),
        ),
        on_all_processors,
        while_choosing={"epochs": 8},
    ),
    Method(
        "800 relu units, augmentation",
        within(ELASTIC, learning_rate=(0.1, 0.2), label_smoothing=(0.0, 0.1)),
        on_all_processors,
        while_choosing={"epochs": 8},
    ),
    Method(
        "a committee of 5 that differ only by chance",
        [ELASTIC | {"epochs": 50, "learning_rate": 0.2, "members": 5}],  # as chosen for one
        on_all_processors,
    ),
    Method("a committee of 6 with views of their own", [VIEWS], committee),
]
