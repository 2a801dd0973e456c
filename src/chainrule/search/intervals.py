"""How far a mean accuracy may be from what is measured: 95 % intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

Z = NormalDist().inv_cdf(0.975)  # 1.96


@dataclass(frozen=True)
class Interval:
    """A value, and the ends between which it lies in 95 of 100 cases.

    Attributes:
        value: what was measured.
        low: the lower end.
        high: the upper end.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


def of_folds(scores: Sequence[float], folds: int) -> Interval:
    """The mean over repeated cross-validation.

    Folds share training samples, and so are not independent: the variance of their mean is
    s² (1/n + 1/(folds − 1)), where 1/(folds − 1) is the number of samples held back for each that
    is trained on. Source: Nadeau and Bengio, Inference for the generalization error (2003); for
    several repeats Bouckaert and Frank, Evaluating the replicability of significance tests (2004).

    Args:
        scores: of all folds, 0 to 1; two or more.
        folds: of each repeat.

    >>> print(of_folds([0.96, 0.98, 0.97, 0.97], folds=4))
    0.9700 (0.9502 to 0.9898)
    """
    mean, deviation = fmean(scores), _deviation(scores, folds)
    half = t_quantile(len(scores) - 1) * deviation
    return Interval(mean, mean - half, mean + half)


def of_difference(scores: Sequence[float], others: Sequence[float], folds: int) -> Interval:
    """How much higher one mean is than another, over folds that were drawn apart.

    The variances of `of_folds` are added. That is cautious: the samples of both are the same, and
    so is a part of their luck.

    Args:
        scores: of all folds, 0 to 1; two or more.
        others: likewise.
        folds: of each repeat, for both.
    """
    difference = fmean(scores) - fmean(others)
    deviation = math.hypot(_deviation(scores, folds), _deviation(others, folds))
    half = t_quantile(min(len(scores), len(others)) - 1) * deviation
    return Interval(difference, difference - half, difference + half)


def of_share(number: int, of: int) -> Interval:
    """A share of samples, each of which is right or wrong on its own.

    Source: Wilson, Probable inference, the law of succession, and statistical inference (1927).

    Args:
        number: that are right.
        of: how many there are, 1 or more.

    >>> print(of_share(265, of=270))
    0.9815 (0.9574 to 0.9921)
    """
    share, weight = number / of, Z * Z / of
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    return Interval(share, middle - half, middle + half)


def t_quantile(degrees: int) -> float:
    """Student's t below which 97.5 % lie, to three digits from three degrees of freedom on.

    The normal quantile z corrected in powers of 1/degrees.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.5.

    >>> [round(t_quantile(degrees), 2) for degrees in (4, 9, 19, 10**6)]
    [2.78, 2.26, 2.09, 1.96]
    """
    z, n = Z, degrees
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / n**power for power, term in enumerate(terms))


def _deviation(scores: Sequence[float], folds: int) -> float:
    """Of the mean of the scores."""
    return math.sqrt(variance(scores) * (1 / len(scores) + 1 / (folds - 1)))
