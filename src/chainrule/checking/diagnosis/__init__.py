"""Which mistake it is: a learner's functions and classes, judged by what they compute."""

from chainrule.checking.diagnosis.any_network import GradientCheck, check_gradients
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.judge import judge

__all__ = [
    "Blame",
    "Finding",
    "GradientCheck",
    "check_gradients",
    "judge",
]
