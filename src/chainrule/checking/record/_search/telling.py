"""What is said of a change that mends a training: where the mistake stands, and its name."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chainrule.checking.record._search import naming
from chainrule.checking.record._search.blame import Explanation, Search
from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.naming import Name
from chainrule.checking.record._search.quantities import Kind
from chainrule.checking.record._search.reasons import never_added, reason
from chainrule.checking.record._search.within import Slip
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import instead
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import WRITTEN, Array
from chainrule.checking.record.table import Code

_OTHER_ORDER = Name(
    "",
    "the gradient has its numbers in another order than what it belongs to went forward: where "
    "axes were moved before a reshape, they are to be moved back after one",
    "the shapes fit, and numbers meet others than those that they belong to",
)


def mistake_of(
    one: Judgement, search: Search, change: Change, explained: Explanation
) -> WrongCode:
    """The mistake that a change mends: its place, its name, and a sentence."""
    name = naming.named(change, explained.layers)
    if change.what is What.SIGN and _meets_target(one, change.number):
        name = name._replace(fault="grad-output-sign")
    if not name.fault and change.what in (What.RESULT, What.REPLACED):
        slope = change.after is not None and change.after.kind is Kind.SLOPE
        other = name._replace(fault="grad-other-activation") if slope else name
        stand = [*map(search.stands, operands(one.runs, change.number))]
        of_result = change.what is What.RESULT and not change.before
        name = (
            reason(one, change)
            or (naming.of_mixed_up(stand, change.after) if of_result else None)
            or (name if change.before else other)
        )
    unused = never_added(one, change) if name.fault == "grad-path-missing" else None
    if unused is not None:
        sentence = "what comes back here is computed, and goes nowhere: it is not added"
        return WrongCode(spot(one, unused), name.fault, sentence, name.idea)
    no_slope = change.what is What.SLOPE_ADDED
    several = len(change.edits) > 1 and len(one.runs.code(change.number)) > 1
    each_rightly = change.what is What.ORDER and several
    if name.fault == "grad-other-layer" and not each_rightly:
        change = replace(change, number=_where_taken(one, search, change))
    seems = name.fault in ("", "grad-hidden-no-derivative")
    misordered = _in_another_order(one, search, change) if seems else ()
    name = _OTHER_ORDER if misordered else name
    alike = [n for other in explained.changes if other.what is change.what for n in other.edits]
    code = spot(one, change.number, alike, unused=no_slope)
    codes = one.runs.code(change.number)
    if change.what is What.MASK and len(codes) > 1 and search.masks_rightly(codes[0]):
        code = codes[1]  # elsewhere the same mask is right
    if no_slope and codes and code != codes[0]:
        code = _where_used(one, change.number, code)
    if name.fault in ("grad-other-activation", "grad-relu-mask") and code == codes[0]:
        code = _in_its_function(one, search, change) or code
    if each_rightly:  # by the layers
        code = codes[1]
    written = _written_over(one, search, change)
    if written is not None:
        return WrongCode(
            spot(one, written), "",
            f"this changes {naming.words(change.after, explained.layers)} in place, and "
            f"{codes[0] if codes else 'what follows'} still needs it as it was",
        )  # fmt: skip
    if _is_given_wrongly(change) and len(codes) > 1 and code == codes[0]:
        inside = [n for n in members(one.step.mask) if _is_in(one.runs.code(n), code)]
        if not any(search.reads_gradient(n) for n in inside):
            code = codes[1]  # the function is right for what it is given
    return WrongCode(
        code,
        name.fault,
        name.sentence,
        name.idea,
        taken_by=misordered or _takers(one, search, change),
    )


def slipped(one: Judgement, search: Search, slip: Slip, explained: Explanation) -> WrongCode:
    """The mistake in several operations that belong together."""
    if slip.name is None:
        mistake = mistake_of(one, search, slip.change, explained)
        lacks_part = mistake.fault == "grad-path-missing"
        return replace(mistake, code=spot(one, slip.number)) if lacks_part else mistake
    return WrongCode(spot(one, slip.number), *slip.name)


def _where_taken(one: Judgement, search: Search, change: Change) -> int:
    """Where the gradient of another layer is computed, if that is used for nothing else.

    Where the right one is computed, too, and goes nowhere, the mistake is to use this one.
    """
    runs, number, after = one.runs, change.number, change.after
    assert after is not None
    due = after.values[0]
    unused = (runs.results(n)[0] for n in range(one.step.last) if not runs.users[n])
    if any(values.size == due.size and factor([values], [due]) for values in unused):
        return number
    for place, given in enumerate(runs.sources[number]):
        if len(given) == 1 and search.stands(Operand(number, place)) is change.before:
            source = min(given)
            mine = source not in search.forward | runs.barrier and runs.users[source] == [number]
            return source if mine and runs.code(source) else number
    return number


def _in_its_function(one: Judgement, search: Search, change: Change) -> Code | None:
    """Where a function computes what stands for a slope, of what the slope is computed from.

    None if it does not come from a function, or that is given something else.
    """
    runs, number = one.runs, change.number
    assert change.after is not None
    layer = change.after.layer
    for operand in operands(runs, number):
        source = max(runs.given(operand), default=number)
        inner = runs.code(source)[:1]
        if (
            search.stands(operand) not in (None, change.before)
            or source in search.forward
            or not inner
            or inner[0].home == runs.code(number)[0].home
        ):
            continue
        reads = (
            search.stands(o)
            for n in members(runs.leads_to(operand)[0])
            if [code.home for code in runs.code(n)[:1]] == [inner[0].home]
            for o in operands(runs, n)
        )
        of_layer = ((q.kind, q.layer) for q in reads if q is not None)
        known = {*of_layer} & {(k, layer) for k in (Kind.PREACTIVATION, Kind.ACTIVATION)}
        fits = known or search.steps_with(operand, layer)
        if fits and not _serves_elsewhere(one, search, inner):
            return inner[0]
    return _in_what_compares(one, number)


def _in_what_compares(one: Judgement, number: int) -> Code | None:
    """Where a function that is called there compares, and gives on what it is given by that alone.

    So does a false slope such as `np.where(z > 0, z, 0)`, which leaves no operation.
    """
    runs = one.runs
    computing = {o.place for o in runs.first.operations if o.name not in WRITTEN}
    inside: dict[tuple[str, str], Code] = {}
    for place, codes in enumerate(runs.first.places):
        if codes[2:] == runs.code(number)[1:] and _is_part(codes[1:2], runs.code(number)[:1]):
            if place in computing:
                return None
            inside.setdefault(codes[0].home, codes[0])
    return inside.popitem()[1] if len(inside) == 1 else None


def _is_part(inner: tuple[Code, ...], outer: tuple[Code, ...]) -> bool:
    return any(
        one.home == other.home
        and (one.line, one.column) >= (other.line, other.column)
        and (one.last_line, one.last_column) <= (other.last_line, other.last_column)
        for one in inner for other in outer
    )  # fmt: skip


def _serves_elsewhere(one: Judgement, search: Search, code: tuple[Code, ...]) -> bool:
    """Whether a piece of code goes forward, too, or gives the derivative of another layer."""
    runs = one.runs
    return any(
        s in search.forward
        or ((stands := search.stands(operand)) is not None and stands.kind is Kind.SLOPE)
        for n in members(one.step.mask)
        for operand in operands(runs, n)
        for s in runs.given(operand)
        if runs.code(s)[:1] == code
    )


def _meets_target(one: Judgement, number: int) -> bool:
    """Whether it is the prediction, and an array that no parameter goes into, which are added."""
    runs = one.runs
    every = max(runs.leads_to(Operand(n, 0))[1].bit_count() for n in members(one.step.mask)
                if runs.operation(n).ids)  # fmt: skip
    depends = [runs.leads_to(Operand(number, place))[1].bit_count() for place in (0, 1)]
    other = runs.operation(number).ids[depends.index(min(depends))]
    return sorted(depends) == [0, every] and other.size > 1


def _where_used(one: Judgement, number: int, code: Code) -> Code:
    """Where what a right function gave is used without more, in the code that calls it."""
    for user in one.runs.users[number]:
        for frame in one.runs.code(user):
            if one.step.mask >> user & 1 and frame.home == code.home:
                return frame
    return code


def _written_over(one: Judgement, search: Search, change: Change) -> int | None:
    """Where the numbers that stand in the place of an activation were what belongs there.

    They are a derivative that was used as one before: it was written into the activation's array.
    """
    kinds = (change.before and change.before.kind, change.after and change.after.kind)
    if kinds != (Kind.SLOPE, Kind.ACTIVATION):
        return None
    runs = one.runs
    for operand in operands(runs, change.number):
        if search.stands(operand) != change.before:
            continue
        ids = runs.ids(0, operand)
        for number in members(one.step.mask & ((1 << change.number) - 1)):
            given = runs.operation(number).ids
            if any(np.array_equal(o, ids) or np.array_equal(o.T, ids) for o in given):
                return number
    return None


def _is_given_wrongly(change: Change) -> bool:
    kinds = {change.before and change.before.kind, change.after and change.after.kind}
    return kinds == {Kind.ACTIVATION, Kind.PREACTIVATION}


def _is_in(codes: Sequence[Code], code: Code) -> bool:
    return bool(codes) and codes[0].home == code.home and code.function != "<module>"


def _takers(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """What takes a gradient that lacks a factor, or else a parameter that scaled what it is of."""
    runs, number = one.runs, change.number
    if change.what is not What.SLOPE_ADDED:
        return ()
    if change.after is not None and change.after.kind is Kind.SCALE:
        return _gradients(one, search, change)
    return tuple(
        Operand(user, place)
        for user in runs.users[number] if one.step.mask >> user & 1
        for place, given in enumerate(runs.sources[user]) if number in given
    )  # fmt: skip


def _gradients(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """The gradients that go into the operations of a change."""
    return tuple(
        operand
        for number in change.edits
        for operand in operands(one.runs, number)
        if (stands := search.stands(operand)) is not None and stands.kind.is_gradient
    )


def _in_another_order(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """The gradient that goes in, if all that is wrong is that its numbers stand in another order.

    So it is where axes were moved on the way forward, before a reshape, and are not moved back.
    """
    due_kind = change.after.kind if change.after is not None else None
    if change.what not in (What.REPLACED, What.RESULT) or due_kind is not Kind.BY_PREACTIVATION:
        return ()
    runs = one.runs
    inputs = [table.inputs(change.number) for table in runs.tables]
    due = [change.edits[change.number](run, arrays) for run, arrays in enumerate(inputs)]
    for operand in _gradients(one, search, change):
        seen = runs.values(operand)
        for number in sorted(search.forward):
            if runs.operation(number).shape != seen[0].shape:
                continue
            right = one.by(number)
            edit = instead(runs, operand, right)
            ordered = [[np.sort(abs(a), axis=None) for a in some] for some in (seen, right)]
            if not _are_alike(*ordered) or _are_alike(seen, right):
                continue
            now = [edit(run, arrays) for run, arrays in enumerate(inputs)]
            if _are_alike(now, due):
                return (operand,)
    return ()


def _are_alike(some: Sequence[Array], others: Sequence[Array]) -> bool:
    return factor(some, others) is not None
