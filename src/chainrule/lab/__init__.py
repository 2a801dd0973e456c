"""The lab: eight notebooks, made from one source each, and what they use while they run."""

from chainrule.lab.experiments import compare
from chainrule.lab.pictures import plot_backpropagation, show
from chainrule.lab.session import start

__all__ = ["compare", "plot_backpropagation", "show", "start"]
