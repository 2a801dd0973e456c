"""Mistakes put into a network that is to be trained: only those that its training would show.

Whether a wrong formula can be computed, and whether it makes a difference, depends on the sizes of
the layers and of the batches. So it is tried on random numbers of just these sizes.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, Setting
from chainrule.faults._catalogue import RECORD_FAULTS, Fault, fault, placements
from chainrule.faults.steps import FORWARD, LEARNING_RATE, Step, Values, network_steps, run_steps

PARAMETERS = ("grad_W", "grad_b", "new_W", "new_b")
LARGER_BATCH = 32
# What became of a wrong formula that was tried.
SHOWS, SAME, MISFIT = "shows", "same", "misfit"


@dataclass(frozen=True)
class Placed:
    """A mistake in a network.

    Attributes:
        fault: id in the catalogue.
        step: the wrong step.
        right: what the right step reads as.
    """

    fault: str
    step: Step
    right: str


@dataclass(frozen=True)
class Computation:
    """How a network computes: the steps, and which of them are wrong.

    Attributes:
        hidden_layers: how many.
        activation: of the hidden layers.
        output: "softmax" or "sigmoid".
        mistakes: in the order in which they were given.
        batch_size: samples in a step of training.
        learning_rate: for mistakes that use it.
    """

    hidden_layers: int
    activation: str
    output: str
    mistakes: tuple[Placed, ...]
    batch_size: int
    learning_rate: float

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps of forward pass, backward pass and update, the wrong ones in their places."""
        wrong = {placed.step.name: placed.step for placed in self.mistakes}
        right = network_steps(self.hidden_layers, activation=self.activation, output=self.output)
        return tuple(wrong.get(step.name, step) for step in right if step.kind != "loss")

    @property
    def faults(self) -> tuple[str, ...]:
        """Ids of the mistakes, each once."""
        return tuple(dict.fromkeys(placed.fault for placed in self.mistakes))

    def described(self) -> list[dict[str, str]]:
        """Each mistake in words, and as what is computed in place of what."""
        return [
            {
                "id": placed.fault,
                "title": fault(placed.fault).title,
                "computed": f"{placed.step.name} = {placed.step.text}",
                "right": f"{placed.step.name} = {placed.right}",
            }
            for placed in self.mistakes
        ]

    def to_dict(self) -> dict[str, Any]:
        """What a file needs to hold, beside the sizes and the activation of the network."""
        return {
            "output": self.output,
            "mistakes": [[m.fault, m.step.name, m.step.text] for m in self.mistakes],
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
        }

    @classmethod
    def from_dict(
        cls, content: dict[str, Any], hidden_layers: int, activation: str
    ) -> "Computation":
        """The computation that `to_dict` described.

        Raises:
            ChainruleError: if a mistake is not in the catalogue, or not in these words.
        """
        output = str(content["output"])
        right = network_steps(hidden_layers, activation=activation, output=output)
        texts = {step.name: step.text for step in right}
        mistakes = []
        for id_, name, text in content["mistakes"]:
            fault(id_)
            matching = [s for s in placements(id_, right) if (s.name, s.text) == (name, text)]
            if not matching:
                raise ChainruleError(f"{id_} is not known as {name} = {text}")
            mistakes.append(Placed(id_, matching[0], texts[name]))
        rate, size = float(content["learning_rate"]), int(content["batch_size"])
        if not (0 < rate < np.inf and size > 0):
            raise ChainruleError("the learning rate or the batch size is not positive")
        return cls(hidden_layers, activation, output, tuple(mistakes), size, rate)


def place(
    faults: Sequence[str],
    sizes: Sequence[int],
    *,
    activation: str = "sigmoid",
    output: str | None = None,
    batches: Sequence[int] = (1,),
    learning_rate: float = 0.1,
) -> Computation:
    """Put mistakes into a network, each where training shows it.

    Args:
        faults: ids; "grad-preactivation@h2" puts one at the layer h2, without a layer the first
            that fits is taken, from the output layer down. Of the ways to make a mistake, the
            first is taken that can be computed and makes a difference.
        sizes: inputs, units of each hidden layer, classes.
        activation: of the hidden layers.
        output: "softmax" or "sigmoid"; None takes softmax, unless a mistake has no place there.
        batches: numbers of samples in a batch that occur in training, the usual one first.
        learning_rate: of training.

    Raises:
        ChainruleError: if there is no such mistake or no such layer, if training does not show
            the mistake or cannot compute it with these sizes, or if two mistakes are made at the
            same step.

    >>> computation = place(["grad-hidden-no-derivative"], (64, 32, 10))
    >>> [(mistake.step.name, mistake.step.text) for mistake in computation.mistakes]
    [('grad_z_h', 'grad_h')]
    """
    output = check_faults(faults, len(sizes) - 2, activation, output)
    trial = _Trial(tuple(sizes), activation, output, tuple(batches), learning_rate)
    mistakes: dict[str, Placed] = {}
    for fault_at in dict.fromkeys(faults):
        for placed in trial.place(fault_at):
            other = mistakes.setdefault(placed.step.name, placed)
            if other is not placed:
                raise ChainruleError(
                    f"{other.fault} and {placed.fault} both replace {placed.step.name}; "
                    "give one of them, or put one at another layer: ID@LAYER"
                )
    return Computation(
        len(sizes) - 2, activation, output, tuple(mistakes.values()), batches[0], learning_rate
    )


