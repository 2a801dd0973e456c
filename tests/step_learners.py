"""Learners whose network computes by the catalogue's steps, right or wrong in known places."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import Definition
from chainrule.checking.learner.listing import own_methods, parameters, takes
from chainrule.checking.learner.local import LocalDesk, Named
from chainrule.faults.steps import Step, run_steps
from chainrule.nn.functions import one_hot


def with_steps(right: Sequence[Step], wrong: Sequence[Step]) -> list[Step]:
    """The right steps with some replaced."""
    chosen = {step.name: step for step in wrong}
    return [chosen.get(step.name, step) for step in right]


def learner(steps: Sequence[Step], *, trains: bool = True) -> type:
    """A class with the lab's methods, `train` only if it is to have it, that computes by these."""
    layers = [step.layer for step in steps if step.kind == "z"]
    forward = [step for step in steps if step.kind in ("z", "h", "y")]
    measured = [step for step in steps if step.kind == "loss"]

    class Net:
        def __init__(self, *sizes: int) -> None:
            self.output_size = sizes[-1]
            for layer, below, size in zip(layers, sizes[:-1], sizes[1:], strict=True):
                setattr(self, f"W_{layer}", np.ones((below, size)))
                setattr(self, f"b_{layer}", np.ones(size))

        def _known(self, X: Any) -> dict[str, Any]:
            return {"x": X, **{k: v for k, v in vars(self).items() if k[:2] in ("W_", "b_")}}

        def forward(self, X: Any) -> Any:
            return run_steps(forward, self._known(X))["y"]

        def loss(self, X: Any, y: Any) -> Any:
            known = self._known(np.atleast_2d(X)) | {"t": one_hot(self.output_size, y)}
            return run_steps(measured, known | {"y": self.forward(X)})["loss"]

        def grad_loss(self, X: Any, y: Any) -> Any:
            known = self._known(X) | {"t": one_hot(self.output_size, y)}
            values = run_steps([s for s in steps if s.kind != "loss"], known)
            return {name: values[f"grad_{name}"] for name in self._parameters()}

        def train(self, X: Any, y: Any, learning_rate: float) -> None:
            known = self._known(X) | {"t": one_hot(self.output_size, y)}
            values = run_steps(
                [s for s in steps if s.kind != "loss"], known | {"learning_rate": learning_rate}
            )
            for name in self._parameters():
                setattr(self, name, values[f"new_{name}"])

        def _parameters(self) -> list[str]:
            return [f"{letter}_{layer}" for layer in layers for letter in "Wb"]

    if not trains:
        del Net.train
    return Net


def desk(steps: Sequence[Step], *, trains: bool = True) -> LocalDesk:
    """A desk with such a class on it."""
    hidden = sum(step.kind == "h" for step in steps)
    sizes = ("input_size", *(f"hidden_size_{i}" for i in range(1, hidden + 1)), "output_size")
    net = learner(steps, trains=trains)
    raw = own_methods(net, lambda one: one is net)
    names = {k: v for k, v in raw.items() if not k.startswith("_")}
    definition = Definition("Net", parameters=sizes, methods=takes(names))
    assert parameters(net) == ("*sizes",)
    return LocalDesk([Named(definition, net, {})])
