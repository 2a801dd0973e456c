"""Mistakes as data: one step of the computation with a wrong formula, and what it is called."""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chainrule.check.steps import Step, difference, weight_gradient
from chainrule.errors import ChainruleError
from chainrule.functions import Array


@dataclass(frozen=True)
class Fault:
    """A wrong formula for one step.

    Attributes:
        id: its name everywhere.
        step: name of the step that it replaces.
        reads: names of the quantities that the wrong formula takes; `{below}` stands for the
            layer below, so that one fault fits nets of any depth.
        formula: the wrong formula; shapes as for the right step.
        text: the wrong formula as one would write it in NumPy, with the same `{below}`.
        believed: what someone who writes this takes to be true.
        truth: what is true instead, and why.
    """

    id: str
    step: str
    reads: tuple[str, ...]
    formula: Callable[..., Array]
    text: str
    believed: str
    truth: str


_ALL = (
    Fault(
        id="grad-preactivation",
        step="grad_W_o",
        reads=("z_{below}", "grad_z_o"),
        formula=weight_gradient,
        text="z_{below}.T @ grad_z_o",
        believed="the output weights multiply the pre-activation z_h",
        truth="z_o = h @ W_o + b_o: the weights multiply the activation h = sigmoid(z_h), so the "
        "derivative by W_o is h.T @ grad_z_o",
    ),
    Fault(
        id="grad-output-mismatch",
        step="grad_z_o",
        reads=("y", "t"),
        formula=difference,
        text="y - t",
        believed="y - t is the derivative by z_o whatever the output and the loss are",
        truth="y - t belongs to softmax with the negative log likelihood, or to sigmoid with "
        "binary cross-entropy; for sigmoid outputs with the negative log likelihood the "
        "derivative is -t * (1 - y)",
    ),
)
FAULTS: dict[str, Fault] = {fault.id: fault for fault in _ALL}


def with_faults(steps: Iterable[Step], ids: Iterable[str]) -> tuple[Step, ...]:
    """The same steps with some replaced by their wrong versions.

    Raises:
        ChainruleError: if an id is not in the catalogue, its step is not among `steps`, or it
            computes what is right for these steps.
    """
    by_name = {step.name: step for step in steps}
    for id_ in ids:
        if id_ not in FAULTS:
            raise ChainruleError(f"unknown fault {id_!r}; known are {', '.join(FAULTS)}")
        fault = FAULTS[id_]
        if fault.step not in by_name:
            raise ChainruleError(f"{id_} replaces the step {fault.step}, which is not there")
        right = by_name[fault.step]
        wrong = dataclasses.replace(
            right,
            reads=tuple(name.format(below=right.below) for name in fault.reads),
            formula=fault.formula,
            text=fault.text.format(below=right.below),
        )
        if wrong == right:
            raise ChainruleError(f"{id_} is no fault here: {right.name} = {right.text} is right")
        by_name[fault.step] = wrong
    return tuple(by_name.values())
