"""The network as a list of named steps, and the mistakes that replace a step.

In reading order: `steps`, the right computation; `_text` and `_stack`, how a formula is computed
from its text; `_operators` and `_wrong`, how a step is got wrong; `_functions`, `_forward` and
`_backward`, all wrong steps there are; `_catalogue`, which joins them with the words in
`words.toml`; `_placing`, which puts mistakes into a network; `network`, which is trained with
them.
"""

from chainrule.faults._catalogue import FORMULAS, Fault, catalogue, fault, placements
from chainrule.faults._placing import (
    Computation,
    Placed,
    check_faults,
    has_place_in_training,
    place,
)
from chainrule.faults._wrong import Wrong
from chainrule.faults.network import FaultyNet
from chainrule.faults.steps import Step, Values, network_steps, run_steps

__all__ = [
    "FORMULAS",
    "Computation",
    "Fault",
    "FaultyNet",
    "Placed",
    "Step",
    "Values",
    "Wrong",
    "catalogue",
    "check_faults",
    "fault",
    "has_place_in_training",
    "network_steps",
    "place",
    "placements",
    "run_steps",
]
