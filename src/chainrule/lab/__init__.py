"""The lab: eleven notebooks, made from one source each, and what they use while they run.

In reading order: `parts/`, the sources, read by `_sources`, with the questions of `_questions`;
`_release`, notebooks of a source; `folder`, all of them on disk. Then what runs in them:
`session`, with `_advice`, `_data_guard` and `_kept`; `guesses`; `experiments`; `pictures`, with
the numbers of `_worked`; `_display` shows it all.
"""

from typing import TYPE_CHECKING

from chainrule._lazy import loader

if TYPE_CHECKING:
    from chainrule.lab import pictures
    from chainrule.lab._sources import FOLDER as PARTS
    from chainrule.lab.experiments import compare, runs, trained
    from chainrule.lab.guesses import answer, guess, guessed
    from chainrule.lab.session import start

__getattr__ = loader(__name__, __file__)

__all__ = [
    "PARTS", "answer", "compare", "guess", "guessed", "pictures", "runs", "start", "trained",
]  # fmt: skip
