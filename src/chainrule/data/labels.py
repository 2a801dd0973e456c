"""Labels: which classes there are, and the index of each label among them."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import whole_number

Label = int | str


def class_indices(
    label_lists: Sequence[list[Label]],
) -> tuple[tuple[Label, ...], NDArray[np.int64]]:
    """Map labels to 0 … K−1 in their own order: by size if all are numbers, else as text.

    Args:
        label_lists: lists of labels that share their classes, such as those of two parts.

    Returns:
        The K classes, and the index of each label of all the lists in turn, `(N,)`.

    >>> class_indices([[10, 9, 10], [9]])
    ((9, 10), array([1, 0, 1, 0]))
    >>> class_indices([[10, 9], ["dog"]])  # as text, 10 comes before 9
    (('10', '9', 'dog'), array([0, 1, 2]))
    """
    labels = list(itertools.chain.from_iterable(label_lists))
    if any(isinstance(label, str) for label in labels):
        labels = [str(label) for label in labels]
    classes = tuple(sorted(set(labels)))
    place = {label: i for i, label in enumerate(classes)}
    return classes, np.array([place[label] for label in labels], dtype=np.int64)


def known_indices(labels: Sequence[Label], classes: Sequence[Label]) -> NDArray[np.int64]:
    """The index of each label among classes that are there already, −1 where it is none of them.

    A label is a class if it is spelled as one, or else if both are the same number.

    Shape: N labels to `(N,)`.

    >>> known_indices(["01", "1", "dog", 2], ["1", "01", "2"])
    array([ 1,  0, -1,  2])
    >>> known_indices(["3.0", "04"], [3, 4])
    array([0, 1])
    """
    by_spelling = {str(name): i for i, name in enumerate(classes)}
    by_number = {name: i for i, name in enumerate(classes) if not isinstance(name, str)}

    def index(label: Label) -> int:
        if str(label) in by_spelling:
            return by_spelling[str(label)]
        try:
            number = whole_number(label)
        except ValueError:  # a word
            return -1
        return -1 if number is None else by_number.get(number, -1)

    of_label = {label: index(label) for label in set(labels)}
    return np.array([of_label[label] for label in labels], dtype=np.int64)