def check_faults(
    faults: Iterable[str], hidden_layers: int, activation: str, output: str | None = None
) -> str:
    """Look whether mistakes have a place in the training of such a network, of whatever sizes.

    Args:
        faults: ids, each with "@" and a layer if it is to be at that one.
        hidden_layers: how many.
        activation: of the hidden layers.
        output: "softmax" or "sigmoid"; None leaves it to the mistakes.

    Returns:
        The output: the one given, else "softmax", or "sigmoid" if a mistake has no place else.

    Raises:
        ChainruleError: naming the mistake that has no place, and why.
    """
    ids_and_layers = [tuple(text.partition("@")[::2]) for text in faults]
    for id_, _ in ids_and_layers:
        if fault(id_).is_code:
            raise ChainruleError(
                f"{id_} is a mistake of the code ({fault(id_).title}), not of a formula: there is "
                "nothing to train with it"
            )
    softmax, sigmoid = (
        network_steps(hidden_layers, activation=activation, output=name)
        for name in ("softmax", "sigmoid")
    )
    if output is None:
        only_sigmoid = (
            _places(id_, sigmoid) and not _places(id_, softmax) for id_, _ in ids_and_layers
        )
        output = "sigmoid" if any(only_sigmoid) else "softmax"
    steps = network_steps(hidden_layers, activation=activation, output=output)
    layers = tuple(step.layer for step in steps if step.kind == "z")
    for id_, layer in ids_and_layers:
        places = _places(id_, steps)
        if not places:
            raise ChainruleError(_no_place(fault(id_), activation, output))
        if layer and layer not in layers:
            raise ChainruleError(
                f"{id_}@{layer}: the layers of this network are {', '.join(layers)}"
            )
        if layer and layer not in {step.layer for step in places}:
            its_layers = ", ".join(dict.fromkeys(step.layer for step in places))
            raise ChainruleError(
                f"{id_} has no place at layer {layer}; it has one at {its_layers}"
            )
    return output


def has_place_in_training(id_: str) -> bool:
    """Whether the mistake replaces a step of the training of some network.

    >>> has_place_in_training("grad-preactivation"), has_place_in_training("nll-sign")
    (True, False)
    """
    outputs = ("softmax", "sigmoid")
    return any(_places(id_, network_steps(2, output=output)) for output in outputs)


def _places(id_: str, steps: Sequence[Step]) -> list[Step]:
    return [step for step in placements(id_, steps) if step.kind != "loss"]


def _no_place(entry: Fault, activation: str, output: str) -> str:
    """Why a mistake cannot be made in the training of a network."""
    elsewhere = any(
        _places(entry.id, network_steps(output=other)) for other in ("softmax", "sigmoid")
    )
    if elsewhere:
        return (
            f"{entry.id} ({entry.title}) has no place in a network with {activation} in the "
            f"hidden layers and {output} at the output"
        )
    if entry.id.startswith(("nll-", "loss-")):
        why = "it is in the loss, and a step of training computes the gradient alone"
    elif entry.id.startswith(("predict-", "accuracy-")):
        why = "it is in what is done with the network afterwards"
    elif entry.id in RECORD_FAULTS:
        why = "none of the steps of this network can have it"
    else:
        why = "with one-hot targets and batches as training has them nothing comes out wrong"
    return f"training does not show {entry.id} ({entry.title}): {why}"


