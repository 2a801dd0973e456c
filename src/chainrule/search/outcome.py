"""What a search has shown: its trials, its finalists, and what its winner is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from chainrule.search.config import SearchConfig
from chainrule.search.intervals import Interval, of_difference, of_folds
from chainrule.search.space import Value


@dataclass(frozen=True)
class Trial:
    """Settings that were tried.

    Attributes:
        number: of the trial.
        values: of the settings that are searched over.
        scores: accuracies on the folds, in their order, 0 to 1.
        complete: whether it was measured on all folds.
    """

    number: int
    values: Mapping[str, Value]
    scores: tuple[float, ...]
    complete: bool

    @property
    def accuracy(self) -> float:
        """The mean over the folds."""
        return fmean(self.scores)


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, measured again on folds and first weights that no trial had.

    Attributes:
        trial: as it was in the search.
        scores: accuracies on the new folds.
        folds: of each repeat.
    """

    trial: Trial
    scores: tuple[float, ...]
    folds: int

    @property
    def again(self) -> Interval:
        """The mean over the new folds."""
        return of_folds(self.scores, self.folds)

    @property
    def flattery(self) -> Interval:
        """By how much the score in the search is higher."""
        return of_difference(self.trial.scores, self.scores, self.folds)


@dataclass(frozen=True)
class Searched:
    """A search that has come to its end.

    Attributes:
        config: what it was to do.
        folder: where it was written.
        storage: where its study is, without a password.
        study: its name.
        data: the name of the data.
        trials: all of them, in the order of their numbers.
        finalists: the best trials, the winner first.
        test: the winner on the test part.
        test_samples: how many samples that has.
        importance: of each setting, together 1; empty if there are too few trials to tell.
    """

    config: SearchConfig
    folder: Path
    storage: str
    study: str
    data: str
    trials: tuple[Trial, ...]
    finalists: tuple[Finalist, ...]
    test: Interval
    test_samples: int
    importance: Mapping[str, float]

    @property
    def winner(self) -> Finalist:
        """The trial with the highest accuracy in the search."""
        return self.finalists[0]


def story(searched: Searched) -> list[str]:
    """What the search has shown, in sentences."""
    winner, test = searched.winner, searched.test
    left = sum(not trial.complete for trial in searched.trials)
    again, flattery = winner.again, winner.flattery
    folds, repeats = searched.config.folds, searched.config.repeats
    sentences = [
        f"{len(searched.trials)} settings were tried, each on up to {folds * repeats} folds of "
        f"the training part; {left} of them were left early.",
        f"The best, trial {winner.trial.number}, has an accuracy of {winner.trial.accuracy:.4f} "
        f"there. That flatters, since it is the best of many: on {len(winner.scores)} new folds, "
        f"from new first weights, it is {again}.",
        f"So the search flatters by {flattery.value:.4f} (95 % interval {flattery.low:.4f} to "
        f"{flattery.high:.4f}). New folds of the same samples do not show by how much these "
        "samples suit it; the test part does.",
        f"On the test part, which was opened once and for this one alone, it is {test}, of "
        f"{searched.test_samples} samples.",
    ]
    near = [f for f in searched.finalists[1:] if again.low <= f.again.value <= again.high]
    if near:
        others = len(searched.finalists) - 1
        which = f"{len(near)} of the {others}" if len(near) < others else f"All {others}"
        sentences.append(
            f"{which} other finalists lie within its interval: between these the search cannot "
            "choose."
            if others > 1
            else "The other finalist lies within its interval: between the two the search cannot "
            "choose."
        )
    return sentences


def metrics(searched: Searched) -> dict[str, Any]:
    """The search in short, as plain data; intervals are of 95 %."""
    return {
        "out": str(searched.folder),
        "storage": searched.storage,
        "study": searched.study,
        "seed": searched.config.run.seed,
        "data": searched.data,
        "settings": searched.config.settings(),
        "trials": len(searched.trials),
        "left_early": sum(not trial.complete for trial in searched.trials),
        "winner": _finalist(searched.winner)
        | {"test_accuracy": _interval(searched.test), "test_samples": searched.test_samples},
        "finalists": [_finalist(finalist) for finalist in searched.finalists],
        "importance": dict(searched.importance),
    }


def _finalist(finalist: Finalist) -> dict[str, Any]:
    return {
        "trial": finalist.trial.number,
        "values": dict(finalist.trial.values),
        "search_accuracy": finalist.trial.accuracy,
        "again_accuracy": _interval(finalist.again),
        "flattery": _interval(finalist.flattery),
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
