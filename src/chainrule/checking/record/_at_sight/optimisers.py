"""Which rule makes steps of gradients: momentum, Nesterov's, AdaGrad, RMSprop, Adam or NAdam.

Each rule is what it weighs the gradients of earlier steps by (`weighing`). Where the weights are
those of no rule, but an operation of the record departs from one, and with it all weights are
explained, that is a mistake (`missteps`). A rule that is only unusual is neither.

Sources: B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964;
Y. Nesterov, 1983; J. Duchi, E. Hazan and Y. Singer, Adaptive Subgradient Methods, 2011;
T. Tieleman and G. Hinton, Lecture 6.5, RMSprop, 2012; D. P. Kingma and J. Ba, Adam, 2015;
T. Dozat, Incorporating Nesterov Momentum into Adam, 2016.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._at_sight.missteps import Misstep, missteps
from chainrule.checking.record._steps.averages import SAME, Average, averages, count
from chainrule.checking.record._steps.factors import factor, same_factor
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.spots import WrongCode, once, spot
from chainrule.checking.record._steps.trail import UnreadError
from chainrule.checking.record._steps.weighing import Reading, reading

_ENOUGH_STEPS = 3
_MOST_LOSSES = 4
_UNREAD = "-"  # of steps that are not understood: beside those of a mistake they may come of it
_LEAST_RATE = 0.5  # one that forgets more may have its weights exchanged


class Steps(NamedTuple):
    """What is known of how all steps are made of gradients.

    Attributes:
        judged: the gradients that they are made of, which are right.
        rule: its name; "" where there are mistakes.
        mistakes: in the steps.
    """

    judged: Judgement
    rule: str
    mistakes: tuple[WrongCode, ...]


def steps_of(found: Sequence[Judgement]) -> Steps | None:
    """The rule by which right gradients become steps; None where none is known that fits.

    Args:
        found: the training under each loss that may be meant.
    """
    for one in found[:_MOST_LOSSES]:
        wrong, rules, most, right = list[Misstep](), set[str](), 0, set[int]()
        for group in one.groups if _go_alike(one) else ():
            try:
                read = reading(one, group)
                most = max(most, len(read.trail.updates))
                here = missteps(one, read)
                wrong += here
                if not here:
                    rules.add(_rule(read))
                    right |= read.trail.path
            except UnreadError:
                rules.add(_UNREAD)
        rules -= {""}
        if most >= _ENOUGH_STEPS and (wrong or (len(rules) == 1 and _UNREAD not in rules)):
            mistakes = [_mistake(one, each, right) for each in wrong]
            return Steps(one, "" if mistakes else rules.pop(), tuple(once(mistakes)))
    return None


def _mistake(one: Judgement, found: Misstep, right: set[int]) -> WrongCode:
    """A mistake where it stands: in no code that makes right steps of other parameters."""
    codes = one.runs.code(found.number)[:1]
    alike = {n for n in members(one.step.mask) if one.runs.code(n)[:1] == codes} - right
    return WrongCode(spot(one, found.number, alike), found.fault, found.sentence)


def _go_alike(one: Judgement) -> bool:
    """Whether every step is made of a right gradient, and all by the same factor.

    What clips a gradient, or is made of its square, is along none.
    """
    factors = []
    for group in one.groups:
        number = one.gradient_at(group)
        along = one.factors[group.number] is not None
        if number is None or (along and group.number not in one.right):
            return False
        factors.append(factor(one.runs.results(number), one.gradients[group.number]))
    return not one.wrong or all(c is not None and same_factor(c, factors[0] or c) for c in factors)


def _rule(read: Reading) -> str:
    """The name of the rule of one parameter; "" of a plain step along the gradient.

    Raises:
        UnreadError: if it is none that is known.
    """
    first, second = averages(read)
    name = _without_division(first) if second is None else _with_division(first, second)
    if not name and first.shape[0] != "last":
        raise UnreadError
    return name


def _without_division(first: Average) -> str:
    kind, rate = first.shape
    if kind not in ("average", "ahead") or not (first.falls or first.is_corrected):
        return ""
    ahead = "Nesterov's " if kind == "ahead" else ""
    return f"{ahead}momentum ({rate:.4g})"


def _with_division(first: Average, second: Average) -> str:
    (kind, rate), (other, forgets) = first.shape, second.shape
    if not first.counts or not second.counts:
        raise UnreadError
    if kind == "last" and first.falls and (second.is_even or second.is_corrected):
        if other == "sum":
            return "AdaGrad"
        if other == "average" and forgets >= _LEAST_RATE:
            return f"RMSprop ({forgets:.4g})"
    if (kind, other) == ("ahead", "average") and first.is_corrected and second.is_corrected:
        return f"NAdam ({rate:.4g}, {forgets:.4g})"
    if kind == other == "average" and _LEAST_RATE <= rate <= forgets:
        rates = f"{rate:.4g}, {forgets:.4g}"
        steps = count(first)
        with np.errstate(all="ignore"):
            in_rate = np.sqrt(1 - forgets**steps) / (1 - rate**steps)
        if first.is_corrected and second.is_corrected:
            return f"Adam ({rates})"
        if second.is_even and np.allclose(first.scale * in_rate[0], first.scale[0] * in_rate,
                                          rtol=SAME):  # fmt: skip
            return f"Adam ({rates})"
        if first.falls and second.is_even and len(first.corrections) == len(second.corrections):
            return f"Adam{'' if first.corrections else ' without corrections'} ({rates})"
    raise UnreadError
