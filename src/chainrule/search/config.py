"""What a search is to do: every setting, its default, and what is possible."""

import os
from dataclasses import dataclass
from typing import Any

from chainrule.errors import ChainruleError, Setting, quoted
from chainrule.runs.config import RunConfig
from chainrule.search.space import AUGMENT, DEFAULT, SETTINGS, Choices, Space
from chainrule.training.engines import check_threads

NETWORK = RunConfig(models=("net",))
# Settings of a run that a search has no use for, and why.
NOT_OF_A_TRIAL = {
    "patience": "a trial is trained for all its epochs, since what a fold holds back measures it, "
    "and may not stop it as well",
    "validation": "the folds hold back what a trial is measured on",
    "members": "a trial is a single network; average several of the winner's settings afterwards",
}
DEFAULT_SPACE = Space.of(DEFAULT)


@dataclass(frozen=True)
class SearchConfig:
    """What a search is to do; the options of `chainrule search`.

    Attributes:
        run: the data, the scaling, the engine and the seed, and all settings that do not vary.
        space: what is tried of the others.
        trials: how many there are to be in all, by all workers.
        folds: of each repeat of cross-validation.
        repeats: how often the training part is divided anew for a trial.
        finalists: how many of the best are measured again on folds that none has seen.
        threads: how many folds are trained at a time; with any number the results are the same.
        storage: the storage of the study, as SQLAlchemy writes it; None is a file in the folder.
        study: its name in the storage; None is the name of the data.

    Raises:
        ChainruleError: naming a setting that is out of its range.

    >>> SearchConfig(trials=0)
    Traceback (most recent call last):
    chainrule.errors.ChainruleError: trials must be a whole number, 1 or more; got 0
    """

    run: RunConfig = NETWORK
    space: Space = DEFAULT_SPACE
    trials: int = 50
    folds: int = 5
    repeats: int = 2
    finalists: int = 5
    threads: int | None = None
    storage: str | None = None
    study: str | None = None

    def __post_init__(self) -> None:
        for name, least in (("trials", 1), ("folds", 2), ("repeats", 1), ("finalists", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ChainruleError(
                    f"{name} must be a whole number, {least} or more; got {quoted(value)}"
                )
        for name, why in NOT_OF_A_TRIAL.items():
            value = getattr(self.run, name)
            if value != getattr(NETWORK, name):
                raise ChainruleError(f"{why}; leave out ", Setting(name, value))
        if not self.space.settings:
            raise ChainruleError(
                f"there is nothing to search over; give values of some of {', '.join(SETTINGS)}"
            )
        if self.threads is not None:
            check_threads(self.threads)

    @property
    def n_threads(self) -> int:
        """Those asked for, else one for each processor."""
        if self.threads is not None:
            return self.threads
        can_tell = hasattr(os, "sched_getaffinity")  # not everywhere
        return len(os.sched_getaffinity(0)) if can_tell else os.cpu_count() or 1

    def settings(self) -> dict[str, str]:
        """Every setting in words: what is tried of it, or what it is.

        How far images are deformed is said where they are, or where that is tried.
        """
        run = self.run
        fixed: dict[str, Any] = {"width": run.hidden[0], "layers": len(run.hidden)}
        if run.augment or any(name in self.space.settings for name in AUGMENT):
            fixed |= {name: getattr(run.augment, name) for name in AUGMENT}
        others = [name for name in SETTINGS if name not in (*fixed, *AUGMENT)]
        fixed |= {name: getattr(run, name) for name in others}
        if fixed["learning_rate"] is None:
            fixed["learning_rate"] = "by activation and batch size"
        words = {name: str(value) for name, value in fixed.items()} | self.space.as_text()
        return {name: words[name] for name in SETTINGS if name in words} | {
            "scale": run.scale or "by the data"
        }

    @property
    def searched(self) -> list[str]:
        """The settings that have more than one value."""
        return [
            name
            for name, values in self.space.settings.items()
            if not isinstance(values, Choices) or len(values.values) > 1
        ]
