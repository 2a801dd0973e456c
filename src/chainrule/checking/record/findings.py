"""What is said of a file's training, as the other results of `check` have it."""

import ast
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from chainrule.checking.diagnosis.blame import Excerpt, Mistake
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.desk import Problem
from chainrule.checking.learner.project import sheets_of, unread_by
from chainrule.checking.learner.source import Source, nodes_of, read_source
from chainrule.checking.record._alone import (
    by_themselves,
    takes_batches_of_rows,
    unless_accused,
)
from chainrule.checking.record._falling import falling
from chainrule.checking.record._graph import graph_of
from chainrule.checking.record._running.ways import plans
from chainrule.checking.record._source.about import (
    computes,
    does_something,
    functions_of,
    goes_down,
    imports_a_network,
    is_of_the_lab,
    keeps_contract,
    looks_like_a_network,
    may_train,
)
from chainrule.checking.record._source.signatures import (
    KINDS,
    ROLES,
    SIZES,
    Signatures,
    functions_in,
    role_of,
)
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.losses import COMPUTED
from chainrule.checking.record._steps.spots import WrongCode, call_of
from chainrule.checking.record._steps.unjudged import NotAllSeenError, NotJudgedError
from chainrule.checking.record._unseen import of_choices, of_layers, of_modules
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.recorder import Recorder
from chainrule.checking.record.table import Code
from chainrule.checking.record.trainings import judge_trainings, judged_layers

_NOT_RUN = "it is no part of the training that was judged, and was not looked at"
_NOT_RUN_OF = "no part of the training that was judged, and not looked at: {}"
_NOT_BY_ITSELF = (
    "the training that uses it could not be judged, and by itself it was not looked at"
)
_CALLS_WRONG = "it calls `{}`, which is wrong: that comes first"
_NOT_USED = (
    "what is right depends on how it is used, and the training that uses it could not be judged"
)
_OF_NO_INPUT = ("AxisError", "UnboundLocalError")  # exceptions that no other sizes would avoid
_RIGHT_WHERE_USED = (
    "it is unlike the lab's, and the file's training, in which every parameter goes down along a "
    "gradient, says nothing against it"
)
_NO_CHANGE = (
    "it computes with matrices or in classes, but nothing in it changes parameters by a gradient: "
    "there is no training to look at"
)
_NOT_SURE = "nothing in it reads like a step of training, and it is not sure that it is one"
_UNREAD = "`{}`, which it imports, cannot be read as Python 3"
TRAINING = "training"  # name of the result where no function can be named
TOP_LEVEL = "top level"
_PART_RIGHT = (
    "It gives the derivative of what goes forward, times what comes back into it; whether that is "
    "right where it is used is not looked at."
)
_PARTLY = (
    " How a step is made of it and of earlier ones, as with momentum or by Adam, is not judged."
)
_BY_RULE = " The step that is made of it and of earlier ones is that of {}."
_BY_OWN_RATE = (
    " How far a step goes along it depends on the parameters, as where gradients are clipped to a "
    "length: that is not judged."
)
_CLIPPED = " Each step goes along it as it is clipped, number by number or in length."
_AS_MADE = "What is made here stays as it is, though the loss depends on it: {}."
_LONGEST_CODE = 200  # characters


def prepare_roles() -> None:
    """Compile the patterns of names that tell what arguments are."""
    for roles in (ROLES, SIZES, KINDS):
        role_of("", roles)


