"""Makes the call of a plan, in the process that records."""

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.checking.record._arrays import taken_up
from chainrule.checking.record._plans import HIDDEN, RATE, STEPS, TIMES, Plan


def drive(plan: Plan, names: Mapping[str, Any]) -> None:
    """Call what a plan says, again and again if a call is a single step.

    Args:
        plan: the call.
        names: what the file defines.
    """
    class_name, _, name = plan.name.rpartition(".")
    thing = None
    if class_name:
        thing = names[class_name](*_arguments(plan, plan.made_with))
    call = getattr(thing, name) if class_name else names[name]
    for _ in range(STEPS):
        for method, roles in plan.losses:
            with contextlib.suppress(Exception):  # it may take other data than the training
                getattr(thing, method)(*_arguments(plan, roles))
        call(*_arguments(plan, plan.takes))


def _arguments(plan: Plan, roles: tuple[str, ...]) -> list[Any]:
    """An argument for each role; data are the same at each call."""
    form = plan.form
    X, Y = form.arrays()
    if form.samples == "list":
        data: tuple[Any, Any] = (X.tolist(), np.asarray(Y).tolist())
    else:
        data = (taken_up(X), taken_up(Y))
    given = {
        "X": data[0], "Y": data[1], "rate": RATE, "times": TIMES, "batch": form.count,
        "inputs": form.inputs, "hidden": HIDDEN[0], "outputs": form.classes,
        "sizes": [form.inputs, HIDDEN[0], form.classes],
    }  # fmt: skip
    return [given[role] for role in roles]
