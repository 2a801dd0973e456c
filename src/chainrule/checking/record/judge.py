"""The judgement of a file's training: which parameters go down on the loss, and what is wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.checking.record import _naming
from chainrule.checking.record._blame import Explanation, Search, softmax_axis
from chainrule.checking.record._changes import Change, What
from chainrule.checking.record._judgement import Judgement, factor, judgements
from chainrule.checking.record._losses import BINARY, COMPUTED, LIKELIHOOD, SQUARED
from chainrule.checking.record._operations import LEAF
from chainrule.checking.record._opinion import agree
from chainrule.checking.record._quantities import Kind
from chainrule.checking.record._runs import Group, NotJudgedError, Operand, Runs, Step, members
from chainrule.checking.record.table import Code, Table

_LEAST_INFORMATIVE = 0.05  # of what the updates change
_MOST_LOSSES = 4
_INTERNAL = ("<genexpr>", "<listcomp>", "<lambda>", "<dictcomp>", "<setcomp>")


@dataclass(frozen=True)
class WrongCode:
    """One wrong operation.

    Attributes:
        code: where it stands.
        fault: id in the catalogue; "" where it has none.
        sentence: what stands there, and what belongs there.
    """

    code: Code
    fault: str
    sentence: str


@dataclass(frozen=True)
class Judged:
    """What was found out about a training.

    Attributes:
        mistakes: in it, the first cause first; none if it is right.
        loss: that it is right for, in words.
        update: where its parameters are changed.
        functions: of the learner's that the judged step ran through.
        ran: those in which anything was computed.
    """

    mistakes: tuple[WrongCode, ...]
    loss: str
    update: Code
    functions: frozenset[str]
    ran: frozenset[str]


def judge(tables: Sequence[Table], shifted: Table, made_up: bool = False) -> Judged:
    """Judge a training by several runs of it.

    Args:
        tables: runs with different first values.
        shifted: the first of them again, its first values a little off.
        made_up: whether its data are not those that it is meant for: then nothing is said of
            their shapes.

    Raises:
        NotJudgedError: if nothing can be said, and why.
    """
    runs = Runs(tables)
    if not runs.updates and len(tables) > 1:  # the runs part before a step is whole
        raise NotJudgedError("its runs with different first values part before two steps are done")
    step = Step(runs, first=made_up)  # a loss that is called for it is called before the first
    found, unlike = judgements(runs, step)
    best = found[0]
    if step.memory:
        return _with_memory(best, shifted)
    agree(best, shifted)
    if made_up and (step.grown is not None or (unlike and not best.right)):
        raise NotJudgedError("called with small data, its shapes do not fit one another")
    mistakes = list(_plain_mistakes(best, unlike))
    loss = best.loss.name
    if not mistakes and best.wrong:
        chosen, mistakes = _explained(found)
        agree(chosen, shifted)
        loss = chosen.loss.name
    elif not mistakes:
        _require_information(best)
        mistakes = [*_uphill(found), *_broken_loss(best, found), *_other_loss(best, found),
                    *_untrained(best)]  # fmt: skip
    return _judged(best, tuple(_once(mistakes)), loss)


def liveliness(table: Table) -> float:
    """How much of what a run's updates change is not zero: units that are off tell nothing."""
    runs = Runs([table])
    changes = [runs.values(runs.change(n))[0] for n in runs.updates]
    shares = [np.count_nonzero(c) / c.size for c in changes if c.size]
    return float(np.mean(shares)) if shares else 0.0


def same_changes(table: Table, other: Table) -> bool:
    """Whether two runs change their parameters alike."""
    runs = Runs([table, other])
    changes = [runs.values(runs.change(n)) for n in runs.updates]
    return all(np.array_equal(a, b) for a, b in changes)


def _judged(best: Judgement, mistakes: tuple[WrongCode, ...], loss: str) -> Judged:
    runs = best.runs
    functions = {code.function for n in members(best.step.mask) for code in runs.code(n)}
    ran = {code.function for codes in runs.first.places for code in codes}
    update = _place(runs.code(best.step.groups[0].number))
    return Judged(mistakes, loss, update, frozenset(functions), frozenset(ran))


def _place(codes: Sequence[Code]) -> Code:
    """The innermost frame of a function that has a name."""
    for code in codes:
        if code.function.rpartition(".")[2] not in _INTERNAL:
            return code
    return codes[0] if codes else Code(0, 0)


