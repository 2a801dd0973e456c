"""What the further arguments of `train` are taken for, by their names."""

import pytest

from chainrule.checking.diagnosis.arguments import is_rate, readings


@pytest.mark.parametrize(
    "name",
    ["lr", "learning_rate=", "eta0", "alpha", "step_size", "step", "learningSpeed", "stepSize"],
)
def test_a_rate_is_known_by_its_name(name: str) -> None:
    assert is_rate(name)


@pytest.mark.parametrize(
    "name",
    [
        "n_step",
        "num_speed",
        "epochs",
        "decay_rate",
        "l2",
        "speedUp",
        "number",
        "max_norm",
        "learning",
        "batch_size",
        "x",
    ],
)
def test_what_is_no_rate_is_not_taken_for_one(name: str) -> None:
    assert not is_rate(name)


@pytest.mark.parametrize(
    ("names", "kept_rate", "expected"),
    [
        (["lr", "n_step"], "", {"lr": "rate", "n_step": "count"}),
        (["lr", "step"], "", {"lr": "rate", "step": "count"}),
        (["step"], "", {"step": "rate"}),
        (["step"], "learning_rate", {"step": "count"}),
        (["lr", "n_norm="], "", {"lr": "rate", "n_norm=": "default"}),
        (["lr", "batch_size="], "", {"lr": "rate", "batch_size=": "batch"}),
        (["lr", "X_val", "y_val"], "", {"lr": "rate", "X_val": "inputs", "y_val": "labels"}),
    ],
)
def test_the_likeliest_reading_comes_first(
    names: list[str], kept_rate: str, expected: dict[str, str]
) -> None:
    assert next(readings(names, kept_rate)) == expected
