"""The lab: eleven notebooks, made from one source each, and what they use while they run.

In reading order: `parts/`, the sources, read by `_sources`, with the questions of `_questions`;
`_release`, notebooks of a source; `folder`, all of them on disk. Then what runs in them:
`session`, with `_advice`, `_data_guard`, `_progress` and `_kept`; `guesses`; `reader`, a network
for drawn digits, with `copies`, what it trains on, and `_reading_html`; `drawing`, the field to
draw in, with `strokes` and `_drawing_widget`; `slider`; `experiments`, and their `scoreboard`;
`pictures`, with the numbers of `_worked`; `_display` shows it all.
"""

from typing import TYPE_CHECKING

from chainrule.lazy import loader

if TYPE_CHECKING:
    from chainrule.lab import pictures
    from chainrule.lab._sources import FOLDER as PARTS
    from chainrule.lab.drawing import draw
    from chainrule.lab.experiments import compare, runs, trained
    from chainrule.lab.guesses import answer, guess, guessed
    from chainrule.lab.reader import read_drawing, train_reader
    from chainrule.lab.scoreboard import enter_score, open_test
    from chainrule.lab.session import start
    from chainrule.lab.slider import one_weight

__getattr__ = loader(__name__, __file__)

__all__ = [
    "PARTS", "answer", "compare", "draw", "enter_score", "guess", "guessed", "one_weight",
    "open_test", "pictures", "read_drawing", "runs", "start", "train_reader", "trained",
]  # fmt: skip
