"""The network as a list of named steps, and the mistakes that replace a step."""

from chainrule.faults._catalogue import Fault, catalogue, fault, placements, with_faults
from chainrule.faults._network import StepNetwork
from chainrule.faults.steps import Step, network_steps, run_steps

__all__ = [
    "Fault",
    "Step",
    "StepNetwork",
    "catalogue",
    "fault",
    "network_steps",
    "placements",
    "run_steps",
    "with_faults",
]
