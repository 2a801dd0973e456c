"""The network as a list of named steps, and the mistakes that replace a step."""

from chainrule.faults._catalogue import FORMULAS, Fault, catalogue, fault, placements
from chainrule.faults._placing import Computation, check_faults, place
from chainrule.faults._wrong import Wrong
from chainrule.faults.network import FaultyNet
from chainrule.faults.steps import Step, Values, network_steps, run_steps

__all__ = [
    "FORMULAS",
    "Computation",
    "Fault",
    "FaultyNet",
    "Step",
    "Values",
    "Wrong",
    "catalogue",
    "check_faults",
    "fault",
    "network_steps",
    "place",
    "placements",
    "run_steps",
]
