"""What a file, or a variant of it, calls in the place of what stands in it."""

from typing import Any

import numpy as np

from chainrule.checking.learner.imports import Nothing
from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.arrays import (
    Number,
    Recorded,
    holds_recorded,
    ids_of,
    values_of,
)
from chainrule.checking.record._tape.recording import tape
from chainrule.checking.record._tape.tape import come_twice

# What the code finds in its module.
ADDED, KEY, HANDED = "__chainrule_added__", "__chainrule_key__", "__chainrule_handed__"
NOTHING, SUMMED = "__chainrule_nothing__", "__chainrule_summed__"
ANEW, FLOAT = "__chainrule_anew__", "__chainrule_float__"


def _added(target: Any, key: Any, value: Any, less: bool) -> None:
    """Add to a part of something, to each place as often as it is named, or take away."""

    def changed(part: Any, by: Any) -> Any:
        return part - by if less else part + by

    if not isinstance(target, np.ndarray):
        stands = isinstance(target, list) or key in target
        target[key] = changed(target[key], value) if stands else value
        return
    places = real.arange(target.size).reshape(target.shape)[values_of(key)]
    flat = np.ravel(places)
    if len(set(flat.tolist())) == flat.size:
        # A single place may be one that the numbers choose, and each run is to compute the same.
        moved = not less and flat.size > 1 and isinstance(target, Recorded)
        fresh = moved and tape().is_empty(ids_of(target[key]))
        target[key] = value if fresh else changed(target[key], value)
        if fresh and come_twice(places, target.shape) is False:
            tape().listed(twice=False)
        return
    left = np.reshape(np.broadcast_to(value, np.shape(places)), -1)
    while flat.size:
        once, first = np.unique(flat, return_index=True)
        turn = np.unravel_index(once, target.shape)
        target[turn] = changed(target[turn], left[first])
        later = np.setdiff1d(real.arange(flat.size), first)
        flat, left = flat[later], left[later]
    if isinstance(target, Recorded):
        tape().listed(twice=True, sums=ids_of(target[turn]))


def _handed(given: Any) -> Any:
    """What a function gives back as it was given: that is a computation, by 1."""
    return given * 1.0 if holds_recorded(given) and type(given) not in (list, tuple) else given


def _summed(stands: Any, value: Any) -> Any:
    """The sum of two arrays, or of each two of several."""
    if isinstance(value, list | tuple):
        pairs = zip(stands, value, strict=True) if stands else ((None, each) for each in value)
        return type(value)(_summed(*pair) for pair in pairs)
    if isinstance(value, dict):
        return {key: _summed((stands or {}).get(key), each) for key, each in value.items()}
    return value if stands is None else stands + value


def _anew(value: Any, before: Any) -> Any:
    """A copy of something and all its arrays; an array before it, with its numbers."""
    if isinstance(value, list | tuple):
        return type(value)(_anew(each, None) for each in value)
    if isinstance(value, dict):
        return {key: _anew(each, None) for key, each in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    if isinstance(before, np.ndarray) and before is not value and before.shape == value.shape:
        before[...] = value
        return before
    return value.copy()


def _float(thing: Any) -> Any:
    """`float(x)`, which leaves what is recorded in the record."""
    if isinstance(thing, Recorded) and thing.size == 1:
        return thing.item()
    return thing if isinstance(thing, Number) else float(thing)


INSTEAD = {
    ADDED: _added, ANEW: _anew, FLOAT: _float, HANDED: _handed, KEY: np.s_, NOTHING: Nothing,
    SUMMED: _summed,
}  # fmt: skip