def _with_memory(best: Judgement, shifted: Table) -> Judged:
    """With momentum and the like, only the first step can be judged, and only as right."""
    if best.wrong:
        raise NotJudgedError("its steps build on earlier ones, and the first does not go along a "
                        "gradient that is known here")  # fmt: skip
    agree(best, shifted)
    _require_information(best)
    return _judged(best, (), best.loss.name)


def _require_information(best: Judgement) -> None:
    moved = [np.count_nonzero(c) / c.size for g in best.groups for c in best.changes[g.number]]
    if np.mean(moved) < _LEAST_INFORMATIVE:
        raise NotJudgedError("almost none of its parameters change: nothing can be told from that")
    if best.factor is None and not best.right:
        raise NotJudgedError("no change was seen that is along a gradient")
    unknown = [g for g in best.step.groups if g not in best.groups]
    if any(np.any(c) for g in unknown for c in g.changes()):
        raise NotJudgedError("it changes something that its loss does not depend on")
    if unknown:
        codes = best.runs.code(unknown[0].number)
        line = f" (line {codes[0].line})" if codes else ""
        raise NotJudgedError(f"one of its parameters has a gradient of 0 in all runs{line}")


# ---- mistakes that need no search ------------------------------------------------------------


def _plain_mistakes(best: Judgement, unlike: Sequence[Operand]) -> Iterator[WrongCode]:
    runs, step = best.runs, best.step
    if step.grown is not None:
        yield WrongCode(
            spot(best, step.grown), "grad-bias-not-summed",
            "the update makes the parameter larger: its gradient is not summed over the samples",
        )  # fmt: skip
    if unlike and not best.right:
        number, place = unlike[0]
        a, b = (runs.operation(number).ids[p].shape for p in (place, 1 - place))
        yield WrongCode(
            spot(best, number), "",
            f"the prediction of shape {a} meets a target of shape {b}, and the difference has "
            f"shape {runs.operation(number).shape}",
        )  # fmt: skip
    for place_of in {group.place: group for group in best.lost}.values():
        yield WrongCode(
            spot(best, place_of.number), "train-missing-parameter",
            "the new value is not kept: the parameter never changes",
        )  # fmt: skip


