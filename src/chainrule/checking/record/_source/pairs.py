"""Losses that a file defines beside their gradients, and never computes.

A class with `loss(y, p)` and `gradient(y, p)` trains by the second alone. That the first is wrong
would show nowhere: it is computed wherever the second is called, with the same arguments.

Others compute a loss now and then, as after each epoch. Where a training cannot be judged
otherwise, each function that gives a number is called wherever one is called that takes what it
takes, by the names of the arguments: it may be the loss of which that is the gradient.
"""

import ast
import contextlib
import functools
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.checking.learner.source import nodes_of
from chainrule.checking.record._tape.arrays import Recorded, ids_of
from chainrule.checking.record._tape.noting import note
from chainrule.checking.record._tape.operations import HELD
from chainrule.checking.record._tape.recording import tape

_MOST_LOSSES = 3  # that are computed where one function is called
_busy: list[str] = []  # while a loss is computed no other is

_LOSS = r"(calc\w*_|compute_)?(loss|cost|error)(_function|_fn)?"
_GRADIENT = r"(loss_?|cost_?)?(grad\w*|deriv\w*|prime|backward)"


def pair_of(class_: ast.ClassDef, called: frozenset[str]) -> tuple[str, str] | None:
    """The names of a loss that nothing calls and of its gradient, if a class has such a pair.

    Args:
        class_: the class.
        called: names of all methods that the file calls.
    """
    methods = [m for m in class_.body if isinstance(m, ast.FunctionDef) and not m.decorator_list]
    takes = {m.name: len(m.args.args) for m in methods}
    losses = [n for n in takes if re.fullmatch(_LOSS, n.lower().strip("_")) and n not in called]
    gradients = [n for n in takes if re.fullmatch(_GRADIENT, n.lower().strip("_"))]
    if len(losses) != 1 or len(gradients) != 1 or not 3 <= takes[losses[0]] == takes[gradients[0]]:
        return None
    return losses[0], gradients[0]


def called_methods(trees: Sequence[ast.AST]) -> frozenset[str]:
    """Names of all that is called as an attribute of something."""
    calls = (node.func for tree in trees for node in nodes_of(tree) if isinstance(node, ast.Call))
    return frozenset(function.attr for function in calls if isinstance(function, ast.Attribute))


def with_loss(loss: str, gradient: str) -> Callable[[type], type]:
    """A decorator of a class: the loss is computed, too, where its gradient is called."""

    def paired(class_: type) -> type:
        plain = vars(class_)[gradient]

        @functools.wraps(plain)
        def both(self: Any, *args: Any, **named: Any) -> Any:
            with contextlib.suppress(Exception):  # it may be right, and only be called otherwise
                getattr(self, loss)(*args, **named)
            return plain(self, *args, **named)

        setattr(class_, gradient, both)
        return class_

    return paired


def losses_beside(function: ast.FunctionDef, others: Sequence[ast.FunctionDef]) -> list[str]:
    """The names of functions that take no more than one does, and have nothing to do with it.

    Args:
        function: the one.
        others: all of its class, or of its file.
    """
    given = {a.arg for a in _arguments(function)}
    return [
        other.name for other in others
        if other.name not in _names(function) | {function.name}
        and function.name not in _names(other)
        and not other.decorator_list
        and {"self"} < ({a.arg for a in _required(other)} | {"self"}) <= given | {"self"}
    ][:_MOST_LOSSES]  # fmt: skip


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args]


def _required(function: ast.FunctionDef) -> list[ast.arg]:
    arguments = _arguments(function)
    return arguments[: len(arguments) - len(function.args.defaults)]


@functools.lru_cache(maxsize=256)
def _names(function: ast.FunctionDef) -> set[str]:
    """All that a function calls or asks an object for."""
    nodes = list(ast.walk(function))
    return {n.id for n in nodes if isinstance(n, ast.Name)} | {
        n.attr for n in nodes if isinstance(n, ast.Attribute)
    }


def with_losses(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of a function: what may be its losses is computed, too, where it is called."""

    def paired(plain: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(plain)

        @functools.wraps(plain)
        def both(*args: Any, **named: Any) -> Any:
            with contextlib.suppress(Exception):  # it may be right, and take something else
                given = signature.bind(*args, **named)
                given.apply_defaults()
                for name in () if _busy else names:
                    _compute(name, given.arguments, plain.__globals__)
            return plain(*args, **named)

        return both

    return paired


def _compute(name: str, given: dict[str, Any], module: dict[str, Any]) -> None:
    """Call a function if it gives numbers, with what another one is given, and leave no trace."""
    owner = given.get("self")
    function = module.get(name) if owner is None else getattr(owner, name, None)
    if not callable(function):
        return
    own = inspect.signature(function).parameters
    arguments = {key: value for key, value in given.items() if key in own}
    # What is given may be meant as a number, though it was computed: an advantage, a target.
    apart = {key: _number_alone(value) for key, value in arguments.items()}
    for some in (
        [arguments] if all(apart[key] is arguments[key] for key in apart) else [arguments, apart]
    ):
        with _as_it_was(module), _as_it_was(getattr(owner, "__dict__", {})):
            _busy.append(name)
            try:
                with tape().paused():
                    result = function(**some)
                if any(map(_is_number, result if isinstance(result, tuple) else [result])):
                    function(**some)
            finally:
                _busy.pop()


def _number_alone(thing: Any) -> Any:
    """The same numbers, as if nothing had computed them; what nothing has stays as it is."""
    if not isinstance(thing, Recorded) or not tape().is_computed(ids_of(thing)):
        return thing
    return note(HELD, [thing])


def _is_number(thing: Any) -> bool:
    return np.size(thing) == 1 and isinstance(thing, np.ndarray | float)


@contextlib.contextmanager
def _as_it_was(names: dict[str, Any]) -> Iterator[None]:
    """Give names what they had before, as what is kept on the way forward for the way back."""
    before = dict(names)
    try:
        yield
    finally:
        names.clear()
        names.update(before)
