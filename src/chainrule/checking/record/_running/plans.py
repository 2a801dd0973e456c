"""Calls of code that nothing in its file calls, and the data that they are made with.

Whether a plan is believed shows when it runs: parameters must be made by the file's own code, or
go into a loss that it computes, and prediction and target must meet in one shape.
"""

from dataclasses import dataclass, replace

from chainrule.checking.record._standins.form import SIDE, Form

SMALL = Form(inputs=5, classes=3, count=7, side=SIDE)
HIDDEN = (9, 11, 8)  # sizes of hidden layers: all sizes differ
RATE, DECAY, TIMES, STEPS, SEED = 0.1, 0.03, 40, 8, 1
LITTLE = 1e-9  # what a loss is not to come below
ROLE_NAMES = (
    "X", "Y", "pairs", "tested", "table", "rate", "times", "batch", "decay", "little", "seed",
    "generator", "sizes", "inputs", "hidden", "hidden2", "between", "outputs", "shape",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of a plan.

    Attributes:
        function: `train`; `Net` makes an object, of which `Net.fit` is then called.
        takes: for each argument its role, one of `ROLE_NAMES`, or the name of what an earlier call
            gave; a text in quotes is itself, `=name` is what the file gives to a name, `=Name()`
            an object of its class, `[a,b]` a list of what was given, `{n_in:inputs,…}` a list of
            dictionaries, one for each layer, and `@slope` a function that is lent. `epochs=times`
            is an argument by its name.
        gives: names for what it gives: one for all of it, or several for its parts.
        may_fail: whether the rest goes on without it.

    A call of no function makes parameters up: it takes "dict", "list" or "each", and their names.
    """

    function: str
    takes: tuple[str, ...]
    gives: tuple[str, ...] = ()
    may_fail: bool = False


@dataclass(frozen=True)
class Plan:
    """Calls that train a network, or go forward and backward in a part of one.

    Attributes:
        name: of what trains.
        once: calls that make it ready.
        each: calls that make up a step, or a whole training.
        form: of the data.
        descends: whether the gradients that the calls give are left to be used: then they are, in
            a step along them.
        depth: how many numbers there are in a list of sizes.
        layer: of a part of a network, whether its "input" or its "parameters" are changed.
        doubled: whether twice as much as usual comes back into a part in the first step.
        turned: whether weights that are made up have a row for each output.
        flat: whether biases that are made up have one axis.
    """

    name: str
    once: tuple[Call, ...]
    each: tuple[Call, ...]
    form: Form = SMALL
    descends: bool = False
    depth: int = 3
    layer: str = ""
    doubled: bool = False
    turned: bool = False
    flat: bool = False

    @property
    def lends(self) -> bool:
        """Whether functions are lent."""
        return any("@" in take for call in (*self.once, *self.each) for take in call.takes)

    @property
    def takes_data(self) -> bool:
        """Whether samples or targets are given to it, or a part of a network is gone through."""
        roles = {role for call in (*self.once, *self.each) for role in call.takes}
        return bool(self.layer or roles & {"X", "Y", "pairs", "table"})

    @property
    def makes_up(self) -> bool:
        """Whether parameters are made up."""
        return any(not call.function for call in self.once)


def forms(plan: Plan, inputs: int = SMALL.inputs, classes: int = SMALL.classes) -> list[Plan]:
    """The same calls with data as rows and as columns, with each kind of target."""
    if plan.makes_up:
        shapes = [(turned, flat) for turned in (True, False) for flat in (False, True)]
        known = [replace(plan, turned=turned, flat=flat) for turned, flat in shapes]
    else:
        known = [plan]
    if plan.layer:
        return [
            replace(one, form=replace(one.form, inputs=inputs, classes=classes, samples=samples))
            for one in known
            for samples in ("rows", "columns", "single")
        ]
    kinds = [("one-hot", classes), ("numbers", 1), ("labels", classes), ("labels", 2)]
    return [
        replace(one, form=replace(one.form, samples=samples, targets=targets, classes=count,
                                  inputs=inputs, count=max(one.form.count, count + 1)))
        for one in known
        for targets, count in kinds
        for samples in ("columns", "rows")
    ]  # fmt: skip


def single_forms(plan: Plan, inputs: int, classes: int, targets: str) -> list[Plan]:
    """The same calls with one sample, as vectors, as plain lists, and as a column."""
    form = replace(plan.form, inputs=inputs, classes=classes, targets=targets)
    alone = [replace(form, samples=s) for s in ("single", "list")]
    if targets == "one-hot":
        alone.append(replace(form, samples="columns", count=1))
    return [replace(plan, form=one) for one in alone]
