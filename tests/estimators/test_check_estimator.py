"""scikit-learn's own checks of an estimator, all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from chainrule.estimators import NeuralNetClassifier, SoftmaxRegressionClassifier

NUMBER = 55  # of checks, in scikit-learn 1.9


def names_of(estimator: Any) -> Iterator[str]:
    """Of the checks that scikit-learn chooses for an estimator."""
    for _, check in estimator_checks_generator(estimator):
        yield getattr(check, "func", check).__name__


@pytest.mark.parametrize("kind", [NeuralNetClassifier, SoftmaxRegressionClassifier])
def test_all_checks_pass_and_none_is_left_out(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it a check is skipped
    statuses: list[tuple[str, str, Exception | None]] = []

    def heard(check_name: str, status: str, exception: Exception | None, **_: object) -> None:
        statuses.append((check_name, status, exception))

    check_estimator(
        kind(),
        expected_failed_checks={},
        on_skip=None,  # there are none, as is asserted below
        on_fail=None,  # likewise
        callback=heard,
    )
    assert [(name, *rest) for name, *rest in statuses if rest[0] != "passed"] == []
    assert len(statuses) >= NUMBER


def test_what_does_not_apply_is_about_weights_and_several_labels_at_once() -> None:
    """A wrong tag, or base classes in another order, would have checks left out in silence."""
    chosen = list(names_of(NeuralNetClassifier()))
    assert chosen == list(names_of(SoftmaxRegressionClassifier()))
    others = [name for name in names_of(MLPClassifier()) if name not in chosen]
    assert [n for n in others if "_sample_weight" not in n and "_multilabel_" not in n] == []
