"""A network, or several, trained as the settings of a candidate say."""

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset
from chainrule.errors import DivergenceError
from chainrule.nn.ensemble import Ensemble
from chainrule.runs.config import RunConfig
from chainrule.runs.data import scale_of
from chainrule.runs.models import Model, new_model
from chainrule.training.augmentation import Augmentation
from chainrule.training.fit import train_epochs

Candidate = dict[str, Any]
Indices = NDArray[np.int64]


def network(candidate: Candidate, data: Dataset, seed: int, threads: int | None = 1) -> Indices:
    """What a network, or softmax regression, predicts of the test part, `(M,)`.

    Args:
        candidate: settings of a run; `augment` in words.
        data: raw.
        seed: of the run.
        threads: for batches; None is what is fastest.

    Returns:
        The labels; -1 for all if the training diverges, which then classifies nothing rightly.
    """
    config = config_of(candidate, seed)
    scaled = data.scaled(scale_of(config, data))
    try:
        model = trained(config, scaled, threads)
    except DivergenceError:
        return np.full(len(data.y_test), -1)
    return np.asarray(model.predict(np.asarray(scaled.X_test)))


def config_of(candidate: Candidate, seed: int) -> RunConfig:
    """The run whose settings a candidate has, of a network if it does not say otherwise."""
    words = candidate.get("augment", "none")
    changes = {"models": ("net",), **candidate, "augment": Augmentation.read(words), "seed": seed}
    return RunConfig(**changes)


def trained(config: RunConfig, scaled: Dataset, threads: int | None) -> Model:
    """The model of a run, whose members have the seeds that follow one another."""
    (name,) = config.models
    members = []
    for seed in range(config.seed, config.seed + config.members):
        of_member = dataclasses.replace(config, seed=seed)
        settings = of_member.settings(name, len(scaled.y_train))
        members.append(new_model(name, of_member, scaled, settings))
        train_epochs(
            members[-1],
            *scaled.part("train"),
            settings,
            threads=threads,
            augment=config.augment,
            image_shape=scaled.image_shape,
        )
    return Ensemble(members) if len(members) > 1 else members[0]
