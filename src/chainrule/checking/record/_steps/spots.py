"""Where a mistake stands in the learner's source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record.table import Code

_SAME = 1e-3  # of a factor
_INTERNAL = ("<genexpr>", "<listcomp>", "<lambda>", "<dictcomp>", "<setcomp>")


@dataclass(frozen=True)
class WrongCode:
    """One wrong operation.

    Attributes:
        code: where it stands.
        fault: id in the catalogue; "" where it has none.
        sentence: what stands there, and what belongs there.
        idea: of a mistake without a fault, why it is one, without what belongs there; "" where
            the sentence does not tell that either.
        unfinished: whether the function there may end too soon.
        elsewhere: whether a change that did not run may do what is missing.
        if_meant: what is to be said in its place where the code says beside it that it means
            this: cross-entropy, and not the loss that it computes.
        taken_by: what takes it: see `where_named`.
    """

    code: Code
    fault: str
    sentence: str
    idea: str = ""
    unfinished: bool = False
    elsewhere: bool = False
    if_meant: str = ""
    taken_by: tuple[Operand, ...] = field(default=(), compare=False)


def named_frame(codes: Sequence[Code]) -> Code:
    """The innermost frame of a function that has a name."""
    for code in codes:
        if code.function.rpartition(".")[2] not in _INTERNAL:
            return code
    return codes[0] if codes else Code(0, 0)


def call_of(code: Code, ways: Iterable[Sequence[Code]]) -> Code:
    """Where the learner's file itself calls what leads to code in another module of theirs.

    Args:
        code: anywhere.
        ways: frames that led to operations, innermost first; what matters most comes first.

    Returns:
        A code in the file; one without a line where no way begins there.
    """
    outer: dict[Code, dict[Code, None]] = {}
    for inner, caller in dict.fromkeys(pair for codes in ways for pair in pairwise(codes)):
        outer.setdefault(inner, {})[caller] = None
    reached = {code: None}
    for one in (waiting := [code]):
        if not one.file:
            return one
        waiting += [c for c in outer.get(one, ()) if c not in reached]
        reached |= dict.fromkeys(waiting)
    return Code(0, 0)


def gradient_of(one: Judgement, group: Group, ratio: float = 1.0) -> int:
    """The operation that a gradient gets a factor from: on the way that only this group goes.

    Args:
        one: the judgement.
        group: whose gradient is off.
        ratio: how many times too large it is.
    """
    runs = one.runs
    right = [g for g in one.groups if g.number in one.right]
    signs = {runs.operation(g.number).name for g in right}
    if ratio < 0 and len(signs) == 1 and runs.operation(group.number).name not in signs:
        return group.number  # it is added, and the others are taken away
    if ratio < 0 and _has_sign_of(one, group, right):
        return group.number  # the gradient is as those of the others, and the step is not
    shared = runs.before(n for g in right for n in g.numbers)
    update = runs.code(group.number)[:1]
    own = [
        n for n in members(runs.before(group.numbers) & ~shared)
        if n not in runs.barrier and runs.code(n) and not _same_line(runs.code(n)[0], update)
    ]  # fmt: skip
    # Of a loop over the layers, or an optimiser, what gives other parameters right ones is right.
    used = {runs.operation(n).place for n in members(shared)}
    own = [n for n in own if runs.operation(n).place not in used] or own
    scales = {n: scale for n in own if (scale := scale_of(runs, n)) is not None}
    scaled = [n for n, scale in scales.items() if abs(scale / ratio - 1) < _SAME] or list(scales)
    if ratio < 0:
        scaled = [n for n in own if runs.operation(n).name in ("negative", "subtract")] or scaled
    size = runs.operation(group.number).size
    last = [n for n in own if runs.operation(n).size == size and runs.depends[n]]
    return (scaled[-1:] or last[-1:] or own[-1:] or [group.number])[0]


def _has_sign_of(one: Judgement, group: Group, others: Sequence[Group]) -> bool:
    """Whether the gradient of a parameter is computed with the sign that others have."""
    runs = one.runs
    signs = set[bool]()
    for each in (group, *others):
        update = runs.code(each.number)[:1]
        along = [
            (_same_line(runs.code(n)[0], update), c) for n in members(runs.before([each.number]))
            if n not in runs.barrier and runs.code(n)
            and runs.operation(n).size == one.gradients[each.number][0].size
            and (c := factor(runs.results(n), one.gradients[each.number]))
        ]  # fmt: skip
        if not along:
            return False
        before = [c for in_step, c in along if not in_step]  # the last of them, else the first
        signs.add((before[-1] if before else along[0][1]) > 0)
    return len(signs) == 1


def scale_of(runs: Runs, number: int) -> float | None:
    """What an operation multiplies by, if that is a single number that is given."""
    operation = runs.operation(number)
    if operation.name == "mean":
        return operation.size / operation.ids[0].size
    if operation.name not in ("multiply", "divide"):
        return None
    for place, ids in enumerate(operation.ids):
        operand = Operand(number, place)
        if ids.size == 1 and not runs.depends_on_parameters(operand):
            scale = float(runs.values(operand)[0].item())
            if not scale or (operation.name == "divide" and place == 0):
                return None
            return 1 / scale if operation.name == "divide" else scale
    return None


def _same_line(code: Code, others: Sequence[Code]) -> bool:
    return any((code.sheet, code.line) == (other.sheet, other.line) for other in others)


def spot(one: Judgement, number: int, edits: Iterable[int] = (), unused: bool = False) -> Code:
    """Where a mistake stands: not in a function that elsewhere in the step does what it should.

    Args:
        one: the judgement.
        number: of the operation.
        edits: operations that are wrong in the same way.
        unused: whether what comes to nothing in the step counts as right, too.
    """
    runs = one.runs
    codes = runs.code(number)
    if not codes:
        return Code(0, 0)
    mended = set(edits) | {number}
    step = members(one.step.mask & ~runs.barrier_mask)
    step += [n for group in one.groups if group.number in one.right for n in group.numbers]
    if unused:
        step = list(range(min(step, default=0), one.step.last))
    others = [runs.code(n) for n in step if n not in mended]
    level = 0
    while level + 1 < len(codes):
        inner = codes[: level + 1]
        elsewhere = any(
            other[: level + 1] == inner and other[level + 1 :] != codes[level + 1 :]
            for other in others
        )
        if not elsewhere and codes[level].function.rpartition(".")[2] not in _INTERNAL[:1]:
            break
        level += 1
    return codes[level]


class Lost(NamedTuple):
    """A loop that loses most of what it computes.

    Attributes:
        number: of the first operation whose result is lost.
        sentence: how many are.
    """

    number: int
    sentence: str


def lost_in_a_loop(runs: Runs, mask: int, number: int) -> Lost | None:
    """The code of the function in which an operation stands that loses most of its results.

    Args:
        runs: the record.
        mask: the operations that are used, as bits.
        number: of the operation, which is one of them.
    """
    function = [code.home for code in runs.code(number)[:1]]
    used, lost = Counter[int](), dict[int, list[int]]()
    for other in range(min(members(mask), default=0), number):
        if [code.home for code in runs.code(other)[:1]] == function:
            place = runs.operation(other).place
            if mask >> other & 1:
                used[place] += 1
            else:
                lost.setdefault(place, []).append(other)
    loops = [place for place in lost if 0 < used[place] < len(lost[place])]
    if not loops:
        return _written_over(runs, mask, number)
    place = max(loops, key=lambda place: (len(lost[place]), -lost[place][0]))
    count = len(lost[place])
    return Lost(
        lost[place][0],
        f"this is computed {count + used[place]} times, and {count} of the results are never used",
    )


def _written_over(runs: Runs, mask: int, number: int) -> Lost | None:
    """Code before an operation that writes over a part of what it gave the time before.

    What it gave the last time is used as a whole; windows that do not overlap are, every time.
    """
    function = [code.home for code in runs.code(number)[:1]]
    used = np.zeros(runs.first.values.size, dtype=bool)
    for other in members(mask):
        for ids in runs.operation(other).ids:
            used[ids] = True
    shares: dict[int, list[tuple[float, int]]] = {}
    for other in members(mask & ((1 << number) - 1)):
        operation = runs.operation(other)
        if [code.home for code in runs.code(other)[:1]] == function and operation.size > 1:
            share = used[operation.start : operation.start + operation.size].mean()
            shares.setdefault(operation.place, []).append((float(share), other))
    for times in shares.values():
        parts = [other for share, other in times if share < 1]
        if times[-1][0] == 1 and 2 * len(parts) > len(times):
            return Lost(
                parts[0],
                f"this is computed {len(times)} times, and {len(parts)} times a part of it is "
                "written over by what comes after",
            )
    return None


def once(mistakes: Sequence[WrongCode]) -> list[WrongCode]:
    """Each mistake once: what one piece of code does wrong in several layers is one.

    It may be known for what it is in one of them only.
    """
    first: dict[tuple[Code, str], WrongCode] = {}
    named = {mistake.code for mistake in mistakes if mistake.fault}
    for mistake in mistakes:
        if mistake.fault or mistake.code not in named:
            first.setdefault((mistake.code, mistake.fault), mistake)
    return list(first.values())
