"""Repeated cross-validation of settings, on the training part alone.

The folds are drawn once, before anything is trained, and every candidate is measured on the same
ones, from the same first weights: two candidates then differ by what they are and not by luck. A
network sees the training samples of one fold only, so that leaving a candidate after a few folds
lets no validation sample into any training. The test part is not in the data that this takes.
"""

import dataclasses
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError, DivergenceError, Setting, quoted
from chainrule.nn.evaluate import score
from chainrule.runs.config import RunConfig
from chainrule.runs.data import scale_of
from chainrule.runs.models import Model, new_model
from chainrule.training.epochs import Training
from chainrule.training.numerics import one_blas_thread

# What a fold is for. Its samples and first weights are drawn anew for each of these.
SEARCH, RETRY = 0, 1
FEWEST_FOLDS, FEWEST_OTHERS = 2, 5  # by which a candidate can be called poor


class StoppedError(Exception):
    """It was asked to stop; what was measured before stands."""


def fold_numbers(y: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold in which each sample is held back, `(N,)` labels to `(N,)` numbers from 0.

    The classes have the same shares in all folds, to within a sample, and so do the sizes.

    >>> fold_numbers(np.array([0, 0, 0, 0, 1, 1]), folds=2, seed=0)
    array([0, 1, 1, 0, 1, 0])
    """
    order = np.random.default_rng(seed).permutation(len(y))
    by_class = order[np.argsort(y[order], kind="stable")]
    numbers = np.empty(len(y), np.int64)
    numbers[by_class] = np.arange(len(y)) % folds  # dealt like cards, class after class
    return numbers


def check_folds(data: Dataset, folds: int) -> None:
    """Refuse folds in which a class would be missing, on either side.

    Raises:
        ChainruleError: naming the class that has too few training samples.
    """
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:
        raise ChainruleError(f"folds must be a whole number, 2 or more; got {quoted(folds)}")
    counts = np.bincount(data.y_train, minlength=len(data.classes))
    rarest = int(counts.argmin())
    name, number = quoted(data.classes[rarest]), int(counts[rarest])
    if number == 1:
        raise ChainruleError(
            f"the class {name} has one training sample, which cannot be trained on and validated "
            "on; give more samples of it, or leave it out"
        )
    if number < folds:
        raise ChainruleError(
            f"there are {folds} folds, but {number} training samples of the class {name}: some "
            "fold would have none of it; give ",
            Setting("folds", number),
            " or fewer",
        )


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Folds:
    """The folds on which candidates are measured.

    Attributes:
        data: raw; of its test part nothing is kept.
        folds: of each repeat.
        repeats: how often the training part is divided anew.
        seed: fixes the folds, the first weights and the order of the samples in each.
        stage: what for: `SEARCH` or `RETRY`; with another one all of this is drawn anew.

    Raises:
        ChainruleError: as `check_folds` does, or if there is no repeat.
    """

    data: Dataset
    folds: int
    repeats: int
    seed: int
    stage: int = SEARCH

    def __post_init__(self) -> None:
        check_folds(self.data, self.folds)
        if isinstance(self.repeats, bool) or not isinstance(self.repeats, int) or self.repeats < 1:
            raise ChainruleError(
                f"repeats must be a whole number, 1 or more; got {quoted(self.repeats)}"
            )
        object.__setattr__(self, "data", self.data.without_test())  # it is frozen

    def __len__(self) -> int:
        return self.folds * self.repeats

    @cached_property
    def _numbers(self) -> list[NDArray[np.int64]]:
        y = self.data.y_train
        return [fold_numbers(y, self.folds, self._seed(0, r)) for r in range(self.repeats)]

    def _seed(self, *of: int) -> int:
        """A seed for each use, so that none is used twice."""
        sequence = np.random.SeedSequence([self.seed, self.stage, *of])
        return int(sequence.generate_state(1)[0])

    def accuracy(self, config: RunConfig, number: int, stop: Callable[[], bool]) -> float:
        """Train on a fold, and look at what it holds back: the share classified rightly, 0 to 1.

        A network that diverges classifies nothing rightly.

        Args:
            config: of a run with one model, the network.
            number: of the fold, from 0 up to the number of folds times repeats.
            stop: asked before each epoch.

        Raises:
            ChainruleError: if the data or the settings cannot be right.
            StoppedError: if `stop` said True.
        """
        training, validation = self.prepared(config, number)
        try:
            training.run_unwatched(stop)
        except DivergenceError:
            return 0.0
        if stop():
            raise StoppedError
        return score(training.model, *validation).accuracy

    def prepared(
        self, config: RunConfig, number: int
    ) -> tuple[Training[Model], tuple[Samples, NDArray[np.int64]]]:
        """The training of a network on a fold, and the samples `(V, D)` that are held back.

        Raises:
            ChainruleError: if the data or the settings cannot be right.
        """
        repeat, fold = divmod(number, self.folds)
        parts = self.data.fold(self._numbers[repeat] == fold)
        data = parts.scaled(scale_of(config, parts))
        config = dataclasses.replace(config, seed=self._seed(1, number))
        settings = config.settings("net", len(data.y_train))
        model = new_model("net", config, data, settings)
        training = Training(
            model,
            *data.part("train"),
            settings,
            engine=config.engine,
            augment=config.augment,
            image_shape=data.image_shape,
        )
        return training, data.part("validation")


def measured(
    folds: Folds,
    config: RunConfig,
    threads: int,
    scores: Sequence[float] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Generator[float]:
    """The accuracy on each fold, in their order, by several threads.

    What comes does not depend on their number: a fold that ends early waits for those before it.
    When the iteration is left, so are the folds that are still trained.

    Args:
        folds: on which to measure.
        config: of the candidate.
        threads: how many folds are trained at a time.
        scores: of the first folds, if they are known already; they do not come again.
        stop: asked before each epoch.

    Raises:
        ChainruleError: as `Folds.accuracy` does.
        StoppedError: if `stop` said True.
    """
    left = threading.Event()
    queued: list[Future[float]] = []
    numbers = iter(range(len(scores), len(folds)))
    with ThreadPoolExecutor(threads) as pool, one_blas_thread():
        try:
            while True:
                for number in numbers:
                    queued.append(
                        pool.submit(
                            folds.accuracy, config, number, lambda: left.is_set() or stop()
                        )
                    )
                    if len(queued) == threads:
                        break
                if not queued:
                    return
                yield queued.pop(0).result()
        finally:
            left.set()


def is_poor(scores: Sequence[float], others: Sequence[Sequence[float]]) -> bool:
    """Whether a candidate is not worth its other folds: it is below the median of the others.

    Compared are the means over the same folds, of those alone that have been measured on all. At
    first, on one fold, and while there are fewer than five others, nothing is poor.
    Source: Golovin et al., Google Vizier (2017), section 3.2.2, with the mean up to the same fold
    on either side.

    Args:
        scores: of the first folds, in order.
        others: of the candidates that were measured on all folds, each in the same order.

    >>> others = [[0.9, 0.9, 0.9]] * 5
    >>> is_poor([0.9, 0.8], others), is_poor([0.9, 0.9], others), is_poor([0.0], others)
    (True, False, False)
    """
    n = len(scores)
    if n < FEWEST_FOLDS or len(others) < FEWEST_OTHERS:
        return False
    return float(np.mean(scores)) < float(np.median([np.mean(other[:n]) for other in others]))
