"""A wrong formula, and the steps that it can stand in for."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.faults.steps import Step

# A wrong version of one of the lab's functions is a wrong version of the step that calls it.
CALLED_IN = {"softmax": "y", "sigmoid": "h", "dsigmoid": "grad_z", "nll": "loss"}


@dataclass(frozen=True)
class Wrong:
    """One way to compute something wrongly.

    Attributes:
        kind: the kind of step that it replaces, or the lab's function.
        reads: quantities that it takes; {layer}, {below} and {above} are filled in, {other} is the
            input or any activation but the one below, {other_z} any pre-activation but those of
            this layer and below, {other_h} any other hidden activation.
        formula: shapes as for the right step; broadcasting may give others.
        text: as one would write it in NumPy, with the same placeholders.
        only: "hidden" or "output" where it makes sense in these layers alone, "above hidden"
            where the layer must read a hidden layer, "below output" or "below hidden" where the
            output layer or a hidden one must read it.
        square: whether it can be computed only where sizes coincide.
        needs: what the right step's text must contain for this to be a mistake.
        everywhere: whether who makes it makes it for every parameter.
    """

    kind: str
    reads: tuple[str, ...]
    formula: Callable[..., Any]
    text: str
    only: str = ""
    square: bool = False
    needs: str = ""
    everywhere: bool = False

    def at(self, step: Step, steps: Sequence[Step]) -> Iterator[Step]:
        """The wrong steps that this makes of a right one; none where it does not belong."""
        if self.kind in CALLED_IN:
            yield from self._called_at(step)
            return
        if self.kind != step.kind or self.needs not in step.text or not self._fits(step):
            return
        for others in self._others(step, steps):
            names = {"layer": step.layer, "below": step.below, "above": step.above, **others}
            yield dataclasses.replace(
                step,
                reads=tuple(read.format(**names) for read in self.reads),
                formula=self.formula,
                text=self.text.format(**names),
            )

    def _fits(self, step: Step) -> bool:
        return {
            "": True,
            "hidden": step.layer != "o",
            "output": step.layer == "o",
            "above hidden": step.below != "x",
            "below output": step.above == "o",
            "below hidden": step.above not in ("o", ""),
        }[self.only]

    def _others(self, step: Step, steps: Sequence[Step]) -> list[dict[str, str]]:
        """What {other}, {other_z} or {other_h} can stand for; one empty choice without them."""
        hidden = [s.name for s in steps if s.kind == "h"]
        pre = [s.name for s in steps if s.kind == "z"]
        near = (f"z_{step.layer}", f"z_{step.below}")
        choices = {
            "{other}": ("other", [q for q in ("x", *hidden, "y") if q != step.below]),
            "{other_z}": ("other_z", [q for q in pre if q != near[1] or step.kind == "grad_z"]),
            "{other_h}": ("other_h", [q for q in hidden if q != step.layer]),
        }
        for placeholder, (key, names) in choices.items():
            if placeholder in self.reads:
                own = f"z_{step.layer}" if step.kind == "grad_z" else ""
                return [{key: name} for name in names if name != own]
        return [{}]

    def _called_at(self, step: Step) -> Iterator[Step]:
        """A wrong function where the right step calls the right one, under its own name."""
        calls = f"{self.kind}(" in step.text or self.kind == "nll"
        if CALLED_IN[self.kind] != step.kind or not calls:
            return
        if self.kind == "dsigmoid":
            grad_h, z = step.reads
            inner = self.text.replace("X", z)
            yield dataclasses.replace(
                step, formula=lambda g, z: g * self.formula(z), text=f"{grad_h} * ({inner})"
            )
        elif self.kind == "nll":
            text = self.text.replace("Y_true", "t").replace("Y_pred", "y")
            yield dataclasses.replace(step, formula=self.formula, text=text)
        else:
            text = self.text.replace("X", step.reads[0])
            yield dataclasses.replace(step, formula=self.formula, text=text)
