"""What goes into the loss like a parameter, and is not trained by it, or changed by nothing."""

from bisect import bisect
from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import DATA, LEAF, SOURCES


def untrained(best: Judgement) -> Iterator[WrongCode]:
    """Arrays that are added like biases, in more than one step, and never change."""
    runs = best.runs
    in_part = {  # of a table of biases each may be seen to change once, which is no row of steps
        made for number, update in runs.candidates.items()
        for made in runs.given(update.parameter)
        if runs.operation(number).size < runs.operation(made).size
    }  # fmt: skip
    for number in range(min(runs.updates)):  # what is made later is rather a sum of gradients
        if number in runs.barrier | in_part or not (
            _is_made(runs, number) or _is_scaled_draw(runs, number)
        ):
            continue
        if not best.adjoints[0].of(runs.first, number).any():
            continue  # as of a mask of large negative numbers
        sums = [u for u in runs.users[number] if runs.operation(u).name == "add"]
        trained = [
            u for u in sums
            if u in best.adjoints[0].reached and best.adjoints[0].of(runs.first, u).any()
            and any(runs.depends_on_parameters(Operand(u, p)) for p in (0, 1))
            and not any(_is_negative(runs, n) for given in runs.sources[u] for n in given)
        ]  # fmt: skip
        if not trained or not any(u > best.step.last for u in sums) or not runs.code(number):
            continue
        made, added = runs.code(number)[0], runs.code(trained[0])[0]
        yield WrongCode(
            spot(best, best.step.groups[-1].number), "train-missing-parameter",
            f"what is made in {made} is added like a bias in {added}, and never updated",
        )  # fmt: skip


def _is_made(runs: Runs, number: int) -> bool:
    operation = runs.operation(number)
    return operation.name == LEAF and not operation.settings.get("written")


def _is_scaled_draw(runs: Runs, number: int) -> bool:
    """Whether it is made of drawn numbers by scaling: they are all different, as in no mask."""
    if runs.operation(number).name in SOURCES or not runs.begins(number):
        return False
    numbers = runs.first.result(number)
    return numbers.size > 1 and np.unique(numbers).size == numbers.size


def _is_negative(runs: Runs, number: int) -> bool:
    """Whether it is minus something: what is added to that is a target, and no bias."""
    operation = runs.operation(number)
    if operation.name == "negative":
        return True
    return operation.name == "multiply" and any(
        np.all(runs.values(Operand(number, place))[0] == -1) for place in (0, 1)
    )


def without_gradient(best: Judgement) -> Iterator[WrongCode]:
    """Arrays that go into the loss, and change again and again by nothing that has to do with it.

    A single number may be meant to fade, as a temperature does.
    """
    runs, back = best.runs, best.adjoints[0]
    again = {runs.chain[n] for n in runs.updates if runs.order[n] > 1}
    trained = {runs.chain[n] for n in best.step.numbers} | {*runs.chain.values()} - again
    told = set[int]()
    for number, update in runs.updates.items():
        chain = runs.chain[number]
        ancestors, depends = runs.leads_to(runs.change(number))
        if chain in trained | told or depends != 1 << chain or runs.operation(number).size == 1:
            continue
        forward = sum(1 << n for n in back.reached)
        before = runs.given(update.parameter) & back.reached
        if ancestors & forward & ~runs.barrier_mask or not any(
            np.any(back.of(runs.first, n)) for n in before
        ):
            continue
        told.add(chain)
        yield WrongCode(
            spot(best, number), "grad-missing-parameter",
            "this changes a parameter by what it is itself, and nothing comes back to it from "
            "the loss",
        )  # fmt: skip


def changed_by_constants(best: Judgement) -> Iterator[Operand]:
    """What the loss depends on, and is changed with the parameters by what does not come of it.

    So are the last weights of a network by the slope of a loss with straight sides. The new values
    are used as those before were, and changed again.
    """
    runs, back, whole = best.runs, best.adjoints[0], best.whole[0]
    places = [runs.operation(n).place for n in range(runs.length)]
    for number in range(min(members(best.step.mask & ~runs.barrier_mask)), runs.length):
        operation = runs.operation(number)
        if operation.name not in ("add", "subtract") or number in back.reached | {*runs.updates}:
            continue
        for place in (0, 1) if operation.name == "add" else (0,):
            ids = operation.ids[place]
            later = [n for n in runs.users[number] if places[n] == places[number]]
            uses = {places[u] for n in runs.given(Operand(number, place)) for u in runs.users[n]}
            if (
                ids.shape == operation.shape
                and np.any(whole.flat[ids])
                and later
                and uses & {places[n] for n in runs.users[number]} - {places[number]}
                and _is_of_arrays(runs, Operand(number, 1 - place))
            ):
                yield from (
                    Operand(n, place) for n in range(runs.length) if places[n] == places[number]
                )


def _is_of_arrays(runs: Runs, operand: Operand) -> bool:
    """Whether arrays went into it, such as data: a temperature falls by a number."""
    before = (
        n for source in runs.given(operand) for n in members(runs.candidate_ancestors(source))
    )
    return any(
        runs.operation(n).name in (LEAF, DATA) and runs.operation(n).size > 1 for n in before
    )


def changed_without_parameters(best: Judgement) -> Iterator[int]:
    """Operations that change, step after step, what the loss depends on, by no parameter."""
    runs, whole = best.runs, best.whole[0]
    begun: dict[int, int] = {}  # of what is changed, where it was made
    updates = sorted(runs.updates)
    for number in range(runs.length):
        operation, codes = runs.operation(number), runs.code(number)
        if operation.name not in ("add", "subtract") or not codes:
            continue
        if number in runs.barrier or runs.depends[number]:
            continue
        before = runs.given(Operand(number, 0))
        made = [begun.get(n, n) for n in before if n in begun or runs.operation(n).name == LEAF]
        if len(before) != 1 or not made or _may_fade(runs, made[0], number):
            continue
        begun[number] = made[0]
        # Step after step: the same code changes what it gave in an earlier one.
        in_a_row = any(
            runs.operation(u).name == operation.name
            and runs.code(u) == codes
            and number in runs.given(Operand(u, 0))
            and bisect(updates, u) > bisect(updates, number)
            for u in runs.users[number]
        )
        goes_in = (np.any(whole.of(runs.first, n)) for n in {number, *made} & whole.reached)
        if in_a_row and any(goes_in):
            yield number


def _may_fade(runs: Runs, made: int, change: int) -> bool:
    """Whether it is a single number that changes, as a temperature falls."""
    by = runs.values(Operand(change, 1))
    return runs.operation(made).size == 1 and any(map(np.any, by))


def never_filled(best: Judgement) -> Iterator[WrongCode]:
    """Arrays of zeros that are taken from a parameter, and that no gradient was put into."""
    runs = best.runs
    for number in changed_without_parameters(best):
        if any(np.any(values) for values in runs.values(Operand(number, 1))):
            continue
        shape, (_, given) = runs.operation(number).shape, runs.sources[number]
        leading = 0
        for source in given:
            leading |= runs.candidate_ancestors(source)
        made = [
            n for n in members(leading)
            if runs.operation(n).name == LEAF and runs.operation(n).shape == shape
        ]  # fmt: skip
        if made:
            yield WrongCode(
                spot(best, made[0]),
                "train-missing-parameter",
                "nothing is put in the place of the zeros that are made here: they are still "
                f"there in {runs.code(number)[0]}",
            )
