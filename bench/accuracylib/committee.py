"""A committee whose members have different views of a digit.

Networks that differ in nothing but what is drawn are wrong about much the same digits, and so is
their mean. Members that see each digit upright, or stretched to another width, are wrong about
others. Source: Meier, Cireşan, Gambardella and Schmidhuber, Better digit recognition with a
committee of simple neural nets (2011).
"""

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from accuracylib.networks import Candidate, Indices, config_of, trained
from accuracylib.views import view
from chainrule.data import Dataset
from chainrule.data.samples import Samples
from chainrule.data.scaling import Scaling
from chainrule.nn.classifier import Classifier
from chainrule.runs.data import scale_of

AT_ONCE = 2  # members that train side by side, each in a thread


class View(NamedTuple):
    """How a member sees a digit: as `accuracylib.views.view` has it."""

    width: int = 0
    upright: bool = False

    def of(self, X: Samples, image_shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Raw images `(N, D)` as they are seen, `(N, D)`."""
        images = np.asarray(X).reshape(-1, *image_shape)
        return view(images, *self).reshape(len(images), -1)


@dataclass(frozen=True)
class Member:
    """A network with its view of the images, without which it is not asked.

    Attributes:
        view: that it was trained with.
        scaling: of the pixels that are seen.
        model: the network.
        image_shape: (height, width) of the images.
    """

    view: View
    scaling: Scaling
    model: Classifier
    image_shape: tuple[int, int]

    def probabilities(self, X: Samples) -> NDArray[np.float64]:
        """Of each class, of raw images `(M, D)`, `(M, K)`."""
        return np.asarray(
            self.model.forward(self.scaling.apply(self.view.of(X, self.image_shape)))
        )


def committee(candidate: Candidate, data: Dataset, seed: int) -> Indices:
    """What members with several views predict of the test part by their mean, `(M,)`.

    Args:
        candidate: settings of a run, with `widths` of the members that see digits as they lean,
            and `upright_widths` of those that see them upright; 0 is as wide as they are.
        data: raw images of bytes.
        seed: of the first member; those of the others follow.
    """
    views, settings = views_of(candidate)
    probabilities = mean_of(members(settings, views, data, seed), data.X_test)
    return np.asarray(probabilities.argmax(axis=1))


def views_of(candidate: Candidate) -> tuple[list[View], Candidate]:
    """The views of the members, and what is left of the settings: those of each."""
    settings = dict(candidate)
    leaning, upright = (settings.pop(name) for name in ("widths", "upright_widths"))
    return [*(View(w) for w in leaning), *(View(w, upright=True) for w in upright)], settings


def members(settings: Candidate, views: Sequence[View], data: Dataset, seed: int) -> list[Member]:
    """One for each view, trained on the training part; two at a time, each by one thread."""

    def member(view: View, seed: int) -> Member:
        image_shape = data.image_shape
        assert image_shape is not None
        seen = dataclasses.replace(
            data, X_train=view.of(data.X_train, image_shape), X_test=data.X_test[:0]
        )
        config = config_of(settings, seed)
        scaled = seen.scaled(scale_of(config, seen))
        assert scaled.scaling is not None
        return Member(view, scaled.scaling, trained(config, scaled, threads=1), image_shape)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(member, views, range(seed, seed + len(views))))


def mean_of(members: Sequence[Member], X: Samples) -> NDArray[np.float64]:
    """The mean of the members' probabilities, of raw images `(M, D)`, `(M, K)`."""
    return np.asarray(np.mean([member.probabilities(X) for member in members], axis=0))
