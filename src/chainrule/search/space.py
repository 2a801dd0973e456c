"""What a search tries: for each setting a range, a few values, or one that stays."""

import dataclasses
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import ChainruleError, quoted
from chainrule.runs.config import RunConfig
from chainrule.training.augmentation import Augmentation

if TYPE_CHECKING:  # Optuna is an extra, and slow to import
    from optuna.distributions import BaseDistribution

Value = int | float | str
# How far images are deformed: of a run these are the fields of `augment`.
AUGMENT = tuple(field.name for field in dataclasses.fields(Augmentation))
# Every setting that a search can vary, and what its values are. `width` and `layers` together are
# `hidden` of a run; all others but those of `AUGMENT` are settings of a run under their own names.
SETTINGS: dict[str, type[int] | type[float] | type[str]] = {
    "learning_rate": float,
    "width": int,
    "layers": int,
    "activation": str,
    "init": str,
    "batch_size": int,
    "momentum": float,
    "weight_decay": float,
    "schedule": str,
    "label_smoothing": float,
    "dropout": float,
    "averaging": float,
    "epochs": int,
    **dict.fromkeys(AUGMENT, float),
}
HOW = "such as 0.01..0.3, 16..256 log, relu,tanh or 30"


@dataclass(frozen=True)
class Range:
    """All numbers between two, which belong to it.

    Attributes:
        low: the smallest; more than 0 if `log`.
        high: the largest; more than `low`.
        log: whether equal ratios are as likely, and not equal differences.
    """

    low: int | float
    high: int | float
    log: bool = False

    def __str__(self) -> str:
        return f"{self.low}..{self.high}{' log' if self.log else ''}"

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values that are allowed if all are."""
        return self.low, self.high


@dataclass(frozen=True)
class Choices:
    """A few values, or one."""

    values: tuple[Value, ...]

    def __str__(self) -> str:
        return ",".join(map(str, self.values))

    @property
    def ends(self) -> tuple[Value, ...]:
        """The values that are allowed if all are."""
        return self.values


@dataclass(frozen=True)
class Space:
    """What is tried of each setting; settings that are not in it stay those of the run.

    Attributes:
        settings: by the names in `SETTINGS`.

    >>> space = Space.of({"learning_rate": "0.01..0.3 log", "width": [16, 32], "epochs": 30})
    >>> space.settings["learning_rate"], space.settings["width"]
    (Range(low=0.01, high=0.3, log=True), Choices(values=(16, 32)))
    """

    settings: Mapping[str, Range | Choices]

    @classmethod
    def of(cls, given: Mapping[str, object], base: RunConfig | None = None) -> "Space":
        """The space of words or values as one writes them in TOML or after an option.

        Args:
            given: for each setting a text (`0.01..0.3`, `16..256 log`, `relu,tanh`), a list of
                values, or a value.
            base: the run whose settings are varied; the defaults if None.

        Raises:
            ChainruleError: naming a setting that there is not, an empty range, or a value that
                the setting cannot have.
        """
        for name in given:
            if name not in SETTINGS:
                raise ChainruleError(
                    f"there is no setting {quoted(name)} to search over; there are "
                    f"{', '.join(SETTINGS)}"
                )
        space = cls({name: _parsed(name, given[name]) for name in SETTINGS if name in given})
        for name, values in space.settings.items():
            for value in values.ends:
                try:
                    configured(base or RunConfig(), {name: value})
                except ChainruleError as error:
                    if str(error).startswith(name):
                        raise
                    raise ChainruleError(f"{name}: ", *error.parts) from error
        return space

    def as_text(self) -> dict[str, str]:
        """Each setting with what is tried of it, in words that `of` takes."""
        return {name: str(values) for name, values in self.settings.items()}

    def distributions(self) -> "dict[str, BaseDistribution]":
        """The space in Optuna's terms."""
        from optuna import distributions as optuna

        return {
            name: optuna.CategoricalDistribution(values.values)
            if isinstance(values, Choices)
            else optuna.IntDistribution(int(values.low), int(values.high), log=values.log)
            if SETTINGS[name] is int
            else optuna.FloatDistribution(values.low, values.high, log=values.log)
            for name, values in self.settings.items()
        }


