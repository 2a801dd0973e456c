"""Which mistake it is: a learner's functions and classes, judged by what they compute.

In reading order: `judge` goes through all that is defined.

Of the functions, `functions` judges the lab's five, with `elementwise`, `nll` and `one_hot` for
one kind each, on the calls of `trial`. `readings` are other ways in which they are often written.

Of the networks, `classes` judges a class at each way of making it. `constructions` has those ways,
`recognition` knows the parameters in what is made, `spelling` keeps where they are, and `bench`
calls such an object. `methods` goes through its methods: `forward`, with `explain`; `loss`;
`gradients`, with `assignment` and `differences`; `predictions`; `training`, with `arguments`.

All of them use `probes`, the arrays to try code on, `compare`, whether numbers are the same, and
`code`, what an exception shows.

What is found is a `finding` with its `blame`; `located` has the code, `wording` and
`errors_explained` the words. `cards` are what is shown of it, as `text` or `html`; `network`,
`network_graph`, `graph` and `drawing` are the picture beside it.

`any_network` asks for no names: it compares any gradients with the differences of their loss.
"""

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
