"""Whether a picture may show no digit at all: a network must choose one of its classes."""

from chainrule.data.arrays import Array
from chainrule.data.image_files import DigitPicture

DIGITS = frozenset(range(10))
SURE = 0.9  # bench/pictures.py prints how many digits have less, and how many other drawings


def doubt(
    picture: DigitPicture, probabilities: Array, classes: tuple[int | str, ...]
) -> str | None:
    """Why a picture may be no digit, in words; None where nothing speaks against it.

    The rule: its ink is unlike a digit's (`DigitPicture.oddity`), or no class has a probability of
    0.9. It is for models of digits; of other classes it is not known how they are drawn.

    Args:
        picture: that was read.
        probabilities: `(K,)`, of a model for it.
        classes: what the K outputs stand for.

    >>> import numpy as np
    >>> drawing = DigitPicture(np.zeros((30, 30, 3), np.uint8), np.zeros(64))
    >>> doubt(drawing, np.array([0.3, 0.7]), (0, 1))
    'the network gives no digit a probability of 0.9'
    """
    if not DIGITS.issuperset(classes):
        return None
    if picture.oddity is None and probabilities.max() < SURE:
        return f"the network gives no digit a probability of {SURE:g}"
    return picture.oddity
