"""What is said of a file's training, as the other results of `check` have it."""

import ast
import contextlib
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from chainrule.checking.diagnosis.blame import Excerpt, Mistake
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.source import Source, read_source
from chainrule.checking.record._generic import generic, shifted
from chainrule.checking.record._graph import graph_of
from chainrule.checking.record._losses import COMPUTED
from chainrule.checking.record._operations import LEAF, PRODUCTS
from chainrule.checking.record._opinion import SHIFT
from chainrule.checking.record._plans import Plan, layers, plans
from chainrule.checking.record._runs import NotJudgedError, Runs
from chainrule.checking.record._signatures import called_name, functions_in, is_change
from chainrule.checking.record._spots import WrongCode
from chainrule.checking.record.judge import Judged, judge, liveliness, same_changes
from chainrule.checking.record.recorder import Run, driven_runs, find_run, record_runs
from chainrule.checking.record.table import Code, Table

RUNS = 3  # with different first values
SPARE = 1  # more of them, of which the least lively is left out
_MOST_CALLS = 2
_MOST_LAYERS = 8
_NOT_RUN = "it did not run in the training, and was not looked at"
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
TRAINING = "training"  # name of the result where no function can be named
TOP_LEVEL = "top level"
_PART_RIGHT = (
    "It gives the derivative of what goes forward, times what comes back into it; whether that is "
    "right where it is used is not looked at."
)
_LONGEST_CODE = 200  # characters
_MATRIX_PRODUCTS = frozenset([*PRODUCTS, "einsum"])
_COMPUTING = frozenset([*_MATRIX_PRODUCTS, "outer", "inner", "multiply", "exp", "log", "tanh"])


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
    contract = _keeps_contract(source)
    known = contract and not doubtful and any(f.passed is not None for f in methods)
    if known or _is_of_the_lab(source) or not looks_like_a_network(source):
        return tuple(findings)
    budget = budget or Budget()
    try:
        if not may_train(source) and not any(plan.descends for plan in plans(source)):
            raise NotJudgedError(_NO_CHANGE)
        judged = judge_training(path, budget)
    except NotJudgedError as reason:
        return _without_training(path, findings, str(reason), budget)
    of_training = findings_of(judged, source)
    if draw:
        graph = graph_of(judged.judgement, judged.mistakes, source)
        of_training[0] = replace(of_training[0], graph=graph)
    if not (doubtful and contract):
        return _beside_training(path, findings, judged, of_training, budget)
    if judged.mistakes:  # the record knows them for what they are
        return (*(f for f in findings if f not in doubtful), *of_training)
    return tuple(_unless_accused(f, _RIGHT_WHERE_USED) if f in doubtful else f for f in findings)


def _beside_training(
    path: Path,
    findings: Sequence[Finding],
    judged: Judged,
    of_training: Sequence[Finding],
    budget: Budget,
) -> tuple[Finding, ...]:
    """The findings of a training, and of all that it did not run through."""
    source = read_source(path)
    found = list(of_training)
    for name, one in judged_layers(path, judged.ran, budget).items():
        found += findings_of(one, source, name)
    judged_here = judged.functions | {f.name for f in found}
    others = [f for f in findings if f.passed or f.name not in judged_here]
    kept = [_unless_accused(f, _NOT_RUN) for f in others]
    gone_through = {f.name.rpartition(".")[0] for f in found if f.name not in judged.ran} - {""}
    known = {f.name for f in kept} | judged.ran
    passed_over = [
        Finding(name, passed=None, line=line, cell=cell, reason=_NOT_RUN)
        for name, cell, line in _computing(source)
        if name not in known and name.rpartition(".")[0] not in gone_through
    ]
    return (*kept, *found, *passed_over)


def _without_training(
    path: Path, findings: Sequence[Finding], reason: str, budget: Budget
) -> tuple[Finding, ...]:
    """The findings of a file whose training could not be judged: its parts may be."""
    source = read_source(path)
    if _keeps_contract(source):
        return tuple(_of_unjudged(f, source) for f in findings)
    parts = [
        f
        for name, one in judged_layers(path, budget=budget).items()
        for f in findings_of(one, source, name)
    ]
    through = {f.name.rpartition(".")[0] for f in parts} - {""}
    kept = [_of_unjudged(f, source) for f in findings if f.name.rpartition(".")[0] not in through]
    if parts or any(f.passed is not None for f in kept if "." in f.name):
        return (*kept, *parts)
    return (*kept, Finding(TRAINING, passed=None, reason=reason))


def _of_unjudged(finding: Finding, source: Source) -> Finding:
    """A finding where what uses it could not be judged.

    In a class that keeps no contract of the lab's a method may do something else than its name
    says there; but what fails fails.
    """
    kind = finding.problem.kind if finding.problem is not None else ""
    fails = kind in _OF_NO_INPUT and not finding.faults
    if "." in finding.name and (_keeps_contract(source) or fails):
        return finding
    return _unless_accused(finding, _NOT_USED)