def with_training(
    path: Path, findings: Sequence[Finding], budget: Budget | None = None, *, draw: bool = False
) -> tuple[Finding, ...]:
    """The findings of a file, with that of its training where no network in it was judged.

    The training is a second opinion where methods are accused of what has no name.

    Args:
        path: of the file.
        findings: on its definitions. Those of functions that a judged training ran through give
            way to what their numbers in it say.
        budget: what the file's code may still take.
        draw: whether the first finding on the training is to have its graph.

    Raises:
        ChainruleError: if the file cannot be read.
    """
    methods = [f for f in findings if "." in f.name]
    doubtful = [f for f in methods if f.passed is False and not f.faults]
    source = read_source(path)
    contract = keeps_contract(source)
    known = contract and not doubtful and any(f.passed is not None for f in methods)
    here, trains, fits = looks_like_a_network(source), may_train(source), goes_down(source)
    if known or is_of_the_lab(source):
        own = not is_of_the_lab(source)
        return by_themselves(source, findings, budget, of_lab=True) if own else tuple(findings)
    imported = imports_a_network(source)
    if not (here or fits or imported):
        return _without_a_network(source, findings, budget)
    with Recorder(path, budget) as recorder:
        try:
            if not (trains or fits or imported) and not any(p.descends for p in plans(source)):
                raise NotJudgedError(_NO_CHANGE)
            judged = judge_trainings(recorder)
            if not (here or trains or _is_sure(judged[0])):
                raise NotJudgedError(_NOT_SURE)
        except NotJudgedError as reason:
            if not (here or trains or imported):
                return by_themselves(source, findings, budget)
            others = _without_training(source, findings, reason, recorder)
            return _after_what_is_wrong(others, source)
        if not (doubtful and contract):
            return _beside_training(source, findings, judged, recorder, draw=draw)
    return _second_opinion(findings, doubtful, judged, _of_training(judged, source, draw=draw))


def _without_a_network(
    source: Source, findings: Sequence[Finding], budget: Budget | None
) -> tuple[Finding, ...]:
    """The findings of a file in which no network is seen; it may stand in what cannot be read."""
    unread = unread_by(source) if not findings and does_something(source) else []
    if unread:
        return (Finding(TRAINING, passed=None, reason=_UNREAD.format(unread[0])),)
    return by_themselves(source, findings, budget)


def _second_opinion(
    findings: Sequence[Finding],
    doubtful: Sequence[Finding],
    judged: Sequence[Judged],
    of_training: Sequence[Finding],
) -> tuple[Finding, ...]:
    """The findings on a lab's file, where the training says of some what they are."""
    # Another class's training knows nothing of them, nor does one that merely ran a method and
    # did not use what it gave.
    through = frozenset().union(*(one.functions for one in judged))
    ran = frozenset().union(*(one.ran for one in judged))
    used = [f for f in doubtful if f.name in (ran if f.problem else through)]
    if used and any(one.mistakes for one in judged):  # the record knows them for what they are
        return (*(f for f in findings if f not in used), *of_training)
    return tuple(unless_accused(f, _RIGHT_WHERE_USED) if f in used else f for f in findings)


def _of_training(judged: Sequence[Judged], source: Source, *, draw: bool) -> list[Finding]:
    """The findings on all that a file trains, what is wrong first; one of each name."""
    found: dict[str, Finding] = {}
    for one in sorted(judged, key=lambda one: not one.mistakes):
        findings = findings_of(one, source)
        if draw and not found:
            graph = graph_of(one.judgement, one.mistakes, source)
            findings[0] = replace(findings[0], graph=graph)
        for finding in findings:
            found[finding.name] = _together(found.get(finding.name), finding)
    return list(found.values())


def _together(first: Finding | None, other: Finding) -> Finding:
    """One finding of two of the same name, of which the first is wrong if only one is."""
    if first is None:
        return other
    if other.passed is False:
        return replace(first, mistakes=_once_each((*first.mistakes, *other.mistakes)))
    if first.passed is False:
        return first
    lines = dict.fromkeys([*first.note.split("\n"), *other.note.split("\n")])
    return replace(first, note="\n".join(lines))


