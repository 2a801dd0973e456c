"""Which of a learner's objects are to be judged, and what a call of them takes."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import (
    LAB_EXERCISES,
    LAB_FUNCTIONS,
    LAB_METHODS,
    OTHER_NAMES,
    Definition,
)

ENOUGH_METHODS = 2  # of the lab's, to take a class for a network


def parameters(thing: Any, bound: bool = False) -> tuple[str, ...]:
    """Names that a call takes; those with a default value end in "=", `*args` keeps its star.

    Args:
        thing: what is called.
        bound: whether the first is the object itself, and left out.

    Examples:
        >>> parameters(lambda X, y, lr=0.1, *more: None)
        ('X', 'y', 'lr=', '*more')
    """
    try:
        taken = list(inspect.signature(thing).parameters.values())
    except (TypeError, ValueError):
        return ()
    names = []
    for parameter in taken[1:] if bound else taken:
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        default = "" if parameter.default is parameter.empty else "="
        names.append(f"{star}{parameter.name}{default}")
    return tuple(names)


def own_methods(class_: type, is_own: Callable[[type], bool]) -> dict[str, Any]:
    """Public methods as they stand in a class and in its bases, by name.

    Args:
        class_: the class.
        is_own: whether a class is of the learner's making.
    """
    found: dict[str, Any] = {}
    for one in reversed(class_.__mro__):
        if is_own(one):
            found.update(vars(one))
    return {
        name: value
        for name, value in found.items()
        if (not name.startswith("_") or name == "__init__")
        and (isinstance(value, staticmethod | classmethod) or callable(value))
        and not isinstance(value, type)
    }


def takes(methods: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What a call of each public method takes, without `self`."""
    taken = {}
    for name, value in methods.items():
        if name == "__init__":
            continue
        plain = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        bound = isinstance(value, classmethod) or inspect.isfunction(value)
        taken[name] = parameters(plain, bound)
    return taken


def known_by_the_lab(definition: Definition) -> Definition:
    """The definition of a class, with methods of other names also by the lab's."""
    methods = definition.methods or {}
    called = {}
    for name, others in OTHER_NAMES.items():
        likely = [own for own in methods if others.fullmatch(own.lower())]
        if name not in methods and len(likely) == 1:
            called[name] = likely[0]
    return replace(
        definition,
        called=called,
        methods={**methods, **{name: methods[own] for name, own in called.items()}},
        places={
            **definition.places,
            **{n: definition.places[own] for n, own in called.items() if own in definition.places},
        },
        blanks=definition.blanks | {n for n, own in called.items() if own in definition.blanks},
    )


def is_network(class_: object, methods: Mapping[str, Any]) -> bool:
    """Whether a class has enough of a network's methods, and objects of it can be made."""
    known = sum(name in methods for name in LAB_METHODS)
    return isinstance(class_, type) and known >= ENOUGH_METHODS and not inspect.isabstract(class_)


def is_lab_function(name: str, value: Any) -> bool:
    """Whether a function of that name, with capitals or without, is one that the lab asks for."""
    return name.lower() in LAB_FUNCTIONS or (
        name in LAB_EXERCISES and parameters(value) == LAB_EXERCISES[name]
    )


def is_function(value: object) -> bool:
    """Whether a value is a function, or made of one."""
    return callable(value) and not isinstance(value, type)


def is_made_of_functions(value: object) -> bool:
    """Whether a value is a function that a library made of another one."""
    return isinstance(value, functools.partial | np.vectorize)
