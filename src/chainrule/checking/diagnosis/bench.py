"""A learner's network on the judge's bench: made anew for every call, with known parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.compare import Array, as_array
from chainrule.checking.diagnosis.probes import SQUARE, N, Samples, samples
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.learner.desk import Call, Desk, ReferenceForward, Reply, Request
from chainrule.faults.steps import Step, Values, run_steps


@dataclass(frozen=True)
class Setting:
    """What is replaced around a learner's class while it is tried.

    Attributes:
        references: functions by name, as in `Request`.
        forward: the right forward pass in place of the learner's own.
        hide: whether the notebook's arrays are taken away.
    """

    references: Mapping[str, str] = field(default_factory=dict)
    forward: ReferenceForward | None = None
    hide: bool = False


OWN = Setting()


@dataclass(frozen=True)
class Bench:
    """A class at one way of making it, with samples and parameters.

    Attributes:
        desk: where the code is.
        spelling: how it is written, with its sizes.
        seed: of samples and parameters.
        n: number of samples.
        scale: what the inputs are multiplied by.
    """

    desk: Desk
    spelling: Spelling
    seed: int = 0
    n: int = N
    scale: float = 1.0

    @property
    def samples(self) -> Samples:
        """X `(N, D)`, y `(N,)`, t `(N, K)`."""
        sizes = self.spelling.sizes
        drawn = samples(self.n, sizes[0], sizes[-1], self.seed)
        return replace(drawn, X=drawn.X * self.scale)

    @property
    def parameters(self) -> dict[str, Array]:
        """By canonical name, weights `(D, H)` and biases `(H,)`."""
        return self.spelling.parameters(self.seed)

    @property
    def methods(self) -> Mapping[str, tuple[str, ...]]:
        """Parameter names of the class's methods, but for `*args`."""
        methods = self.desk.definitions[self.spelling.place].methods or {}
        return {
            method: tuple(name for name in names if not name.startswith("*"))
            for method, names in methods.items()
        }

    def square(self) -> "Bench":
        """The same with all sizes equal, so that what is wrong in the sizes alone still runs."""
        return replace(self, spelling=self.spelling.square(SQUARE), n=SQUARE)

    def request(
        self, setting: Setting, *calls: Call, rate: float | None = None, **more: Any
    ) -> Request:
        """Calls on a fresh object with these parameters, and this rate if it keeps one."""
        args, named = self.spelling.build(self.spelling.made)
        state = self.spelling.state(self.parameters)
        if rate is not None and self.spelling.rate:
            state[self.spelling.rate] = np.asarray(rate)
        return Request(
            self.spelling.place,
            calls,
            sizes=args,
            named_sizes=named,
            state=state,
            references=setting.references,
            forward=setting.forward,
            hide=setting.hide,
            **more,
        )

    def values(self, steps: Sequence[Step], rows: slice = slice(None)) -> Values:
        """Everything that the steps compute of some of the samples."""
        data = self.samples
        known = {"x": data.X[rows], "t": data.t[rows], **self.parameters}
        with np.errstate(all="ignore"):
            return run_steps(steps, known)


def output_of(reply: Reply, call: int, shape: tuple[int, ...]) -> Array | None:
    """The array that a call returned, where it returned several one of this shape.

    The first of them that may be probabilities: logits may be there, too. Shape: `(...)`.
    """
    if len(reply.results) <= call:
        return None
    result = reply.results[call]
    whole = as_array(result)
    if whole is not None and ("" in result or whole.shape == shape):
        return whole
    found = [a for a in result.values() if a is not None and a.shape == shape]
    return min(found, key=lambda a: bool((a < 0).any() or (a > 1).any()), default=whole)


def default_bench(desk: Desk, spelling: Spelling, seed: int) -> Bench:
    """A bench with sizes that all differ, unless the class fixes its own."""
    n = N if N not in spelling.sizes else max(spelling.sizes) + 3
    return Bench(desk, spelling, seed, n)
