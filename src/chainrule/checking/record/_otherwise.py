"""What a training is judged to be where another statement stands in its code.

A mistake may leave no trace among what is computed: numbers that are written over others are only
moved, and a function that gives back what it was given does nothing. So the file runs again, with
what may be meant in the place of what stands there.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from chainrule.checking.record._source.assigned import assignments, beginnings
from chainrule.checking.record._source.program import hands_back, losses_in
from chainrule.checking.record._standins.form import PLAIN, Spot
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.losses import COMPUTED
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.recorder import Recorder, WholeRun, varied
from chainrule.checking.record.table import Code

Judge = Callable[[WholeRun], Judged]

_MOST_ASSIGNMENTS = 8
_FAULT, _KEPT = "grad-not-added-up", "train-gradients-kept"


def judged_otherwise(
    recorder: Recorder, whole: WholeRun, judge: Judge, found: Judged | None
) -> Judged | None:
    """What a variant of the code tells of its mistakes, if it tells more than the code itself.

    Args:
        recorder: of the file.
        whole: how it runs.
        judge: judges a run.
        found: how the file was judged; None if nothing was found out.
    """
    if whole.run.form.variant != PLAIN or (found is not None and not found.mistakes):
        return None
    if found is not None and any(m.fault == _KEPT for m in found.mistakes):
        return _begun_anew(recorder, whole, judge)
    judged = None
    if found is None or found.loss != COMPUTED:
        judged = _with_losses(recorder, whole, judge, found)
        if judged is not None and not judged.mistakes:
            return judged
    known = (
        found is not None
        and not found.judgement.step.adds_twice
        and all(m.fault not in ("", _FAULT) for m in found.mistakes)
    )
    added = None if known else _added_up(recorder, whole, judge)
    return added or (found and _handed_back(recorder, whole, judge, found)) or judged


def _with_losses(
    recorder: Recorder, whole: WholeRun, judge: Judge, found: Judged | None
) -> Judged | None:
    """The judgement by a loss that the file defines, where none is computed with each step.

    It accuses only where some of the parameters go down along the gradient of that loss, and where
    nothing is accused as it is.
    """
    run = varied(recorder, whole, losses=True) if losses_in(recorder.source) else None
    if run is None:
        return None
    with contextlib.suppress(NotJudgedError):
        judged = judge(run)
        # By rates of each run's own a single output goes along whatever is computed of it.
        told = found is None and judged.judgement.right if judged.mistakes else not judged.own_rate
        if judged.loss == COMPUTED and told:
            return judged
    return None


def _added_up(recorder: Recorder, whole: WholeRun, judge: Judge) -> Judged | None:
    """The judgement if all is right where one assignment adds to what stands there."""
    for spot in assignments(recorder.source)[:_MOST_ASSIGNMENTS]:
        run = varied(recorder, whole, added=spot)
        if run is None or _steps(run.scout) == _steps(whole.scout):
            continue
        with contextlib.suppress(NotJudgedError):
            judged = judge(run)
            code = _backward(judged, spot)
            if not judged.mistakes and not judged.partly and not judged.own_rate and code:
                sentence = (
                    "what is written here takes the place of what was there before: where a place "
                    "comes more than once, all that is written to it is to be added up"
                )
                mistake = WrongCode(code, _FAULT, sentence)
                return replace(judged, mistakes=(mistake,), notes=(), idle=())
    return None


def _begun_anew(recorder: Recorder, whole: WholeRun, judge: Judge) -> Judged | None:
    """The judgement where sums are told at what is to begin them anew, and has the same arrays."""
    told: dict[Spot, Code] = {}
    best, steps = None, _steps(whole.scout)
    for spot, code in beginnings(recorder.source)[-_MOST_ASSIGNMENTS:][::-1]:
        run = varied(recorder, whole, anew=(*told, spot))
        if run is None or _steps(run.scout) == steps:
            continue
        with contextlib.suppress(NotJudgedError):
            judged = judge(run)
            if all(m.fault == _KEPT for m in judged.mistakes):
                told[spot], best, steps = code, judged, _steps(run.scout)
                if not judged.mistakes:
                    break
    if best is None:
        return None
    sentence = (
        "this is to begin the sums anew, and leaves the arrays with the gradients of the steps "
        "before in use: what is needed are new zeros, or a copy of some"
    )
    mistakes = (
        *(WrongCode(code, _KEPT, sentence) for _, code in sorted(told.items())),
        *best.mistakes,
    )
    return replace(best, mistakes=mistakes, notes=(), idle=())


def _steps(runs: Runs) -> list[list[float]]:
    """All changes of parameters, one after the other."""
    return [runs.values(runs.change(n))[0].ravel().tolist() for n in runs.updates]


def _backward(judged: Judged, spot: Spot) -> Code | None:
    """What stands at a spot, if it is done on the way back of a step, and not on the way forward.

    What is added up from step to step may be meant to be kept for one alone.
    """
    runs, adjoint = judged.judgement.runs, judged.judgement.adjoints[0]
    found: dict[int, Code] = {}
    for number in members(judged.judgement.step.mask):
        for code in runs.code(number):
            if (code.cell, code.line, code.column) == spot:
                found[number] = code
    for number in found:
        before = set().union(*runs.sources[number]) & found.keys()
        later = any(source < update < number for source in before for update in runs.updates)
        if number in adjoint.reached or later:
            return None
    return next(iter(found.values()), None)


def _handed_back(
    recorder: Recorder, whole: WholeRun, judge: Judge, found: Judged
) -> Judged | None:
    """The judgement if what is missing belongs where a function gives back what it was given."""
    if not hands_back(recorder.source):
        return None
    run = varied(recorder, whole, handed=True)
    if run is None:
        return None
    with contextlib.suppress(NotJudgedError):
        judged = judge(run)
        faults = [m.fault for m in judged.mistakes]
        before, now = ({m.code for m in one.mistakes} for one in (found, judged))
        if all(faults) and len(now) <= len(before) and now != before:
            return judged
    return None
