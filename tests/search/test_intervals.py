import numpy as np
import pytest
from scipy import stats

from chainrule.search.intervals import of_difference, of_folds, of_share, t_quantile


def test_the_quantiles_are_students() -> None:
    for degrees in (3, 4, 7, 9, 19, 39, 99):
        assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=5e-3)


def test_a_share_has_the_interval_of_wilson() -> None:
    for number in (0, 3, 265, 270):
        expected = stats.binomtest(number, 270).proportion_ci(method="wilson")
        interval = of_share(number, 270)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_the_interval_over_folds_covers_what_it_says() -> None:
    """Scores with the correlation that folds are taken to have, 1 over their number."""
    rng = np.random.default_rng(0)
    n, folds, trials = 10, 5, 2000
    shared = rng.normal(size=(trials, 1)) * np.sqrt(1 / folds)
    scores = 0.9 + 0.01 * (shared + rng.normal(size=(trials, n)) * np.sqrt(1 - 1 / folds))
    intervals = [of_folds(row, folds) for row in scores.tolist()]
    covered = np.mean([i.low <= 0.9 <= i.high for i in intervals])
    assert 0.94 < covered < 0.97


def test_a_difference_is_less_sure_than_either_mean() -> None:
    first, second = [0.96, 0.98, 0.97, 0.99], [0.95, 0.97, 0.97, 0.93]
    difference = of_difference(first, second, folds=4)
    widths = [i.high - i.low for i in (difference, of_folds(first, 4), of_folds(second, 4))]
    assert difference.value == pytest.approx(0.02)
    assert widths[0] == pytest.approx(np.hypot(widths[1], widths[2]))
