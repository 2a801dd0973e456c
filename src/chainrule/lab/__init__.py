"""The lab: eleven notebooks, made from one source each, and what they use while they run.

In reading order: `parts/`, the sources, read by `_sources`; `_release`, notebooks of a source;
`folder`, all of them on disk; then what runs in them: `session`, with `_advice`, `_data_guard`
and `_kept`, `pictures` and `experiments`.
"""

from typing import TYPE_CHECKING

from chainrule._lazy import loader

if TYPE_CHECKING:
    from chainrule.lab._sources import FOLDER as PARTS
    from chainrule.lab.experiments import compare, runs, trained
    from chainrule.lab.pictures import plot_backpropagation, show
    from chainrule.lab.session import start

__getattr__ = loader(__name__, __file__)

__all__ = ["PARTS", "compare", "plot_backpropagation", "runs", "show", "start", "trained"]