def _once_each(mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    """Mistakes of several trainings: at one place each once, and by its name where one has it."""
    told: dict[tuple[object, ...], dict[str, Mistake]] = {}
    for one in mistakes:
        told.setdefault((one.file, one.cell, one.line, one.code), {}).setdefault(one.fault, one)
    return tuple(
        one for each in told.values() for fault, one in each.items() if fault or len(each) == 1
    )


def _after_what_is_wrong(findings: Sequence[Finding], source: Source) -> tuple[Finding, ...]:
    """The findings: what could not be judged, and calls what is wrong in its class, says so."""
    signatures = Signatures(source)
    wrong = {finding.name for finding in findings if finding.passed is False}
    return tuple(_after(finding, signatures, wrong) for finding in findings)


def _after(finding: Finding, signatures: Signatures, wrong: Set[str]) -> Finding:
    signature = signatures.get(finding.name)
    if signature is None or finding.passed is not None or finding.faults or finding.problem:
        return finding
    first = next((s.method for s in signatures.of(signature.owner)
                  if s.name in wrong and s.method in signature.called), None)  # fmt: skip
    return finding if first is None else replace(finding, reason=_CALLS_WRONG.format(first))


def _beside_training(
    source: Source,
    findings: Sequence[Finding],
    judged: Sequence[Judged],
    recorder: Recorder,
    *,
    draw: bool,
) -> tuple[Finding, ...]:
    """The findings of what is trained, and of all that it did not run through."""
    found = _of_training(judged, source, draw=draw)
    if not any(one.mistakes for one in judged):
        said = [*of_layers(judged[0].judgement), *of_choices(source, judged)]
        found[0] = replace(found[0], note="\n".join([found[0].note, *said]))
        found += [
            Finding(file, passed=None, reason=_NOT_RUN_OF.format(names))
            for file, names in of_modules(source, judged).items()
        ]
    cause = falling(findings, judged)
    if cause is not None:
        reason = _CALLS_WRONG.format(cause.name)
        found = [cause, *(Finding(f.name, passed=None, reason=reason, cell=f.cell) for f in found)]
    ran = frozenset().union(*(one.ran for one in judged))
    functions = frozenset().union(*(one.functions for one in judged))
    for name, one in judged_layers(recorder, ran).items():
        found += findings_of(one, source, name)
    named = {f.name for f in found}
    others = [f for f in findings if f.name not in named]
    kept = [unless_accused(f, _NOT_RUN) for f in others if f.passed or f.name not in functions]
    gone_through = {f.name.rpartition(".")[0] for f in found if f.name not in ran} - {""}
    known = {f.name for f in kept} | ran
    return (*kept, *found, *_passed_over(source, known, gone_through, _NOT_RUN))


def _passed_over(
    source: Source, known: Set[str], gone_through: Set[str], reason: str
) -> Iterator[Finding]:
    """What computes and was not looked at: neither by its name nor as a part gone through.

    A constructor is no part of a computation.
    """
    for cell, name, function in functions_of(source):
        owner, _, method = name.rpartition(".")
        passed_over = name not in known and owner not in gone_through and method != "__init__"
        if passed_over and computes(function):
            yield Finding(name, passed=None, line=function.lineno, cell=cell, reason=reason)


def _without_training(
    source: Source, findings: Sequence[Finding], reason: NotJudgedError, recorder: Recorder
) -> tuple[Finding, ...]:
    """The findings of a file whose training could not be judged: its parts may be."""
    training = Finding(TRAINING, passed=None, reason=str(reason))
    if keeps_contract(source):
        return tuple(_of_unjudged(f, source) for f in findings)
    parts = [
        f for name, one in judged_layers(recorder).items() for f in findings_of(one, source, name)
    ]
    through = {f.name.rpartition(".")[0] for f in parts} - {""}
    kept = [_of_unjudged(f, source) for f in findings if f.name.rpartition(".")[0] not in through]
    if parts or any(f.passed is not None for f in kept if "." in f.name):
        known = {f.name for f in (*kept, *parts)}
        rest = _passed_over(source, known, through, _NOT_BY_ITSELF)
        whole = [training] if isinstance(reason, NotAllSeenError) else []
        return (*kept, *parts, *rest, *whole)
    return (*kept, training)


def _of_unjudged(finding: Finding, source: Source) -> Finding:
    """A finding where what uses it could not be judged.

    In a class that keeps no contract of the lab's a method may do something else than its name
    says there; but what fails fails.
    """
    problem = finding.problem
    fails = finding.faults in (("wrong-shape",), ("missing-return",))
    if problem is not None:
        of_no_input = problem.kind in _OF_NO_INPUT and not finding.faults
        fails = fails or of_no_input or _is_set_nowhere(problem, source)
    if "." in finding.name and (keeps_contract(source) or fails):
        return finding
    if "softmax-over-batch" in finding.faults and takes_batches_of_rows(source):
        return finding
    return unless_accused(finding, _NOT_USED)


def _is_set_nowhere(problem: Problem, source: Source) -> bool:
    """Whether an attribute is read that nothing in the file sets, nor a class it is made from."""
    nodes = [node for cell in source.cells for node in nodes_of(cell.tree)]
    known = {
        n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)
    }
    known |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    derived = any(isinstance(n, ast.ClassDef) and n.bases for n in nodes)
    return problem.kind == "AttributeError" and problem.name not in known and not derived


def _is_sure(judged: Judged) -> bool:
    """Whether it is right, or wrong beside what goes down on a loss that the code computes."""
    return not judged.mistakes or (judged.loss == COMPUTED and bool(judged.judgement.right))