def _uphill(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """All parameters along the gradient, in place of against it."""
    supposed = [one for one in found if one.loss.computed is None and not one.wrong]
    signs = [(one.factor or 0) > 0 for one in found if not one.wrong]
    if supposed and not any(signs):
        best = supposed[0]
        for group in best.groups:
            yield WrongCode(
                spot(best, group.number), "train-sign",
                "the step goes along the gradient, and the loss grows",
            )  # fmt: skip
            return


def _broken_loss(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The loss that is computed, where it is plainly a broken form of the one gone down on."""
    if best.loss.computed is not None or best.loss.name != BINARY or not best.loss.outputs:
        return
    runs, output = best.runs, best.loss.outputs[0]
    for other in found:
        if other.loss.computed is None:
            continue
        slopes, right = [], []
        for run, table in enumerate(runs.tables):
            ids = runs.ids(run, output)
            a = table.values[ids].ravel()
            t = np.abs(runs.values(Operand(output.number, 1 - output.place))[run])
            if t.size != a.size:
                return
            with np.errstate(all="ignore"):
                right.append((a - t.ravel()) / (a * (1 - a)))
            slopes.append(other.adjoints[run].flat[ids].ravel())
        signless = factor([np.abs(s) for s in slopes], [np.abs(r) for r in right])
        if signless is not None and factor(slopes, right) is None:
            yield WrongCode(
                spot(best, other.loss.computed), "",
                "the loss has a wrong sign: it is not the binary cross-entropy whose gradient is "
                "used",
            )  # fmt: skip
            return


def _other_loss(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The squared error is computed, and the gradient is that of a cross-entropy."""
    if best.loss.name not in (BINARY, LIKELIHOOD) or not best.loss.outputs:
        return
    runs, output = best.runs, best.loss.outputs[0]
    for other in found:
        if other.loss.computed is None:
            continue
        slopes, errors = [], []
        for run, table in enumerate(runs.tables):
            ids = runs.ids(run, output)
            target = np.abs(runs.values(Operand(output.number, 1 - output.place))[run])
            if target.shape != ids.shape:
                return
            errors.append((table.values[ids] - target).ravel())
            slopes.append(other.adjoints[run].flat[ids].ravel())
        if factor(slopes, errors) is not None:
            line = runs.code(other.loss.computed)[0].line
            yield WrongCode(
                spot(best, output.number), "grad-output-mismatch",
                f"this is the error at the output of {best.loss.name}, and the loss that is "
                f"computed in line {line} is the squared error: for that, the derivative of the "
                "output's activation is missing",
            )  # fmt: skip
            return


def _untrained(best: Judgement) -> Iterator[WrongCode]:
    """Arrays that are added like biases, in more than one step, and never change."""
    runs = best.runs
    for number in range(runs.length):
        operation = runs.operation(number)
        if number in runs.barrier or operation.name != LEAF or operation.settings.get("written"):
            continue
        sums = [u for u in runs.users[number] if runs.operation(u).name == "add"]
        trained = [
            u for u in sums
            if u in best.adjoints[0].reached and best.adjoints[0].of(runs.first, u).any()
            and any(runs.depends_on_parameters(Operand(u, p)) for p in (0, 1))
        ]  # fmt: skip
        if not trained or not any(u > best.step.last for u in sums) or not runs.code(number):
            continue
        line, use = runs.code(number)[0].line, runs.code(trained[0])[0].line
        yield WrongCode(
            spot(best, best.step.groups[-1].number), "train-missing-parameter",
            f"what line {line} makes is added like a bias in line {use}, and never updated",
        )  # fmt: skip


# ---- mistakes that are searched for ------------------------------------------------------------


def _explained(found: Sequence[Judgement]) -> tuple[Judgement, list[WrongCode]]:
    """The fewest mistakes under any loss.

    Raises:
        NotJudgedError: if nothing explains the gradients well enough to accuse anyone.
    """
    some_right = any(one.right for one in found)
    names: list[str] = []
    fixes: list[tuple[tuple[float, ...], Judgement, list[WrongCode]]] = []
    for one in found:
        if one.loss.name in names or len(names) >= _MOST_LOSSES:
            continue
        names.append(one.loss.name)
        if some_right and not one.right and one.loss.computed is None:
            continue
        fix = _fix(one, some_right)
        if fix is not None:
            fixes.append((fix[0], one, fix[1]))
    if not fixes:
        raise NotJudgedError(
            "no parameter changes along the gradient of a loss that is known here, and no single "
            "change of its code makes it so"
        )
    _, chosen, mistakes = min(fixes, key=lambda fix: fix[0])
    return chosen, mistakes


def _fix(one: Judgement, some_right: bool) -> tuple[tuple[float, ...], list[WrongCode]] | None:
    """The mistakes under one loss, and how far-fetched they are; None if there is no telling."""
    supposed = one.loss.computed is None
    by_factor = _only_factors(one)
    if by_factor is not None:
        return (0, supposed, len(by_factor), supposed, 0), by_factor
    axis = softmax_axis(one)
    if axis is not None:
        sentence = f"softmax is normalised over the wrong axis: it belongs over axis {axis.axis}"
        mistake = WrongCode(spot(one, axis.number), "softmax-over-batch", sentence)
        return (0, 0, 1, 0, 0), [mistake]
    search = Search(one)
    explained = search.explanation()
    if not one.right and not _is_believable(one, explained, some_right):
        return None
    mistakes = [_mistake(one, search, change, explained.layers) for change in explained.changes]
    likely = {SQUARED: 0, BINARY: 1, LIKELIHOOD: 1, COMPUTED: 0}[one.loss.name]
    far = sum(change.rank > 1 for change in explained.changes)
    if explained.left and not mistakes:
        first = search.first_wrong()
        if first is None:
            if not one.right:
                return None
            group = explained.left[0]
            sentence = "this gradient is wrong, and no single change of its code makes it right"
            mistakes = [WrongCode(_gradient_of(one, group), "", sentence)]
        else:
            number, known = first
            into = " and ".join(_naming.words(q, explained.layers) for q in known)
            sentence = f"{into} go in, and what comes out is no gradient"
            mistakes = [WrongCode(spot(one, number), "", sentence)]
    followed = not supposed and bool(one.right)  # it is the loss that is gone down on
    count = len(_once(mistakes)) + far
    weight = (len(explained.left), not followed, count, supposed, likely)
    return weight, _once(mistakes)


def _is_believable(one: Judgement, explained: Explanation, some_right: bool) -> bool:
    """Whether to accuse where no parameter is right: the loss may be another than those known.

    Then an error at the output that is no known one tells nothing; only a wrong derivative that is
    recognised for what it is does, or a loss that the code itself computes.
    """
    if some_right:
        return True
    if explained.left or not explained.changes:
        return False
    first = explained.changes[0]
    if first.before is not None and first.before.kind in _RECOGNISED:
        into = first.after.kind if first.after is not None else None
        return into is None or not into.is_gradient
    unknown = any(c.what is What.RESULT and c.before is None for c in explained.changes)
    if unknown or first.before is None:
        return one.loss.computed is not None and not unknown
    at_output = first.after is not None and first.after.layer == explained.layers
    plain = first.what in (What.TRANSPOSED, What.OUTER, What.AXIS)
    return one.loss.computed is not None or plain or not at_output


# What is plainly not what belongs at the output, whatever the loss.
_RECOGNISED = (
    Kind.SLOPE_OF_ACTIVATION, Kind.PRODUCT_OF_PREACTIVATION, Kind.SLOPE, Kind.WEIGHTS,
    Kind.ACTIVATION,
)  # fmt: skip


def _only_factors(one: Judgement) -> list[WrongCode] | None:
    """Mistakes, if all that is wrong is wrong by a constant factor only."""
    off = [g for g in one.wrong if one.factors[g.number] is not None]
    if len(off) < len(one.wrong) or one.factor is None:
        return None
    sizes = frozenset(
        side for n in members(one.step.mask) for side in one.runs.operation(n).shape if side > 1
    )
    mistakes = []
    for group in off:
        ratio = (one.factors[group.number] or 0) / one.factor
        name = _naming.of_factor(ratio, sizes)
        if name is None:
            raise NotJudgedError(
                f"one of its parameters changes {ratio:.4g} times as much as the others, against "
                "their gradients: a learning rate of its own, or a factor"
            )
        code = _gradient_of(one, group, turned=ratio < 0)
        mistakes.append(WrongCode(code, name.fault, name.sentence))
    return mistakes


def _mistake(one: Judgement, search: Search, change: Change, layers: int) -> WrongCode:
    name = _naming.named(change, layers)
    code = spot(one, change.number, change.edits)
    codes = one.runs.code(change.number)
    if _is_given_wrongly(change) and len(codes) > 1 and code == codes[0]:
        inside = [n for n in members(one.step.mask) if _is_in(one.runs.code(n), code)]
        if not any(search.reads_gradient(n) for n in inside):
            code = codes[1]  # the function is right for what it is given
    return WrongCode(code, name.fault, name.sentence)


def _is_given_wrongly(change: Change) -> bool:
    kinds = (change.before and change.before.kind, change.after and change.after.kind)
    return kinds == (Kind.ACTIVATION, Kind.PREACTIVATION)


def _is_in(codes: Sequence[Code], code: Code) -> bool:
    return bool(codes) and codes[0].function == code.function != "<module>"


def _gradient_of(one: Judgement, group: Group, turned: bool = False) -> Code:
    """Where a gradient that is off by a factor gets it: on the way that only this group goes."""
    runs = one.runs

    def path(of: Group) -> int:
        mask = 0
        for number in of.numbers:
            mask |= runs.leads_to(runs.change(number))[0]
        return mask

    shared = 0
    for other in one.groups:
        if other.number in one.right:
            shared |= path(other)
    update = runs.code(group.number)[:1]
    own = [
        n for n in members(path(group) & ~shared)
        if n not in runs.barrier and runs.code(n) and not _same_line(runs.code(n)[0], update)
    ]  # fmt: skip
    scaled = [n for n in own if _scales(runs, n)]
    if turned:
        scaled = [n for n in own if runs.operation(n).name in ("negative", "subtract")] or scaled
    size = runs.operation(group.number).size
    last = [n for n in own if runs.operation(n).size == size and runs.depends[n]]
    chosen = (scaled[-1:] or last[-1:] or own[-1:] or [group.number])[0]
    return spot(one, chosen)


def _scales(runs: Runs, number: int) -> bool:
    """Whether an operation multiplies or divides by a single number that is given."""
    operation = runs.operation(number)
    if operation.name not in ("multiply", "divide", "mean"):
        return False
    return operation.name == "mean" or any(
        not runs.depends_on_parameters(Operand(number, place)) and ids.size == 1
        for place, ids in enumerate(operation.ids)
    )


def _same_line(code: Code, others: Sequence[Code]) -> bool:
    return any((code.cell, code.line) == (other.cell, other.line) for other in others)


def spot(one: Judgement, number: int, edits: Iterable[int] = ()) -> Code:
    """Where a mistake stands: not in a function that elsewhere in the step does what it should."""
    runs = one.runs
    codes = runs.code(number)
    if not codes:
        return Code(0, 0)
    mended = set(edits) | {number}
    others = [
        runs.code(n) for n in range(min(members(one.step.mask), default=0), one.step.last)
        if n not in mended
    ]  # fmt: skip
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


def _once(mistakes: Sequence[WrongCode]) -> list[WrongCode]:
    return list(dict.fromkeys(mistakes))
