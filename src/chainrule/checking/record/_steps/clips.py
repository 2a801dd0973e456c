"""What a step makes of a gradient by that gradient alone: it clips its numbers, or its length.

Number by number such a step still goes the gradient's way, however far: what is to be right is the
gradient that is clipped. So this is a part of the step's rule, whatever operations it is made of:
those on the way from a gradient to its update that give each number the sign that it had, and into
which nothing else goes but numbers of the code, and what is made of the gradients themselves.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, in_each_run
from chainrule.checking.record._steps.flow import Operand, is_elementwise, members
from chainrule.checking.record._steps.operands import moving, operands
from chainrule.checking.record._steps.replay import Edit, Replay
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record.table import distinct

_SAME = 1e-9  # of a number
_NEAR = 1e-6  # of the largest of some
_CLIPPING = ("clip", "minimum", "maximum")
_SCALING = ("multiply", "divide", "negative")
_SUMS = ("add", "subtract")
_OF_LENGTHS = ("sqrt", "absolute", "max")
_FOLLOWED = (*_SCALING, *_CLIPPING, "sign", "absolute")


_By = Sequence[Operand]  # what goes into a clip beside the gradient, and is made of gradients


class Clips(NamedTuple):
    """How the gradients of a step are clipped.

    Attributes:
        edits: for each array, by its number, what leaves that out.
        lengths: the arrays that are brought to a length of their own: how far a step goes is not
            known of the others.
    """

    edits: Mapping[int, Mapping[int, Edit]]
    lengths: frozenset[int]


def clips_of(runs: Runs, groups: Sequence[Group]) -> Clips:
    """How the gradients of the arrays of a step are clipped."""
    every = frozenset[int]().union(
        *(_followed(runs, runs.change(n)) for group in groups for n in group.numbers)
    )
    # A single number meets a length as that meets it: what is made of arrays is a length.
    arrays = sum(1 << n for n in every if runs.operation(n).size > 1)
    every = frozenset(
        n for n in every if runs.operation(n).size > 1 or not runs.ancestors[n] & arrays
    )
    edits: dict[int, dict[int, Edit]] = {}
    scales: dict[int, set[tuple[float, ...]]] = {}
    for group in groups:
        elsewhere = runs.before(n for other in groups if other is not group for n in other.numbers)
        scales[group.number] = set()
        for number in group.numbers:
            for clip, by in _clips(runs, runs.change(number), every):
                if elsewhere >> clip.number & 1:
                    break  # it clips more than this gradient: an error at the output
                edits.setdefault(group.number, {})[clip.number] = _left_out(runs, clip)
                scales[group.number] |= {_length(runs, o) for o in by if _is_rate(runs, o)}
    own = {number for number, by in scales.items() if by}
    if len({frozenset(by) for by in scales.values()}) == 1:
        own = set()  # all are brought to one length together
    return Clips(edits, frozenset(own))


def clipped_errors(
    runs: Runs, mask: int, adjoints: Sequence[Adjoint], replay: Replay
) -> dict[int, Edit]:
    """What leaves out how errors are clipped, from which the gradients of several arrays come.

    What goes into such a clip is the right derivative by something of the forward pass, or made of
    one, with the clips before it left out, and what comes out is not: so it is no derivative of a
    loss that has bounds of its own.
    """
    edits: dict[int, Edit] = {}
    reached = frozenset.intersection(*(a.reached for a in adjoints))
    for number in members(mask & ~runs.barrier_mask):
        operation = runs.operation(number)
        if operation.name not in _CLIPPING or operation.size == 1 or number in reached:
            continue
        along = moving(runs, number)
        if len(along) > 1 or any(
            runs.is_not_written(runs.given(o)) for o in operands(runs, number) if o not in along
        ):
            continue
        for clipped in (o for o in along if _is_clipped(runs, o, along, frozenset())):
            made_of = [o for n in runs.given(clipped) - runs.barrier for o in operands(runs, n)]
            before = [replay.operand(edits, o) for o in (clipped, *made_of)]
            if any(
                any(_are_in_proportion(some, right) for some in before)
                and not _are_in_proportion(runs.results(number), right)
                for right in (
                    in_each_run(adjoints, runs.tables, n)
                    for n in reached
                    if runs.operation(n).size > 1
                )
            ):
                edits[number] = _left_out(runs, clipped)
    return edits


def _are_in_proportion(some: Sequence[Array], others: Sequence[Array]) -> bool:
    one, other = (np.concatenate(list(map(np.ravel, a))) for a in (some, others))
    if one.size != other.size:
        return False
    with np.errstate(all="ignore"):
        c = (one @ other) / (other @ other)
        return bool(c) and bool(np.abs(one - c * other).max() <= _NEAR * np.abs(one).max())


def _followed(runs: Runs, operand: Operand) -> frozenset[int]:
    """The operations that something may be a multiple of, or clipped of, number by number."""
    size, found, waiting = runs.operation(operand.number).size, set[int](), [operand]
    while waiting:
        for number in runs.given(waiting.pop()) - found - runs.barrier:
            operation = runs.operation(number)
            if operation.size == size:
                found.add(number)
                sides = [o for o in operands(runs, number) if runs.ids(0, o).size == size]
                if operation.name in _SUMS:  # as a velocity that begins as 0
                    along = [o for o in sides if runs.depends_on_parameters(o)]
                    waiting += along if len(along) == 1 else []
                elif operation.name in _FOLLOWED and (
                    operation.name not in _SCALING or size == 1 or len(sides) == 1
                ):
                    waiting += sides
    return frozenset(found)


def _clips(runs: Runs, operand: Operand, every: Set[int]) -> Iterator[tuple[Operand, _By]]:
    """What goes into clips, from an update back to the gradient, and what they are by."""
    size = runs.operation(operand.number).size
    found: list[tuple[Operand, _By]] = []
    while (number := _whole(runs, operand, size)) is not None:
        along = moving(runs, number)
        given = [o for o in operands(runs, number) if o not in along]
        if runs.operation(number).name in _SUMS:  # as with a penalty of weights
            for part in along:
                yield from _clips(runs, part, every)
            break
        if runs.operation(number).name in _SCALING and len(along) == 1:
            if not all(_is_rate(runs, o) for o in given):
                break
            (operand,) = along
            continue
        clipped = next((o for o in along if _is_clipped(runs, o, along, every)), None)
        if clipped is None or any(runs.is_not_written(runs.given(o)) for o in given):
            break
        found.append((clipped, [o for o in along if o != clipped]))
        operand = clipped
    if found and _bounds(runs, found):
        yield from found


def _is_clipped(runs: Runs, operand: Operand, along: Sequence[Operand], every: Set[int]) -> bool:
    """Whether an operation gives its numbers the signs that they have, by them alone."""
    return (
        runs.ids(0, operand).size == runs.operation(operand.number).size
        and not runs.given(operand) & runs.barrier
        and all(_is_made_of(runs, other, operand, every) for other in along if other != operand)
        and all(
            np.array_equal(np.sign(before).ravel(), np.sign(after).ravel())
            for before, after in zip(
                runs.values(operand), runs.results(operand.number), strict=True
            )
        )
    )


def _bounds(runs: Runs, clips: Sequence[tuple[Operand, _By]]) -> bool:
    """Whether of larger numbers no less is left than of others, but no larger a part."""
    (first, _), (last, _) = clips[0], clips[-1]
    before, after = runs.values(last), runs.results(first.number)
    line = _followed(runs, last)
    if all(runs.given(o) <= line for _, by in clips for o in by):  # the same in all runs
        before, after = ([np.concatenate(list(map(np.ravel, a)))] for a in (before, after))
    for all_, left in zip(before, after, strict=True):
        for some in (all_.ravel() > 0, all_.ravel() < 0):
            sizes, given = np.abs(all_.ravel()[some]), np.abs(left.ravel()[some])
            order = np.argsort(sizes)
            given, parts = given[order], (given / sizes)[order]
            less, more = np.diff(given) < -_SAME * given[1:], np.diff(parts) > _SAME * parts[1:]
            if less.any() or more.any():
                return False
    return True


def _is_rate(runs: Runs, operand: Operand) -> bool:
    """Whether all numbers of something are multiplied with it alike, or divided by it."""
    name = runs.operation(operand.number).name
    divided = operand.place == 0 and name == "divide"
    return name in _SCALING and runs.ids(0, operand).size == 1 and not divided


def _whole(runs: Runs, operand: Operand, size: int) -> int | None:
    """The operation that computes all of an operand number by number; None if none does."""
    given = runs.given(operand)
    (number,) = given if len(given) == 1 else (-1,)
    if number < 0 or number in runs.barrier:
        return None
    operation, ids = runs.operation(number), runs.ids(0, operand)
    if operation.size != size or ids.size != size or not is_elementwise(operation):
        return None
    return number if ids.min() >= operation.start and distinct(ids) == size else None


def _is_made_of(runs: Runs, operand: Operand, clipped: Operand, every: Set[int]) -> bool:
    """Whether it is made of what is clipped, or a length of gradients, and of nothing else."""
    line, seen, meets = _followed(runs, clipped), set[int](), False
    waiting = [(number, False) for number in runs.given(operand)]
    while waiting:
        number, within = waiting.pop()
        operation = runs.operation(number)
        within = within or operation.name in _OF_LENGTHS
        meets = meets or within or number in line
        # What all are scaled by is on the way from a single number, too, and is no gradient.
        is_gradient = number in every and (within or operation.size > 1)
        if number in seen or number in line or is_gradient:
            continue
        if number in runs.barrier or not (operation.ids or operation.settings.get("written")):
            return False
        seen.add(number)
        waiting += [(source, within) for source in set().union(*runs.sources[number])]
    return meets


def _length(runs: Runs, operand: Operand) -> tuple[float, ...]:
    return tuple(float(values.item()) for values in runs.values(operand))


def _left_out(runs: Runs, clip: Operand) -> Edit:
    shape = runs.operation(clip.number).shape
    return lambda _run, arrays: np.broadcast_to(arrays[clip.place].reshape(shape), shape)
