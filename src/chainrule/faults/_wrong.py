"""A wrong formula, and the steps that it can stand in for."""

import ast
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from chainrule.faults._operators import Operator
from chainrule.faults._text import compiled, divided, known_tree
from chainrule.faults.steps import Step

# A wrong version of one of the lab's functions is a wrong version of the step that calls it.
CALLED_IN = {"softmax": "y", "sigmoid": "h", "dsigmoid": "grad_z", "nll": "loss"}
# What the formulas are functions of that are no step, or stand by themselves.
PARAMETERS = {
    "softmax": ("X",),
    "sigmoid": ("X",),
    "dsigmoid": ("X",),
    "nll": ("Y_true", "Y_pred"),
    "loss": ("t", "y"),
    "predict": ("y",),
    "accuracy": ("predicted", "y"),
}


@dataclass(frozen=True)
class Wrong:
    """One way to compute something wrongly.

    Attributes:
        kind: the kind of step that it replaces, or the lab's function.
        how: the wrong formula as one would write it in NumPy, or an operator that makes it of the
            right one. {layer}, {below} and {above} are filled in, {other} is the input or any
            activation but the one below, {other_z} any pre-activation but those of this layer and
            below, {other_h} any other hidden activation.
        only: "above hidden" where the layer must read a hidden layer, "below output" or "below
            hidden" where the output layer or a hidden one must read it.
        square: whether it can be computed only where sizes coincide.
        needs: what the right step's text must contain for this to be a mistake, or what tells of
            the right step whether it is one.
        everywhere: whether who makes it makes it for every parameter.
        as_batch: whether a single sample counts as a batch of one, so that its `len` is 1.
    """

    kind: str
    how: str | Operator
    only: str = ""
    square: bool = False
    needs: str | Callable[[Step], bool] = ""
    everywhere: bool = False
    as_batch: bool = False

    @property
    def replaces(self) -> str:
        """The kind of step that it is a wrong version of."""
        return CALLED_IN.get(self.kind, self.kind)

    @property
    def text(self) -> str:
        """The formula of what stands by itself; "" where it is made of a right one."""
        return self.how if isinstance(self.how, str) else ""

    @property
    def formula(self) -> Callable[..., Any]:
        """The formula of what stands by itself, as a function of its `PARAMETERS`.

        Shapes: those of the lab's function, `(K,)` or `(N, K)`.
        """
        formula = compiled(self.text, PARAMETERS[self.kind])
        if self.as_batch:
            return lambda *arrays: formula(*map(np.atleast_2d, arrays))
        return formula

    def at(self, step: Step, steps: Sequence[Step]) -> Iterator[Step]:
        """The wrong steps that this makes of a right one; none where it does not belong.

        Args:
            step: the right one.
            steps: of the computation, of which pre-activations and hidden layers may stand in.
        """
        if self.kind in CALLED_IN:
            text = self._called_at(step)
            if text:
                yield dataclasses.replace(step, text=text)
            return
        if self.kind != step.kind or not self._fits(step):
            return
        for stand_ins in self._stand_ins(step, steps):
            names = {"layer": step.layer, "below": step.below, "above": step.above, **stand_ins}
            text = self._written(step, names)
            if text:
                yield dataclasses.replace(step, text=text)

    def _written(self, step: Step, names: dict[str, str]) -> str:
        fill = partial(_fill, names=names)
        if isinstance(self.how, str):
            return divided(fill(self.how), step.divisor)
        right = known_tree(step.text)
        if step.divisor and isinstance(right, ast.BinOp):
            right = right.left  # what the loss is divided by is a matter of its own
        tree = self.how.apply(right, fill)
        return "" if tree is None else divided(ast.unparse(tree), step.divisor)

    def _fits(self, step: Step) -> bool:
        needs = self.needs
        if not (needs in step.text if isinstance(needs, str) else needs(step)):
            return False
        return {
            "": True,
            "above hidden": step.below != "x",
            "below output": step.above == "o",
            "below hidden": step.above not in ("o", ""),
        }[self.only]

    def _stand_ins(self, step: Step, steps: Sequence[Step]) -> list[dict[str, str]]:
        """What {other}, {other_z} or {other_h} can stand for; one empty choice without them."""
        template = self.how if isinstance(self.how, str) else self.how.brings
        hidden = [s.name for s in steps if s.kind == "h"]
        pre = [s.name for s in steps if s.kind == "z"]
        if step.kind in ("h", "y"):  # what comes later is not there yet
            pre = list(takewhile(lambda name: name != f"z_{step.layer}", pre))
        near = (f"z_{step.layer}", f"z_{step.below}")
        choices = {
            "other": [q for q in ("x", *hidden, "y") if q != step.below],
            "other_z": [q for q in pre if q != near[1] or step.kind in ("grad_z", "h", "y")],
            "other_h": [q for q in hidden if q != step.layer],
        }
        for placeholder, names in choices.items():
            if f"{{{placeholder}}}" in template:
                itself = f"z_{step.layer}" if step.kind == "grad_z" else ""
                return [{placeholder: name} for name in names if name != itself]
        return [{}]

    def _called_at(self, step: Step) -> str:
        """A wrong function where the right step calls the right one, under its own name."""
        calls = f"{self.kind}(" in step.text or self.kind == "nll"
        if CALLED_IN[self.kind] != step.kind or not calls:
            return ""
        if self.kind == "dsigmoid":
            grad_h, z = step.reads
            return f"{grad_h} * ({self.text.replace('X', z)})"
        if self.kind == "nll":
            return self.text.replace("Y_true", "t").replace("Y_pred", "y")
        return self.text.replace("X", step.reads[0])


def _fill(template: str, names: dict[str, str]) -> str:
    return template.format(**names)
