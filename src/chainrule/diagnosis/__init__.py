"""Which mistake it is: a learner's functions and classes, judged by what they compute."""

from chainrule.diagnosis.any_network import GradientCheck, check_gradients
from chainrule.diagnosis.finding import Blame, Finding
from chainrule.diagnosis.judge import judge
from chainrule.diagnosis.verdict import Verdict, check

__all__ = [
    "Blame",
    "Finding",
    "GradientCheck",
    "Verdict",
    "check",
    "check_gradients",
    "judge",
]