# Wide enough for the digits and for small tables, and quick: single samples, for the kernel.
DEFAULT = {
    "learning_rate": "0.003..0.3 log",
    "width": "16..128 log",
    "layers": "1,2",
    "activation": "sigmoid,tanh,relu",
    "weight_decay": "1e-06..0.01 log",
}


def read_space(path: Path) -> dict[str, object]:
    """What a TOML file says of each setting, for `Space.of`.

    Raises:
        ChainruleError: if it cannot be read, or is no TOML.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChainruleError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # of TOML and of UTF-8
        raise ChainruleError(f"{path}: this is no TOML ({error})") from error
    return {name.replace("-", "_"): values for name, values in content.items()}


def options_space(texts: Iterable[str]) -> dict[str, object]:
    """What options such as `learning-rate=0.01..0.3` say of each setting, for `Space.of`.

    Raises:
        ChainruleError: if one has no `=`.

    >>> options_space(["learning-rate=0.01..0.3 log", "epochs=30"])
    {'learning_rate': '0.01..0.3 log', 'epochs': '30'}
    """
    given: dict[str, object] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals:
            raise ChainruleError(f"{quoted(text)} names no values; write {text}=VALUES, {HOW}")
        given[name.strip().replace("-", "_")] = values
    return given


def configured(base: RunConfig, values: Mapping[str, Value]) -> RunConfig:
    """The settings of a run with some of them as they are tried.

    Args:
        base: all others.
        values: by the names in `SETTINGS`.

    Raises:
        ChainruleError: if one of them is out of its range.

    >>> configured(RunConfig(), {"width": 8, "layers": 2, "momentum": 0.9}).hidden
    (8, 8)
    """
    others = {name: v for name, v in values.items() if name not in ("width", "layers", *AUGMENT)}
    width, layers = (
        values.get(name, usual)
        for name, usual in (("width", base.hidden[0]), ("layers", len(base.hidden)))
    )
    for name, number in (("width", width), ("layers", layers)):
        if not isinstance(number, int) or number < 1:
            raise ChainruleError(f"{name} must be a whole number, 1 or more; got {number!r}")
    assert isinstance(width, int)
    assert isinstance(layers, int)
    deformed: dict[str, Any] = {name: values[name] for name in AUGMENT if name in values}
    changes: dict[str, Any] = {**others, "models": ("net",), "hidden": (width,) * layers}
    changes["augment"] = dataclasses.replace(base.augment, **deformed)
    return dataclasses.replace(base, **changes)


def _parsed(name: str, given: object) -> Range | Choices:
    text = given.strip() if isinstance(given, str) else ""
    if ".." in text:
        return _range(name, text)
    values = text.split(",") if isinstance(given, str) else given
    values = values if isinstance(values, list) else [values]
    if not values or "" in values:
        raise ChainruleError(f"{name}: no value is given; give some, {HOW}")
    return Choices(tuple(dict.fromkeys(_value(name, value) for value in values)))


def _range(name: str, text: str) -> Range:
    words = text.split()
    if len(words) > 2 or words[1:] not in ([], ["log"]) or SETTINGS[name] is str:
        raise ChainruleError(f"{name} cannot be {quoted(text)}; give values {HOW}")
    log = len(words) == 2
    low, high = (_value(name, end) for end in words[0].split("..", 1))
    assert not isinstance(low, str)
    assert not isinstance(high, str)
    if not low < high:
        advice = "give that number alone" if low == high else "give the smaller number first"
        raise ChainruleError(f"{name}: the range {words[0]} is empty; {advice}")
    if log and low <= 0:
        raise ChainruleError(
            f"{name}: a range in ratios (log) begins above 0; got {words[0]}; begin above 0, or "
            "leave out log"
        )
    return Range(low, high, log)


def _value(name: str, given: object) -> Value:
    """A number or a word of this setting."""
    kind, word = SETTINGS[name], given.strip() if isinstance(given, str) else given
    try:
        if kind is str and isinstance(word, str) and word:
            return word
        if kind is int and isinstance(word, str | int) and not isinstance(word, bool):
            return int(word)
        if kind is float and isinstance(word, str | int | float) and not isinstance(word, bool):
            number = float(word)
            if math.isfinite(number):
                return number
    except (ValueError, TypeError, OverflowError):
        pass
    wanted = {int: "a whole number", float: "a number", str: "a word"}[kind]
    raise ChainruleError(f"{name} takes {wanted}; got {quoted(given)}; give values {HOW}")
