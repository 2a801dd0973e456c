"""What each parameter of an estimator may be: declared once, and checked when training begins.

scikit-learn has parameters checked in `fit` and not where they are set, since a search sets them
one after the other.
"""

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, quoted
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.init import INITIALISATIONS
from chainrule.training.augmentation import Augmentation
from chainrule.training.engines import ENGINES
from chainrule.training.schedules import SCHEDULES

MOST = 2**32 - 1  # of the seeds that a RandomState takes
Rule = tuple[Callable[[Any], bool], str]  # whether a value will do, and which values would


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= 1


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _are_counts(value: Any) -> bool:
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1):
        return len(value) > 0 and all(map(_is_count, value))
    return _is_count(value)


def _is_random_state(value: Any) -> bool:
    if not isinstance(value, bool) and isinstance(value, Integral):
        return 0 <= int(value) <= MOST
    return value is None or isinstance(value, np.random.RandomState)


def _one_of(names: Mapping[str, Any]) -> Rule:
    return lambda v: isinstance(v, str) and v in names, f"one of {', '.join(names)}"


COUNT: Rule = _is_count, "a whole number, 1 or more"
TRUTH: Rule = _is_truth, "True or False"
BELOW_1: Rule = (
    lambda v: _is_number(v) and 0 <= v < 1,
    "a number, 0 up to, not including, 1",
)
NOT_NEGATIVE: Rule = lambda v: _is_number(v) and v >= 0, "a number, 0 or more"

RULES: dict[str, Rule] = {
    "hidden_layer_sizes": (
        _are_counts,
        "the number of units, 1 or more, of each hidden layer, such as (64, 32); without hidden "
        "layers it is SoftmaxRegressionClassifier",
    ),
    "activation": _one_of(ACTIVATIONS),
    "alpha": NOT_NEGATIVE,
    "batch_size": COUNT,
    "learning_rate_init": (
        lambda v: v is None or (_is_number(v) and v > 0),
        "a number more than 0, such as 0.1, or None for the default",
    ),
    "max_iter": COUNT,
    "shuffle": TRUTH,
    "random_state": (
        _is_random_state,
        f"a whole number, 0 to {MOST}, a numpy.random.RandomState, or None",
    ),
    "tol": NOT_NEGATIVE,
    "verbose": TRUTH,
    "warm_start": TRUTH,
    "momentum": BELOW_1,
    "early_stopping": TRUTH,
    "validation_fraction": (lambda v: _is_number(v) and 0 < v < 1, "a number between 0 and 1"),
    "n_iter_no_change": COUNT,
    "init": _one_of(INITIALISATIONS),
    "dropout": BELOW_1,
    "schedule": _one_of(SCHEDULES),
    "label_smoothing": BELOW_1,
    "averaging": (lambda v: _is_number(v) and 0 <= v <= 1, "a share of the epochs, 0 to 1"),
    "augment": (
        lambda v: v is None or isinstance(v, Augmentation),
        "a chainrule.Augmentation, such as Augmentation(rotation=10), or None",
    ),
    "image_shape": (
        lambda v: v is None or (_are_counts(v) and np.shape(v) == (2,)),
        "(height, width) of the images, such as (8, 8), or None",
    ),
    "engine": _one_of(dict.fromkeys(ENGINES)),
}


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse the first parameter that cannot be right.

    Args:
        parameters: by name; those of a subclass have no rule, and are not looked at.

    Raises:
        ChainruleError: naming the parameter, its value, and what it may be.
    """
    for name, value in parameters.items():
        if name in RULES:
            will_do, wanted = RULES[name]
            if not will_do(value):
                raise ChainruleError(f"{name} must be {wanted}; got {quoted(value)}")
