"""The pictures of the lab's notebooks: each is drawn, shown with a text in its place, and closed.

The texts are made of what is drawn, so that they are true of a learner's own numbers too. In
reading order: `page`, how a picture gets on a page; `digits`, `functions`, `training` and `look`,
pictures of these; `network`, the chain of backpropagation.
"""

from chainrule.lab.pictures.digits import (
    class_counts,
    first_images,
    image_and_numbers,
    pixel_scales,
)
from chainrule.lab.pictures.functions import (
    difference_errors,
    loss_curve,
    probability_bars,
    sigmoid_and_slope,
)
from chainrule.lab.pictures.look import (
    confusions,
    excited_by,
    hidden_weights,
    images_and_guesses,
    images_to_guess,
    luck,
    some_units,
    unit_weights,
)
from chainrule.lab.pictures.network import backpropagation
from chainrule.lab.pictures.page import show
from chainrule.lab.pictures.training import (
    agreement,
    before_and_after,
    class_weights,
    prediction,
    replayed,
    training_curves,
    twice,
)

__all__ = [
    "agreement",
    "backpropagation",
    "before_and_after",
    "class_counts",
    "class_weights",
    "confusions",
    "difference_errors",
    "excited_by",
    "first_images",
    "hidden_weights",
    "image_and_numbers",
    "images_and_guesses",
    "images_to_guess",
    "loss_curve",
    "luck",
    "pixel_scales",
    "prediction",
    "probability_bars",
    "replayed",
    "show",
    "sigmoid_and_slope",
    "some_units",
    "training_curves",
    "twice",
    "unit_weights",
]
