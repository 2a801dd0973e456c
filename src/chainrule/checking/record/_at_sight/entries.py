"""Numbers that are written into a gradient, where all others of it are right.

A gradient that is made of comparisons, as that of a hinge, does not come of the forward pass: only
by its numbers is it known.
"""

import contextlib
from collections.abc import Callable

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Replay, instead
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record._steps.steps import Group, way_to
from chainrule.checking.record._tape.operations import PRODUCTS, Array
from chainrule.checking.record.table import Code

_LEAST = 8  # numbers that are right, and not 0


def wrong_entries(one: Judgement) -> list[WrongCode]:
    """Where some of the numbers of a gradient are put in that are wrong, and no others are."""
    sentence = (
        "of this gradient one part is not the derivative of the loss, and all others are: what is "
        "put into some places of it"
    )
    return [WrongCode(code, "", sentence) for code in _for_all(one, _written)]


def _for_all(one: Judgement, find: Callable[[Judgement, Group], Code | None]) -> tuple[Code, ...]:
    """The code that is found for each wrong parameter; none if it is not for one of them."""
    found: dict[Code, None] = {}
    for group in one.wrong:
        code = find(one, group)
        if code is None:
            return ()
        found[code] = None
    return tuple(found)


def _written(one: Judgement, group: Group) -> Code | None:
    """The code that writes what is wrong in the gradient of a parameter, where a part of it is."""
    runs = one.runs
    for number in way_to(runs, [group]):
        for operand in operands(runs, number) if runs.operation(number).name in PRODUCTS else ():
            if not runs.depends_on_parameters(operand):
                for due in _gradients(one, operand):
                    code = _only_wrong(one, operand, due)
                    if code is not None and _mends(one, group, operand, due):
                        return code
    return None


def masks_alone(one: Judgement) -> list[WrongCode]:
    """Where a mask is handed on by itself, if all is right with a gradient in each such place.

    What comes back into it is dropped, so that no parameter goes into what comes of it.
    """
    sentence = (
        "what comes back from here is a mask by itself: what came in is dropped, and belongs in "
        "it as a factor"
    )
    idea = "what comes back from here does not depend on what came in"
    codes = _for_all(one, _mask_alone) if one.right else ()
    return [WrongCode(code, "", sentence, idea) for code in codes]


def _mask_alone(one: Judgement, group: Group) -> Code | None:
    """The code that makes a mask which stands for a gradient on the way to one of a parameter."""
    runs, replay = one.runs, Replay(one.runs, {})
    for number in way_to(runs, [group]):
        operation = runs.operation(number)
        for operand in operands(runs, number) if operation.name in (*PRODUCTS, "sum") else ():
            masks = runs.values(operand)
            if runs.depends_on_parameters(operand) or not all(map(is_mask, masks)):
                continue
            for due in _gradients(one, operand):
                if any(np.any(d[mask == 0]) for d, mask in zip(due, masks, strict=True)):
                    continue
                edit = instead(runs, operand, due)
                with contextlib.suppress(ValueError):  # what is opaque cannot be computed again
                    changes = replay.changes({number: edit}, [group])[group.number]
                    # With what came in, what that was multiplied with is dropped, too.
                    if (factor(changes, one.gradients[group.number]) or 0) > 0:
                        made = sorted(runs.first.owners(runs.ids(0, operand)))
                        return next(runs.code(n)[0] for n in [*made, number] if runs.code(n))
    return None


def is_mask(values: Array) -> bool:
    """Whether numbers are 0 and 1, and not all the same."""
    return bool(values.size and np.all((values == 0) | (values == 1)) and np.ptp(values))


def _gradients(one: Judgement, operand: Operand) -> list[list[Array]]:
    """What the loss has for gradients, of the shape of an operand or turned."""
    runs = one.runs
    shape = runs.ids(0, operand).shape
    found = []
    for number in sorted(one.adjoints[0].reached - runs.barrier):
        if runs.operation(number).size != runs.ids(0, operand).size:
            continue
        due = one.by(number)
        turned = [d.T for d in due]
        found += [some for some in (due, turned) if some[0].shape == shape and len(shape) > 1]
    return found


def _only_wrong(one: Judgement, operand: Operand, due: list[Array]) -> Code | None:
    """The one code whose numbers differ from a gradient, up to a factor of all others."""
    runs = one.runs
    owners = [t.owner[runs.ids(r, operand)] for r, t in enumerate(runs.tables)]
    by_code: dict[Code, list[int]] = {}
    for number in np.unique(np.concatenate([o.ravel() for o in owners])):
        codes = runs.code(int(number))
        by_code.setdefault(codes[0] if codes else Code(0, 0), []).append(int(number))
    seen = runs.values(operand)
    for code, numbers in by_code.items():
        others = [~np.isin(o, numbers) for o in owners]
        right = [d[o] for d, o in zip(due, others, strict=True)]
        told = all(np.count_nonzero(r) >= _LEAST for r in right)
        if told and factor([v[o] for v, o in zip(seen, others, strict=True)], right):
            # A whole number that is put in leaves nothing behind but itself.
            return code if code.line else next((c for c in by_code if c.line), None)
    return None


def _mends(one: Judgement, group: Group, operand: Operand, due: list[Array]) -> bool:
    """Whether a parameter goes down on the loss with a gradient in the place of what stands."""
    runs = one.runs
    edit = instead(runs, operand, due, _scale(runs.values(operand), due))
    changes = Replay(runs, {}).changes({operand.number: edit}, [group])[group.number]
    return (factor(changes, one.gradients[group.number]) or 0) > 0


def _scale(seen: list[Array], due: list[Array]) -> float:
    """What most numbers of a gradient are multiplied by."""
    with np.errstate(all="ignore"):
        ratios = np.concatenate([(s / d)[d != 0].ravel() for s, d in zip(seen, due, strict=True)])
    return float(np.median(ratios))
