"""What was found out about a training."""

from dataclasses import dataclass, field, replace

from chainrule.checking.record._at_sight.uphill import rises
from chainrule.checking.record._standins.form import Spot
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.spots import WrongCode, named_frame
from chainrule.checking.record.table import Code


@dataclass(frozen=True)
class Judged:
    """What was found out about a training.

    Attributes:
        mistakes: in it, the first cause first; none if it is right.
        loss: that it is right for, in words.
        update: where its parameters are changed, or where their gradients are computed.
        functions: of the file that the judged step ran through.
        ran: those of it in which anything was computed.
        judgement: of the step, under the loss that was taken.
        partly: whether only the gradients were judged, and not what a step makes of them.
        rule: by which steps are made of them and of earlier ones, where that is known.
        own_rate: whether a step goes along the gradient by a rate that depends on the parameters.
        rises: whether its steps go up along the gradient of what it computes, not down.
        clipped: whether a step is made of a gradient by a function of that alone, as by clipping.
        notes: sentences on what is not wrong, or was not seen.
        idle: where masks left nothing out, so that they tell nothing.
        left_out: statements of the file that were not done.
        as_made: where weights are made that no step changes.
    """

    mistakes: tuple[WrongCode, ...]
    loss: str
    update: Code
    functions: frozenset[str]
    ran: frozenset[str]
    judgement: Judgement = field(repr=False, compare=False)
    partly: bool = False
    rule: str = ""
    own_rate: bool = False
    rises: bool = False
    clipped: bool = False
    notes: tuple[str, ...] = ()
    idle: tuple[tuple[Code, ...], ...] = ()
    left_out: tuple[Spot, ...] = ()
    as_made: tuple[Code, ...] = ()


def judged_as(
    best: Judgement, mistakes: tuple[WrongCode, ...], rule: str = "", *, own_rate: bool = False
) -> Judged:
    """What was found out about a step: its mistakes, and the rule by which it is made."""
    runs = best.runs
    step = (runs.code(n) for n in members(best.step.mask))
    functions, ran = (
        frozenset(code.function for codes in ways for code in codes if not code.file)
        for ways in (step, runs.first.places)
    )
    group = best.step.groups[0]
    partly = best.step.memory or bool(best.adaptive)
    codes = runs.code(group.number)
    if (partly or not codes) and group in best.groups and len(group.numbers) == 1:
        number = best.gradient_at(group)
        codes = codes if number is None else runs.code(number) or codes
    unknown = partly and not rule and not own_rate
    return Judged(mistakes, best.loss.name, named_frame(codes), functions, ran, best,
                  unknown, rule, own_rate, rises(best), best.is_clipped,
                  (best.loss.said,) if best.loss.said else ())  # fmt: skip


def of_what_led_to_it(judged: Judged) -> Judged:
    """The same for code that was called: only what led to its step, or its loss, was looked at."""
    one, runs = judged.judgement, judged.judgement.runs
    led = [one.loss.computed] if one.loss.computed is not None else []
    mask = one.step.mask
    for number in (*one.step.numbers, *led):
        mask |= runs.candidate_ancestors(number)
    return replace(judged, ran=frozenset(
        code.function for n in members(mask) for code in runs.code(n) if not code.file
    ))  # fmt: skip
