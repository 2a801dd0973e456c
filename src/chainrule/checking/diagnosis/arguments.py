"""What the further arguments of `train` are by their names: the rate, a count, others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

# What an argument is given: the rate, 1, the number of samples, 0, samples or their labels; or it
# keeps its default.
Role = Literal["rate", "count", "batch", "nothing", "default", "inputs", "labels"]

_Meaning = Literal["rate", "symbol", "step", "count", "batch", ""]
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")  # of n_steps, nSteps, LR, eta0
_RATE = frozenset(("lr", "rate", "taux", "stepsize", "lrate", "learningrate"))
_LEARNING = frozenset(("learning", "learn", "apprentissage"))
_STEP = frozenset(("step", "pas", "speed", "vitesse"))  # a rate if it is one of learning
_SYMBOL = frozenset(("eta", "alpha", "l"))
_COUNT = frozenset(
    (
        *("steps", "passes", "pass", "passages", "passage", "etapes", "updates", "times", "fois"),
        *("epochs", "epoch", "epoques", "epoque", "iterations", "iteration", "iters", "iter"),
        *("repeats", "repeat", "repetitions", "repetition", "rounds", "round", "cycles", "loops"),
        *("sweeps", "sweep", "tours", "tour"),
    )
)
_HOW_MANY = frozenset(("n", "nb", "num", "number", "nombre", "max", "total"))
_HOW_MANY_IN_ONE_WORD = re.compile(f"({'|'.join(_HOW_MANY)})({'|'.join(_COUNT)})")
# With one of these a rate is not that of learning, and steps are not those of training.
_HELD_OUT = re.compile(r"(?i)val|valid|validation|test|dev|eval")
_DATA = re.compile(r"([xXyYtT])_?(?:[A-Za-z]+)?|[A-Za-z]+_([xXyYtT])")
_OTHER = frozenset(
    (
        *("decay", "momentum", "dropout", "drop", "keep", "noise", "clip", "schedule", "warmup"),
        *("reg", "regularization", "regularisation", "penalty", "lambda", "lam", "error"),
    )
)


def is_rate(name: str) -> bool:
    """Whether an argument or an attribute is a learning rate by its name."""
    return _meaning(name) in ("rate", "symbol", "step")


def readings(names: Sequence[str], kept_rate: str) -> Iterator[dict[str, Role]]:
    """The ways to understand the arguments of `train` after X and y, the likeliest first.

    What has a name that says nothing keeps its default. Where it has none, it may be the rate, if
    nothing else is; else it is tried with 1, as a count, and with 0, as a share of something.

    Args:
        names: of the arguments; one with a default value ends in "=".
        kept_rate: name of the rate that the object keeps, "" if it keeps none.

    Yields:
        The role of each argument, in their order.

    Examples:
        >>> list(readings(["learning_rate", "n_steps="], ""))
        [{'learning_rate': 'rate', 'n_steps=': 'count'}]
        >>> list(readings(["k"], ""))
        [{'k': 'rate'}, {'k': 'count'}, {'k': 'nothing'}]
    """
    roles = _roles(names, kept_rate)
    unclear = [name for name in names if name not in roles]
    required = [name for name in unclear if not name.endswith("=")]

    def reading(changed: Mapping[str, Role]) -> dict[str, Role]:
        of_rest: dict[str, Role] = {n: "count" if n in required else "default" for n in unclear}
        known = {**of_rest, **roles, **changed}
        return {name: known[name] for name in names}

    if not kept_rate and "rate" not in roles.values():
        for name in sorted(unclear, key=lambda name: name not in required):
            yield reading({name: "rate"})
    yield reading({})
    if required:
        yield reading(dict.fromkeys(required, "nothing"))


def _roles(names: Sequence[str], kept_rate: str) -> dict[str, Role]:
    """The role of each argument whose name says it."""
    meanings = {name: _meaning(name) for name in names}
    named = "rate" in meanings.values()
    steps_are_counted = named or (kept_rate and _meaning(kept_rate) != "step")
    roles: dict[str, Role] = {}
    for name, meaning in meanings.items():
        data = _data_of(name)
        if data:
            roles[name] = data
        elif meaning == "count" or (meaning == "step" and steps_are_counted):
            roles[name] = "count"
        elif meaning in ("rate", "step") or (meaning == "symbol" and not named):
            roles[name] = "rate"
        elif meaning == "batch":
            roles[name] = "batch"
    return roles


def _data_of(name: str) -> Literal["inputs", "labels", ""]:
    """Whether an argument is held-out data by its name: X_val, y_test; "" if it is not."""
    match = _DATA.fullmatch(name)
    if match is None or _HELD_OUT.search(name) is None:
        return ""
    return "inputs" if (match[1] or match[2]).lower() == "x" else "labels"


def _meaning(name: str) -> _Meaning:
    """What a name says by itself; "step" and "symbol" are the rate where nothing else is."""
    plain = re.sub(r"(?i)step_?size", "stepsize", name.rstrip("="))
    words = [word.lower() for word in _WORD.findall(plain) if word.isalpha()]
    if not words or _OTHER & set(words) or re.fullmatch(r"_?l[12](_.*)?", plain):
        return ""
    first, last, single = words[0], words[-1], len(words) == 1
    of_steps = not _STEP.isdisjoint(words)
    meanings: dict[_Meaning, bool] = {  # the first that holds
        "batch": any(word.startswith("batch") for word in words),
        "count": last in _COUNT
        or _HOW_MANY_IN_ONE_WORD.fullmatch(last) is not None
        or (first in _HOW_MANY and of_steps),
        "rate": not _RATE.isdisjoint(words) or (of_steps and not _LEARNING.isdisjoint(words)),
        "symbol": single and last in _SYMBOL,
        "step": single and last in _STEP,
        "": True,
    }
    return next(meaning for meaning, holds in meanings.items() if holds)
