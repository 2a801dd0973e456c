"""Losses that a file defines beside their gradients, and never computes.

A class with `loss(y, p)` and `gradient(y, p)` trains by the second alone. That the first is wrong
would show nowhere: it is computed wherever the second is called, with the same arguments.
"""

import ast
import contextlib
import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

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
    calls = (node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
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