def _unless_accused(finding: Finding, reason: str) -> Finding:
    """A finding, not judged where it accuses.

    What is wrong by the customs of the lab, with samples in rows and batches of them, may be right
    where it is used: a softmax of columns, a sigmoid of one number.
    """
    if finding.passed is not False or finding.faults == ("not-implemented",):
        return finding
    return Finding(finding.name, finding.definition, passed=None, reason=reason,
                   cell=finding.cell, line=finding.line)  # fmt: skip


def judge_training(path: Path, budget: Budget | None = None) -> Judged:
    """Run a file several times, and judge its training.

    Where nothing in the file calls what trains, it is called with small data, in the ways that
    run: it is right if it is for one, and wrong if all say so of the same code.

    Args:
        path: of the file.
        budget: what its code may still take.

    Raises:
        NotJudgedError: if nothing can be said, and why.
        ChainruleError: if the file cannot be read.
    """
    budget = budget or Budget()
    try:
        form, scout = find_run(path, budget)
    except NotJudgedError as reason:
        return _of_plans(path, reason, budget)
    return _judged(path, Run(form), scout, budget)


def _of_plans(path: Path, reason: NotJudgedError, budget: Budget) -> Judged:
    """The judgement of the first plan that can be judged; its training runs first.

    Raises:
        NotJudgedError: if none can be, with the reason that is given if none even runs.
    """
    for plan in plans(read_source(path)):
        calls = driven_runs(path, plan, budget)
        if calls:
            try:
                return _of_calls(path, calls, budget)
            except NotJudgedError as other:
                reason = other
    raise reason


def judged_layers(
    path: Path, but: Set[str] = frozenset(), budget: Budget | None = None
) -> dict[str, Judged]:
    """Parts of a network, each judged by going through it and back.

    What goes backward into a part is chosen; what it must give is the derivative by its input, and
    by its parameters.

    Args:
        path: of the file.
        but: functions of parts that were judged otherwise.
        budget: what the file's code may still take.

    Returns:
        By the name of the class or function that goes back.
    """
    budget = budget or Budget()
    found: dict[str, Judged] = {}
    for by_input, by_parameters in layers(read_source(path))[:_MOST_LAYERS]:
        name = by_input.each[-1].function
        if name in but or by_input.each[0].function in but:
            continue
        with contextlib.suppress(NotJudgedError):
            found[name] = _of_layer(path, by_input, by_parameters, budget)
    return found


def _of_layer(path: Path, by_input: Plan, by_parameters: Plan, budget: Budget) -> Judged:
    calls = driven_runs(path, by_input, budget)
    first = _of_calls(path, calls, budget) if calls else None
    if first is not None and first.mistakes:
        return first
    more = driven_runs(path, by_parameters, budget)
    if more:
        return _of_calls(path, more, budget)
    if first is None:
        raise NotJudgedError("no way was found to go through it and back")
    (table,) = _tables(path, [calls[0]._replace(plan=replace(by_parameters, form=calls[0].form))],
                       budget)  # fmt: skip
    if any(o.name == LEAF and Runs([table]).users[n] for n, o in enumerate(table.operations)):
        raise NotJudgedError("the gradients of its parameters were not found")
    return first


def _of_calls(path: Path, calls: Sequence[Run], budget: Budget) -> Judged:
    """The judgement of code that is called in several ways.

    It is right if it is so in one of them. Where there are several classes, shapes that do not
    belong together fail; a single output may fit by broadcasting, so that it accuses only alone.
    """
    several = [call for call in calls if call.form.classes > 1][:_MOST_CALLS]
    one = [call for call in calls if call.form.classes == 1][:_MOST_CALLS]
    found: dict[bool, list[Judged]] = {True: [], False: []}
    reasons: list[str] = []
    for call in (*several, *one):
        try:
            (table,) = _tables(path, [call], budget)
            judged = _judged(path, call, Runs([table]), budget, made_up=True)
        except NotJudgedError as reason:
            reasons.append(str(reason))
            continue
        if not judged.mistakes:
            return judged
        found[call in several].append(judged)
    wrong = found[True] or found[False]
    codes = [{mistake.code for mistake in judged.mistakes} for judged in wrong]
    alone = not several or (calls[0].plan is not None and calls[0].plan.descends)
    if codes and set.intersection(*codes) and (found[True] or alone):
        return min(wrong, key=lambda judged: len(judged.mistakes))
    raise NotJudgedError(reasons[0] if reasons else "called in different ways, its training "
                         "comes out wrong in different places")  # fmt: skip


def _judged(path: Path, run: Run, scout: Runs, budget: Budget, made_up: bool = False) -> Judged:
    runs = [run._replace(seed=seed, first=generic(scout, seed)) for seed in range(RUNS + SPARE)]
    tables = _tables(path, runs, budget)
    lively = sorted(range(len(runs)), key=lambda i: -liveliness(tables[i]))[:RUNS]
    chosen = runs[lively[0]]
    again = chosen._replace(first=shifted(chosen.first, chosen.seed, SHIFT))
    turned = []
    if made_up and chosen.plan is not None:
        plan = replace(chosen.plan, form=replace(chosen.form, turn=1))
        turned = [chosen._replace(plan=plan, form=plan.form)]
    moved, *others = _tables(path, [again, *turned], budget)
    if any(same_changes(tables[lively[0]], other) for other in others):
        raise NotJudgedError("called with small data, it makes nothing of the targets")
    return judge([tables[i] for i in lively], moved, chosen.plan)