@dataclass(frozen=True)
class _Trial:
    """A network of certain sizes on which wrong formulas are tried."""

    sizes: tuple[int, ...]
    activation: str
    output: str
    batches: tuple[int, ...]
    learning_rate: float

    @cached_property
    def right(self) -> tuple[Step, ...]:
        hidden = len(self.sizes) - 2
        return network_steps(hidden, activation=self.activation, output=self.output)

    @cached_property
    def values(self) -> dict[int, Values]:
        """All quantities of the right computation, for batches of each size that may occur."""
        # The forward pass also meets batches of other sizes, when the network is used.
        others = (1, self.sizes[-1] + 1)
        return {n: self._values(n) for n in dict.fromkeys((*self.batches, *others))}

    def _values(self, n: int) -> Values:
        rng = np.random.default_rng(0)
        layers = [step.layer for step in self.right if step.kind == "z"]
        values: Values = {LEARNING_RATE: self.learning_rate}
        for layer, below, size in zip(layers, self.sizes[:-1], self.sizes[1:], strict=True):
            values[f"W_{layer}"] = rng.normal(scale=below**-0.5, size=(below, size))
            values[f"b_{layer}"] = rng.normal(scale=0.3, size=size)
        values["x"] = rng.normal(size=(n, self.sizes[0]))
        values["t"] = np.eye(self.sizes[-1])[rng.integers(self.sizes[-1], size=n)]
        return run_steps(self.right, values)

    def place(self, fault_at: str) -> list[Placed]:
        """The wrong steps of a mistake, ID or ID@LAYER: one, or one for each parameter."""
        id_, _, layer = fault_at.partition("@")
        candidates = [s for s in _places(id_, self.right) if layer in ("", s.layer)]
        texts = {step.name: step.text for step in self.right}
        placed: dict[str, Placed] = {}
        for step in candidates:
            if step.name not in placed and self.outcome(step) == SHOWS:
                placed[step.name] = Placed(id_, step, texts[step.name])
        if not placed:
            raise ChainruleError(*self._why_not(fault_at, candidates))
        everywhere = any(wrong.everywhere for wrong in fault(id_).formulas)
        return list(placed.values())[: None if everywhere else 1]

    def outcome(self, step: Step) -> str:
        """What a wrong step does with these sizes."""
        forward = step.kind in FORWARD
        for n in self.values if forward else self.batches:
            if self._computed(step, n) is None:
                return MISFIT
        n = self.batches[0]
        value, right = self._computed(step, n), np.asarray(self.values[n][step.name])
        assert value is not None
        same = np.allclose(value, right, rtol=1e-6, atol=1e-9 * (1e-30 + np.abs(right).max()))
        return SAME if same else SHOWS

    def _computed(self, step: Step, n: int) -> Any | None:
        """What the step gives for n samples; None if the sizes do not fit.

        A parameter may be changed by less numbers than it has, as NumPy repeats them.
        """
        values = self.values[n]
        shape = np.shape(values[step.name])
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(step.formula(*(values[name] for name in step.reads)))
            if step.kind in PARAMETERS:
                return np.broadcast_to(value, shape)
        except ValueError:
            return None
        return value if value.shape == shape else None

    def _why_not(self, fault_at: str, candidates: Sequence[Step]) -> list[object]:
        inputs, *hidden, classes = self.sizes
        options: list[Setting] = []
        for size in (classes, inputs):
            if self._would_show(fault_at, sizes=(inputs, *(size for _ in hidden), classes)):
                options.append(Setting("hidden", tuple(size for _ in hidden)))
        larger = self.batches[0] == 1 and self._would_show(fault_at, batches=(LARGER_BATCH,))
        if larger:
            options.append(Setting("batch_size", LARGER_BATCH))
        if any(self.outcome(step) == MISFIT for step in candidates):
            units = ", ".join(map(str, hidden))
            why = (
                f"its formula does not fit the sizes, which are {inputs} inputs, {units} hidden "
                f"units and {classes} classes"
            )
        elif larger:
            why = "with one sample at a time it computes what is right"
        else:
            why = "it computes the same numbers as the right formula"
        instead: list[object] = []
        for option in options:
            instead += [" or " if instead else "; with ", option]
        if instead:
            instead.append(" it can")
        title = fault(fault_at.partition("@")[0]).title
        return [f"{fault_at} ({title}) cannot be trained here: {why}", *instead]

    def _would_show(self, fault_at: str, **change: Any) -> bool:
        """Whether training would show the mistake with other sizes."""
        other = dataclasses.replace(self, **change)
        id_, _, layer = fault_at.partition("@")
        return any(
            other.outcome(step) == SHOWS
            for step in _places(id_, other.right)
            if layer in ("", step.layer)
        )
