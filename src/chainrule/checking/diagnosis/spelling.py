"""How a learner's network is written: its constructor, its parameters, their orientation."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.compare import Array
from chainrule.checking.diagnosis.network import in_own_names
from chainrule.checking.diagnosis.probes import layer_parameters
from chainrule.checking.learner.desk import ReferenceForward
from chainrule.nn.models import hidden_layer_names

Sizes = tuple[int, ...]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Spelling:
    """One way to make an object of a class, and where its parameters are.

    Attributes:
        place: of the class in `Desk.definitions`.
        build: arguments of the constructor for given sizes.
        made: the sizes that the constructor takes.
        sizes: D, the hidden sizes, K; longer where one number is the size of several layers.
        weights: attribute path of each layer's weights, from the input on.
        biases: the same of the biases, "" where there are none.
        flipped: whether weights are `(out, in)`.
        shapes: of the attributes as the constructor makes them.
        misshapen: those of them with which its forward pass fails, and the shape that they need.
        rate: attribute path of a learning rate that the object keeps, "" if there is none.
        alike: whether all units of a hidden layer begin with the same weights, into and out of it.
    """

    place: int
    build: Callable[[Sizes], Arguments]
    made: Sizes
    sizes: Sizes
    weights: tuple[str, ...]
    biases: tuple[str, ...]
    flipped: bool
    shapes: Mapping[str, tuple[int, ...]]
    misshapen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    rate: str = ""
    alike: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """h, h2, …, o."""
        hidden = len(self.weights) - 1
        return (*(hidden_layer_names(hidden) if hidden else ()), "o")

    @property
    def paths(self) -> dict[str, str]:
        """Attribute path by canonical name: W_h, b_h, …; a missing bias is not in it."""
        found = {}
        for layer, W, b in zip(self.layers, self.weights, self.biases, strict=True):
            found[f"W_{layer}"] = W
            if b:
                found[f"b_{layer}"] = b
        return found

    def own_name(self, name: str) -> str:
        """What the learner calls a parameter: W_o, W2, weights[1]."""
        path = self.paths.get(name, name)
        return re.sub(r"\.(\d+)", r"[\1]", path)

    def in_own_names(self, text: str) -> str:
        """A formula with the learner's names of the parameters: x @ W1 for x @ W_h."""
        return in_own_names(text, {name: self.own_name(name) for name in self.paths})

    def parameters(self, seed: int) -> dict[str, Array]:
        """Random parameters by canonical name: weights `(D, H)`, biases `(H,)`."""
        found = {}
        drawn = layer_parameters(self.sizes, seed)
        for layer, (W, b), path in zip(self.layers, drawn, self.biases, strict=True):
            found[f"W_{layer}"] = W
            found[f"b_{layer}"] = b if path else np.zeros_like(b)
        return found

    def state(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """The attributes to set, by path and in the learner's shapes."""
        found = {}
        for name, path in self.paths.items():
            array = parameters[name]
            if name.startswith("W"):
                found[path] = array.T.copy() if self.flipped else array
            else:
                found[path] = array.reshape(vector_shape(array.size, self.shapes[path]))
        return found

    def canonical(self, name: str, array: Array | None) -> Array | None:
        """An array shaped like one of the learner's parameters, as `(D, H)` or `(H,)`."""
        if array is None:
            return None
        if name.startswith("W"):
            return array.T if self.flipped and array.ndim == 2 else array
        if array.ndim == 2 and 1 in array.shape:
            return array.ravel()
        return array

    def square(self, size: int) -> "Spelling":
        """The same class with all sizes equal."""
        return replace(self, made=(size,) * len(self.made), sizes=(size,) * len(self.sizes))

    def of_classes(self, count: int) -> "Spelling":
        """The same class with another number of classes."""
        return replace(self, made=(*self.made[:-1], count), sizes=(*self.sizes[:-1], count))

    def as_it_runs(self) -> "Spelling | None":
        """What is known of a class whose forward pass does not mind the shapes.

        Biases of another size are none; with weights of other shapes nothing is understood.
        """
        if any(path in self.misshapen for path in self.weights):
            return None
        biases = tuple("" if path in self.misshapen else path for path in self.biases)
        return replace(self, biases=biases, misshapen={})

    def reference(self, activation: str, output: str, kept: Sequence[str]) -> ReferenceForward:
        """How to put the right forward pass into the learner's object."""
        known = [(name, _quantity(name, len(self.weights))) for name in kept]
        return ReferenceForward(
            self.weights,
            self.flipped,
            self.biases,
            activation,
            output,
            tuple((name, quantity) for name, quantity in known if quantity),
        )


def vector_shape(size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of so many numbers in one row, or in one column, as an array of this shape is.

    Examples:
        >>> vector_shape(3, (1, 4))
        (1, 3)
    """
    if len(shape) == 1:
        return (size,)
    return (size, 1) if shape[1] == 1 else (1, size)


def _quantity(attribute: str, n_layers: int) -> str:
    """The quantity that an attribute holds by its name: z1, h1, …, y; "" if that is unclear."""
    plain = attribute.lower().replace("_", "")
    match = re.fullmatch(r"(z|a|h|s|y|x)([hojk]?)(idden|ut|utput)?(\d*)", plain)
    if match is None:
        return {"ypred": "y", "output": "y", "probs": "y", "hidden": "h1", "yhat": "y"}.get(
            plain, ""
        )
    letter, layer, _, number = match.groups()
    last = layer in ("o", "k") or (number and int(number) == n_layers)
    which = n_layers if last else int(number or 1)
    if letter == "z":
        return f"z{which}"
    if letter == "x" or which == 0:
        return "h0"
    return "y" if last or letter == "y" else f"h{which}"