def findings_of(judged: Judged, source: Source, part: str = "") -> list[Finding]:
    """A finding for each function with a mistake; one for what changes the parameters if none.

    Args:
        judged: what was found out.
        source: the file.
        part: the function that goes back through a part of a network, where it is one.
    """
    if part and not judged.mistakes:
        place = next(
            ((c, f.lineno) for c, n, f in functions_of(source) if n == part), (None, None)
        )
        return [Finding(part, note=_PART_RIGHT, cell=place[0], line=place[1])]
    if not judged.mistakes:
        way, loss, right_if = "down", judged.loss, ": it is right for that loss"
        if judged.rises:
            way, loss, right_if = "up", "what it computes", ": it is right if that is to grow"
        elif judged.loss == COMPUTED:
            right_if = ""
        note = (
            f"Every parameter {'that changes ' if judged.as_made else ''}goes {way} along the "
            f"gradient of {loss}{right_if}."
            f"{_PARTLY if judged.partly else ''}"
            f"{_BY_RULE.format(judged.rule) if judged.rule else ''}"
            f"{_BY_OWN_RATE if judged.own_rate else ''}"
            f"{_CLIPPED if judged.clipped else ''}"
        )
        kept = (_AS_MADE.format(f"`{piece(source, code)}`, {code}") for code in judged.as_made)
        note = "\n".join([note, *kept, *judged.notes])
        call = _call(judged, judged.update)
        return [Finding(_name(judged.update, call, source), note=note, cell=call.cell or None,
                        line=call.line or None)]  # fmt: skip
    found: dict[str, Finding] = {}
    for wrong in judged.mistakes:
        code = (_end_in_a_loop(source, wrong.code) if wrong.unfinished else None) or wrong.code
        call = _call(judged, wrong.code) if code.file else code
        name = _name(code, call, source)
        first = Finding(name, passed=False, cell=call.cell or None, line=call.line or None)
        one = found.setdefault(name, first)
        found[name] = replace(one, mistakes=(*one.mistakes, _mistake(wrong, code, source)))
    return list(found.values())


def _call(judged: Judged, code: Code) -> Code:
    """Where the file calls what leads to code in a module; code of its own as it is."""
    runs, step = judged.judgement.runs, judged.judgement.step
    return call_of(code, [*map(runs.code, members(step.mask)), *runs.first.places])


def _mistake(wrong: WrongCode, code: Code, source: Source) -> Mistake:
    return Mistake(piece(source, code), wrong.sentence, wrong.fault, code.cell or None,
                   code.line or None, excerpt_of(source, code), wrong.idea, code.file)  # fmt: skip


def _end_in_a_loop(source: Source, code: Code) -> Code | None:
    """The `return` that ends a loop of a function at its first turn; None if there is none."""
    sheet = sheets_of(source).get(code.sheet)
    for name, function in () if sheet is None else functions_in(sheet.tree):
        if name == code.function:
            for node in ast.walk(function):
                last = node.body[-1] if isinstance(node, ast.For | ast.While) else None
                if isinstance(last, ast.Return):
                    return code.at(last)
    return None


def _name(code: Code, call: Code, source: Source) -> str:
    """The function in which code stands.

    Where that is in a module, and another file of theirs has something of that name, it is the
    function that calls it in the file itself.
    """
    parts = [part for part in code.function.split(".") if not part.startswith("<")]
    others = (s.tree.body for (file, _), s in sheets_of(source).items() if file != code.file)
    if code.file and any(parts[:1] == [getattr(s, "name", "")] for body in others for s in body):
        return _name(call, call, source)
    return ".".join(parts) or TOP_LEVEL


def excerpt_of(source: Source, code: Code) -> Excerpt | None:
    """The lines of the source in which a piece of code stands; None if there are none such."""
    sheet = sheets_of(source).get(code.sheet)
    if sheet is None:
        return None
    lines = sheet.text.split("\n")
    begin, end = (code.line, code.column), (code.last_line, code.last_column)
    return Excerpt.between(lines, begin, end, code.cell or None, code.file)


def piece(source: Source, code: Code) -> str:
    """A piece of the source, on one line; "" if there is none such."""
    excerpt = excerpt_of(source, code)
    return "" if excerpt is None else excerpt.piece[:_LONGEST_CODE]
