"""In which settings a mistake shows what it does, chosen by training with each of them.

With the usual settings some mistakes cannot be seen, since one sample at a time and standardised
features forgive them, and some make everything collapse, though learners who make them see an
accuracy that looks well. What is not listed is best seen with the usual settings, or in none.
"""

from collections.abc import Sequence
from typing import Any

# The published lab's own: there the wrong gradient of its handed-out code looks respectable, and
# what merely slows down is far behind after 15 epochs.
PUBLISHED = {
    "hidden": (10,),
    "learning_rate": 0.001,
    "scale": "none",
    "init": "uniform",
    "shuffle": False,
}
BATCHES = {"batch_size": 32}

LESSONS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(
        (
            "grad-preactivation",
            "grad-output-mismatch",
            "grad-output-sigmoid-factor",
            "grad-hidden-derivative-at-activation",
            "grad-hidden-weights-not-transposed",
            "grad-inputs-swapped",
            "grad-transposed",
            "grad-elementwise",
            "softmax-not-normalised",
            "softmax-over-batch",
        ),
        PUBLISHED,
    ),
    "grad-batch-scale": BATCHES,
}


def lesson_settings(faults: Sequence[str]) -> dict[str, Any]:
    """Settings of a `RunConfig` in which the mistakes are seen on the digits; {} for the usual.

    Of several mistakes the first that is listed counts. Each may have "@" and a layer.

    >>> lesson_settings(["grad-batch-scale"])
    {'batch_size': 32}
    """
    ids = [fault.partition("@")[0] for fault in faults]
    return next((dict(LESSONS[id_]) for id_ in ids if id_ in LESSONS), {})