def _tables(path: Path, runs: Sequence[Run], budget: Budget) -> list[Table]:
    tables = []
    for table in record_runs(path, runs, budget):
        if not isinstance(table, Table):
            raise table
        tables.append(table)
    return tables


def _keeps_contract(source: Source) -> bool:
    """Whether it keeps to the lab's contract: a `grad_loss`, or `nll` and a `train`."""
    names = [name for _, name, _ in _functions(source)]
    methods = {name.rpartition(".")[2] for name in names if "." in name}
    return "grad_loss" in methods or ("nll" in names and "train" in methods)


def _is_of_the_lab(source: Source) -> bool:
    """Whether it is a notebook of chainrule's own lab: what trains there is chainrule."""
    nodes = (node for cell in source.cells for node in ast.walk(cell.tree))
    return any(isinstance(n, ast.ImportFrom) and n.module == "chainrule.lab" for n in nodes)


def looks_like_a_network(source: Source) -> bool:
    """Whether something in a file computes as networks do, or looks like a step of training."""
    return any(_computing_network(source)) or may_train(source)


def may_train(source: Source) -> bool:
    """Whether something in a file looks like a step of training: products, and a change by −."""
    nodes = [node for cell in source.cells for node in ast.walk(cell.tree)]
    return any(map(_is_product, nodes)) and any(map(is_change, nodes))


def _functions(source: Source) -> Iterator[tuple[int | None, str, ast.FunctionDef]]:
    for cell in source.cells:
        for name, function in functions_in(cell.tree):
            yield cell.number, name, function


def _computing(source: Source) -> Iterator[tuple[str, int | None, int]]:
    """Functions that compute with numbers: name, cell and line."""
    for cell in source.cells:
        for name, function in functions_in(cell.tree):
            inner = [n for n in ast.walk(function) if n is not function]
            if any(_is_product(n) or _is_scaling(n) for n in inner):
                yield name, cell.number, function.lineno


def _computing_network(source: Source) -> Iterator[str]:
    """Functions that take matrix products, and methods that compute with numbers."""
    for cell in source.cells:
        for name, function in functions_in(cell.tree):
            inner = list(ast.walk(function))
            if any(map(_is_matrix_product, inner)) or (
                "." in name and any(map(_is_scaling, inner))
            ):
                yield name


def _is_matrix_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return called_name(node) in _MATRIX_PRODUCTS


def _is_scaling(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Pow)


def _is_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return called_name(node) in _COMPUTING


def findings_of(judged: Judged, source: Source, part: str = "") -> list[Finding]:
    """A finding for each function with a mistake; one for what changes the parameters if none.

    Args:
        judged: what was found out.
        source: the file.
        part: the function that goes back through a part of a network, where it is one.
    """
    if part and not judged.mistakes:
        place = next(((c, f.lineno) for c, n, f in _functions(source) if n == part), (None, None))
        return [Finding(part, note=_PART_RIGHT, cell=place[0], line=place[1])]
    if not judged.mistakes:
        computed = judged.loss == COMPUTED
        note = (
            f"Every parameter goes down along the gradient of {judged.loss}"
            f"{'' if computed else ': it is right for that loss'}."
        )
        return [
            Finding(
                _name(judged.update),
                note=note,
                cell=judged.update.cell or None,
                line=judged.update.line or None,
            )
        ]
    by_name: dict[str, list[Mistake]] = {}
    for wrong in judged.mistakes:
        by_name.setdefault(_name(wrong.code), []).append(_mistake(wrong, source))
    return [
        Finding(name, passed=False, mistakes=tuple(mistakes), cell=mistakes[0].cell,
                line=mistakes[0].line)
        for name, mistakes in by_name.items()
    ]  # fmt: skip


def _mistake(wrong: WrongCode, source: Source) -> Mistake:
    code = wrong.code
    return Mistake(piece(source, code), wrong.sentence, wrong.fault, code.cell or None,
                   code.line or None, excerpt_of(source, code))  # fmt: skip


def _name(code: Code) -> str:
    parts = [part for part in code.function.split(".") if not part.startswith("<")]
    return ".".join(parts) or TOP_LEVEL


def excerpt_of(source: Source, code: Code) -> Excerpt | None:
    """The lines of the source in which a piece of code stands; None if there are none such."""
    cell = next((c for c in source.cells if (c.number or 0) == code.cell), None)
    if cell is None:
        return None
    lines = cell.text.split("\n")
    begin, end = (code.line, code.column), (code.last_line, code.last_column)
    return Excerpt.between(lines, begin, end, code.cell or None)


def piece(source: Source, code: Code) -> str:
    """A piece of the source, on one line; "" if there is none such."""
    excerpt = excerpt_of(source, code)
    return "" if excerpt is None else excerpt.piece[:_LONGEST_CODE]
