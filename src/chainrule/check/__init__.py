"""The network as a list of named steps, and the mistakes that replace a step."""

from chainrule.check.faults import FAULTS, Fault, with_faults
from chainrule.check.network import StepNetwork
from chainrule.check.steps import Step, network_steps, run_steps

__all__ = [
    "FAULTS",
    "Fault",
    "Step",
    "StepNetwork",
    "network_steps",
    "run_steps",
    "with_faults",
]
