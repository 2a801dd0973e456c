"""The ways of making an object of a learner's class: what its constructor may be given.

Told by the names of its parameters, and where they say nothing by how many there are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from chainrule.checking.diagnosis.arguments import is_rate
from chainrule.checking.diagnosis.probes import HIDDEN, D, K
from chainrule.checking.diagnosis.spelling import Arguments, Sizes
from chainrule.checking.learner.desk import Definition

_INPUT = re.compile(r"^(n_?)?(in|inp|input|inputs|d|x|nx)(_|$|\d)|input|feat|d_?in$|entree|pixels")
_OUTPUT = re.compile(r"out|class|label|^k$|^c$|^n_?y$|sortie|target")
_HIDDEN = re.compile(r"hid|^n?_?h_?\d*$|^nh\d*$|mid|units|neuron|cache")
_LIST = re.compile(r"layers|sizes|dims|archi|shape|structure|topology|widths|couches")
_COUNT = re.compile(r"^(n|nb|num|number)_?(of_)?(hidden_)?layers$|depth")
_LAYERS = 2  # where their number is an argument
_RATE = 0.1


class Construction(NamedTuple):
    """A way to call a constructor.

    Attributes:
        sizes: that it is given.
        build: arguments for such sizes.
        start: whether the first of them is the number of inputs; else the class fixes that.
        end: whether the last of them is the number of outputs.
    """

    sizes: Sizes
    build: Callable[[Sizes], Arguments]
    start: bool = True
    end: bool = True


def constructions(definition: Definition) -> Iterator[Construction]:
    """Ways to call the constructor, most likely first."""
    given = [name for name in definition.parameters if not name.startswith("*")]
    names = [name.rstrip("=") for name in given]
    required = [name for name in given if not name.endswith("=")]
    roles = {name: _role(name) for name in names}
    hidden = [name for name in names if roles[name] == "hidden"]
    lists = [name for name in names if roles[name] in ("list", "hidden list")]
    known = set(roles.values())
    if {"input", "output"} <= known:
        count = len(hidden)
        as_list = {n: "hidden list" if r in ("hidden", "list") else r for n, r in roles.items()}
        of_lists = [
            Construction((D, *HIDDEN[:length], K), _by_name(as_list)) for length in (2, 3, 1)
        ]
        if lists:  # before the rest, which would make a network without hidden layers
            yield from of_lists
        yield Construction((D, *HIDDEN[:count], K), _by_name(roles))
        optional = [name for name in hidden if f"{name}=" in given]
        for leave_out in range(1, len(optional) + 1):
            kept = {
                name: role
                for name, role in roles.items()
                if name not in optional[len(optional) - leave_out :]
            }
            yield Construction((D, *HIDDEN[: count - leave_out], K), _by_name(kept))
        if count == 1:
            yield from of_lists
    elif lists and len(required) <= 1:
        first = lists[0]
        for length in (2, 3, 1, 0):
            yield Construction((D, *HIDDEN[:length], K), _as_list(first))
    elif {"input", "hidden", "output"} & known and all(roles[name] for name in required):
        start, end = "input" in known, "output" in known
        sizes = (*((D,) if start else ()), *HIDDEN[: len(hidden)], *((K,) if end else ()))
        yield Construction(sizes, _by_name(roles), start, end)
    yield from _by_position(len(required), len(names))


def _by_position(required: int, names: int) -> Iterator[Construction]:
    """Ways to pass sizes where names say nothing, by how many arguments there are."""
    if required == 1:
        for length in (2, 3, 1, 0):
            yield Construction((D, *HIDDEN[:length], K), lambda sizes: ((list(sizes),), {}))
    elif required >= 2:
        yield Construction((D, *HIDDEN[: required - 2], K), lambda sizes: (tuple(sizes), {}))
    else:
        for length in range(min(names, 6) - 1):
            yield Construction((D, *HIDDEN[:length], K), lambda sizes: (tuple(sizes), {}))
        yield Construction((), lambda sizes: ((), {}))
    if required == 3:
        for length in (2, 1):
            yield Construction(
                (D, *HIDDEN[:length], K),
                lambda sizes: ((sizes[0], list(sizes[1:-1]), sizes[-1]), {}),
            )


def _as_list(name: str) -> Callable[[Sizes], Arguments]:
    return lambda sizes: ((), {name: list(sizes)})


def _role(name: str) -> str:
    plain = name.lower()
    if _COUNT.search(plain):
        return "count"
    if is_rate(name):
        return "rate"
    if _HIDDEN.search(plain):
        plural = re.search(r"(sizes|layers|dims|hiddens|widths)$", plain)
        return "hidden list" if plural else "hidden"
    if _OUTPUT.search(plain):
        return "output"
    if _INPUT.search(plain):
        return "input"
    return "list" if _LIST.search(plain) else ""


def _by_name(roles: Mapping[str, str]) -> Callable[[Sizes], Arguments]:
    known = set(roles.values())

    def build(sizes: Sizes) -> Arguments:
        hidden = list(sizes["input" in known : len(sizes) - ("output" in known)])
        between = iter(hidden)
        named: dict[str, Any] = {}
        for name, role in roles.items():
            if role == "input":
                named[name] = sizes[0]
            elif role == "output":
                named[name] = sizes[-1]
            elif role == "hidden":
                named[name] = next(between)
            elif role in ("hidden list", "list"):
                named[name] = hidden
            elif role == "count":
                named[name] = _LAYERS
            elif role == "rate":
                named[name] = _RATE
        return (), named

    return build
