from pathlib import Path

import pytest

from chainrule.errors import ChainruleError
from chainrule.runs.config import RunConfig
from chainrule.search.space import (
    DEFAULT,
    SETTINGS,
    Choices,
    Range,
    Space,
    Value,
    configured,
    options_space,
    read_space,
)
from chainrule.training.augmentation import Augmentation


def test_toml_and_options_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text(
        'learning-rate = "0.001..0.5 log"\nwidth = "8..64"\nlayers = [1, 2]\n'
        'activation = ["relu", "tanh"]\nepochs = 20\nmomentum = 0.9\n'
    )
    options = ["learning-rate=0.001..0.5 log", "width=8..64", "layers=1,2"]
    options += ["activation=relu, tanh", "epochs=20", "momentum=0.9"]
    spaces = [Space.of(read_space(path)), Space.of(options_space(options))]
    assert spaces[0] == spaces[1]
    assert spaces[0].settings == {
        "learning_rate": Range(0.001, 0.5, log=True),
        "width": Range(8, 64),
        "layers": Choices((1, 2)),
        "activation": Choices(("relu", "tanh")),
        "momentum": Choices((0.9,)),
        "epochs": Choices((20,)),
    }


def test_what_is_printed_of_a_space_is_the_space() -> None:
    space = Space.of(DEFAULT | {"momentum": "0..0.9", "batch_size": [1, 8]})
    assert Space.of(space.as_text()) == space


def test_every_setting_can_be_searched_over_and_reaches_the_run() -> None:
    tried: dict[str, Value] = {
        "learning_rate": 0.5,
        "width": 7,
        "layers": 3,
        "activation": "elu",
        "init": "he",
    }
    tried |= {"batch_size": 4, "momentum": 0.25, "weight_decay": 0.125, "epochs": 2}
    tried |= {"schedule": "step", "label_smoothing": 0.1, "dropout": 0.2, "averaging": 0.3}
    deformed = {"shift": 0.1, "rotation": 5.0, "zoom": 0.2, "shear": 0.3, "elastic": 0.02}
    deformed |= {"smoothness": 0.2}
    tried |= deformed
    assert set(tried) == set(SETTINGS)
    config = configured(RunConfig(), tried)
    assert config.hidden == (7, 7, 7)
    assert config.augment == Augmentation(**deformed)
    turned = configured(RunConfig(augment=Augmentation(shift=0.1)), {"rotation": 9.0}).augment
    assert turned == Augmentation(shift=0.1, rotation=9.0)
    for name in set(tried) - {"width", "layers", *deformed}:
        assert getattr(config, name) == tried[name], name


def test_in_optunas_terms_it_is_the_same() -> None:
    from optuna import distributions as optuna

    given = {"learning_rate": "0.1..1", "width": "8..64 log", "init": "he,glorot"}
    assert Space.of(given).distributions() == {
        "learning_rate": optuna.FloatDistribution(0.1, 1.0),
        "width": optuna.IntDistribution(8, 64, log=True),
        "init": optuna.CategoricalDistribution(("he", "glorot")),
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"rate": "1..2"}, "there is no setting 'rate' to search over; there are learning_rate, "),
        ({"width": "64..16"}, "width: the range 64..16 is empty; give the smaller number first"),
        ({"width": "8..8"}, "width: the range 8..8 is empty; give that number alone"),
        ({"width": []}, "width: no value is given; give some, such as"),
        ({"activation": "relu,"}, "activation: no value is given"),
        ({"width": "8..16.5"}, "width takes a whole number; got '16.5'"),
        ({"width": True}, "width takes a whole number; got True"),
        ({"width": 8.0}, "width takes a whole number; got 8.0"),
        ({"learning_rate": "fast"}, "learning_rate takes a number; got 'fast'"),
        ({"learning_rate": "0..nan"}, "learning_rate takes a number; got 'nan'"),
        ({"learning_rate": "0.1..0.3 ln"}, "learning_rate cannot be '0.1..0.3 ln'"),
        ({"weight_decay": "0..1 log"}, "weight_decay: a range in ratios (log) begins above 0"),
        ({"momentum": "0..1"}, "momentum must be at least 0 and less than 1; got 1.0"),
        ({"dropout": "0..1"}, "dropout must be at least 0 and less than 1; got 1.0"),
        ({"averaging": "0..2"}, "averaging must be a share, 0 to 1; got 2.0"),
        ({"schedule": "step,linear"}, "schedule must be one of constant, step, cosine"),
        ({"activation": ["relu", "cube"]}, "activation must be one of sigmoid"),
        ({"rotation": "0..300"}, "rotation must be a number of degrees, 0 to 180; got"),
        ({"activation": "a..b"}, "activation cannot be 'a..b'"),
        ({"layers": "0..2"}, "layers must be a whole number, 1 or more; got 0"),
        ({"epochs": {"low": 1}}, "epochs takes a whole number; got {'low': 1}"),
    ],
)
def test_what_cannot_be_searched_is_said(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ChainruleError) as caught:
        Space.of(given)
    assert str(caught.value).startswith(sentence)


def test_a_file_that_is_no_space_is_said(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    with pytest.raises(ChainruleError, match=r"space\.toml: No such file"):
        read_space(path)
    path.write_text("width = 8..16")
    with pytest.raises(ChainruleError, match=r"space\.toml: this is no TOML \("):
        read_space(path)
    with pytest.raises(ChainruleError, match="'width' names no values; write width=VALUES"):
        options_space(["width"])
