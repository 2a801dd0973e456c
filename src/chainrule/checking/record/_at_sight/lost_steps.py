"""Right steps that come to nothing: what is kept of them is not the parameter less the step."""

from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._steps.factors import TOLERANCE, factor, same_factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import CUT, OPAQUE, Array, back


def lost_steps(best: Judgement) -> Iterator[WrongCode]:
    """Where a parameter is set to its step, or holds whole numbers, to which the step is cut."""
    changed = _cut_to_whole(best)
    # What is set to its step carries that into the next one, as what has a memory does.
    if best.factor is None or not (changed or best.step.memory):
        return
    runs = best.runs
    if best.step.memory:
        yield from _set_to_step(best)
    gradients = list(_by_plain_numbers(best)) if changed else []
    for olds in changed:
        steps = [
            np.concatenate([
                (t.result(number) - v).ravel()
                for number, place in olds for v in [runs.values_in(run, Operand(number, place))]
            ])
            for run, t in enumerate(runs.tables)
        ]  # fmt: skip
        alike = (factor(steps, by) for by in gradients if by[0].size == steps[0].size)
        if any(c is not None and same_factor(c, best.factor) for c in alike):
            yield WrongCode(
                spot(best, olds[0].number), "train-whole-numbers",
                "what this is written into holds whole numbers: the new value is cut to one, and "
                "with it the step",
            )  # fmt: skip


def _set_to_step(best: Judgement) -> Iterator[WrongCode]:
    """Arrays and numbers in whose place, a step later, that step itself stands: `=` for `+=`.

    What begins as 0 may be the sum of all steps. Whatever else is carried from step to step, as
    the state of a recurrent network, is none.
    """
    runs = best.runs
    reached = frozenset.intersection(*(a.reached for a in best.whole))
    later: dict[_Site, list[Operand]] = {}
    for number in range(best.step.last, runs.length):
        for operand in operands(runs, number):
            if any(runs.depends[n] for n in runs.given(operand) - runs.barrier):
                later.setdefault(_site(runs, operand), []).append(operand)
    stacks: dict[_Site, Array] = {}
    for user in sorted(n for n in reached if n < best.step.last and n not in runs.barrier):
        for operand in operands(runs, user):
            site, given = _site(runs, operand), runs.given(operand)
            begins = given and not (given & runs.barrier or any(runs.depends[n] for n in given))
            if not begins or site not in later or not np.any(runs.values(operand)[0]):
                continue
            if site not in stacks:
                stacks[site] = np.array([runs.values(other) for other in later[site]])
            gradients = [a.flat[runs.ids(r, operand)] for r, a in enumerate(best.whole)]
            step = -(best.factor or 0) * np.array(gradients)
            largest = float(np.abs(step).max())
            off = np.abs(stacks[site] - step).reshape(len(stacks[site]), -1).max(axis=1)
            for which in np.flatnonzero(off <= TOLERANCE * largest)[: bool(largest)]:
                yield WrongCode(
                    spot(best, max(runs.given(later[site][which]))), "train-step-alone",
                    "this is the step, and it becomes the parameter: what that was before is lost",
                )  # fmt: skip


_Site = tuple[int, int, tuple[int, ...]]  # where code takes an array: which, and its shape


def _site(runs: Runs, operand: Operand) -> _Site:
    place = runs.operation(operand.number).place
    return place, operand.place, runs.ids(0, operand).shape


def _cut_to_whole(best: Judgement) -> list[list[Operand]]:
    """Plain numbers that are changed, and the new ones cut for an array of whole numbers.

    Those of one piece of code are together.
    """
    runs = best.runs
    own = best.step.mask & ~runs.barrier_mask
    changed: dict[int, list[Operand]] = {}
    for number in range(runs.length):
        operation = runs.operation(number)
        if operation.name != OPAQUE or operation.settings.get("function") != CUT:
            continue
        for new in runs.given(Operand(number, 0)):
            for place in _changed_numbers(best, new):
                if runs.leads_to(Operand(new, 1 - place))[0] & own:
                    changed.setdefault(runs.operation(new).place, []).append(Operand(new, place))
    return list(changed.values())


def _changed_numbers(best: Judgement, number: int) -> list[int]:
    """Which of what an addition takes are plain numbers, as those of a whole array are."""
    runs = best.runs
    places = {"add": (0, 1), "subtract": (0,)}.get(runs.operation(number).name, ())
    return [place for place in places if not runs.given(Operand(number, place))]


def _by_plain_numbers(best: Judgement) -> Iterator[list[Array]]:
    """The gradients by plain numbers on the way forward, those of one piece of code together."""
    runs, adjoints = best.runs, best.whole
    found: dict[tuple[int, int], list[list[Array]]] = {}
    for number in sorted(adjoints[0].reached):
        operation = runs.operation(number)
        if number in runs.barrier | adjoints[0].opaque:
            continue
        for place, given in enumerate(runs.sources[number]):
            if not given:
                slopes = [
                    np.ravel(back(operation.name, t.inputs(number), operation.settings,
                                  t.result(number), a.of(t, number), place))
                    for t, a in zip(runs.tables, adjoints, strict=True)
                ]  # fmt: skip
                found.setdefault((operation.place, place), []).append(slopes)
    for several in found.values():
        yield [np.concatenate(parts) for parts in zip(*several, strict=True)]
