"""What is said of a file's training, as the other results of `check` have it."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from chainrule.checking.diagnosis.blame import Mistake
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.source import Source, read_source
from chainrule.checking.record._generic import generic, shifted
from chainrule.checking.record._losses import COMPUTED
from chainrule.checking.record._opinion import SHIFT
from chainrule.checking.record._plans import functions_in, is_change
from chainrule.checking.record._runs import NotJudgedError, Runs
from chainrule.checking.record._spots import WrongCode
from chainrule.checking.record.judge import Judged, judge, liveliness, same_changes
from chainrule.checking.record.recorder import Run, driven_runs, find_run, record
from chainrule.checking.record.table import Code, Table

RUNS = 3  # with different first values
SPARE = 1  # more of them, of which the least lively is left out
_MOST_CALLS = 2
_NOT_RUN = "it did not run in the training, and was not looked at"
_NOT_USED = (
    "what is right depends on how it is used, and the training that uses it could not be judged"
)
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
_LONGEST_CODE = 200  # characters
_PRODUCTS = frozenset(
    ["dot", "matmul", "outer", "multiply", "einsum", "exp", "log", "tanh", "inner"]
)


def with_training(
    path: Path, findings: Sequence[Finding], budget: Budget | None = None
) -> tuple[Finding, ...]:
    """The findings of a file, with that of its training where no network in it was judged.

    The training is a second opinion where methods are accused of what has no name.

    Args:
        path: of the file.
        findings: on its definitions. Those of functions that a judged training ran through give
            way to what their numbers in it say.
        budget: what the file's code may still take.

    Raises:
        ChainruleError: if the file cannot be read.
    """
    methods = [f for f in findings if "." in f.name]
    doubtful = [f for f in methods if f.passed is False and not f.faults]
    if any(f.passed is not None for f in methods) and not doubtful:
        return tuple(findings)
    source = read_source(path)
    ours = _is_of_the_lab(source)
    if ours or not may_train(source):
        unlike_training = not methods and not ours and any(_computing_network(source))
        unseen = Finding(TRAINING, passed=None, reason=_NO_CHANGE)
        return (*findings, unseen) if unlike_training else tuple(findings)
    try:
        judged = judge_training(path, budget)
    except NotJudgedError as reason:
        if methods:
            return tuple(findings)
        unknown = Finding(TRAINING, passed=None, reason=str(reason))
        return (*(_unless_accused(f, _NOT_USED) for f in findings), unknown)
    if doubtful:
        right = not judged.mistakes
        return tuple(
            _unless_accused(f, _RIGHT_WHERE_USED) if right and f in doubtful else f
            for f in findings
        )
    of_training = findings_of(judged, source)
    judged_here = judged.functions | {f.name for f in of_training}
    others = [f for f in findings if f.passed or f.name not in judged_here]
    kept = [_unless_accused(f, _NOT_RUN) for f in others]
    known = {f.name for f in kept} | judged.ran
    passed_over = [Finding(name, passed=None, line=line, cell=cell, reason=_NOT_RUN)
                   for name, cell, line in _computing(source) if name not in known]  # fmt: skip
    return (*kept, *of_training, *passed_over)


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
    except NotJudgedError:
        calls = driven_runs(path, read_source(path), budget)
        if not calls:
            raise
        return _of_calls(path, calls, budget)
    return _judged(path, Run(form), scout, budget)


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
    if codes and set.intersection(*codes) and (found[True] or not several):
        return min(wrong, key=lambda judged: len(judged.mistakes))
    raise NotJudgedError(reasons[0] if reasons else "called in different ways, its training "
                         "comes out wrong in different places")  # fmt: skip


def _judged(path: Path, run: Run, scout: Runs, budget: Budget, made_up: bool = False) -> Judged:
    runs = [run._replace(seed=seed, first=generic(scout, seed)) for seed in range(RUNS + SPARE)]
    tables = _tables(path, runs, budget)
    lively = sorted(range(len(runs)), key=lambda i: -liveliness(tables[i]))[:RUNS]
    chosen = runs[lively[0]]
    again = chosen._replace(first=shifted(chosen.first, chosen.seed, SHIFT))
    (moved,) = _tables(path, [again], budget)
    if made_up and chosen.plan is not None:
        plan = replace(chosen.plan, form=replace(chosen.form, turn=1))
        (other,) = _tables(path, [chosen._replace(plan=plan, form=plan.form)], budget)
        if same_changes(tables[lively[0]], other):
            raise NotJudgedError("called with small data, it makes nothing of the targets")
    return judge([tables[i] for i in lively], moved, made_up)


def _tables(path: Path, runs: Sequence[Run], budget: Budget) -> list[Table]:
    tables = []
    for table in record(path, runs, budget):
        if not isinstance(table, Table):
            raise table
        tables.append(table)
    return tables


def _is_of_the_lab(source: Source) -> bool:
    """Whether it is a notebook of chainrule's own lab: what trains there is chainrule."""
    nodes = (node for cell in source.cells for node in ast.walk(cell.tree))
    return any(isinstance(n, ast.ImportFrom) and n.module == "chainrule.lab" for n in nodes)


def may_train(source: Source) -> bool:
    """Whether something in a file looks like a step of training: products, and a change by −."""
    nodes = [node for cell in source.cells for node in ast.walk(cell.tree)]
    return any(map(_is_product, nodes)) and any(map(is_change, nodes))


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
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("dot", "matmul", "einsum")


def _is_scaling(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Pow)


def _is_product(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        name = function.id if isinstance(function, ast.Name) else name
        return name in _PRODUCTS
    return False


def findings_of(judged: Judged, source: Source) -> list[Finding]:
    """A finding for each function with a mistake; one for what changes the parameters if none."""
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
    text = piece(source, code)
    return Mistake(text, wrong.sentence, wrong.fault, code.cell or None, code.line or None)


def _name(code: Code) -> str:
    parts = [part for part in code.function.split(".") if not part.startswith("<")]
    return ".".join(parts) or TOP_LEVEL


def piece(source: Source, code: Code) -> str:
    """A piece of the source, on one line; "" if there is none such."""
    cell = next((c for c in source.cells if (c.number or 0) == code.cell), None)
    if cell is None:
        return ""
    lines = cell.text.split("\n")[code.line - 1 : max(code.last_line, code.line)]
    encoded = [line.encode() for line in lines]
    if not encoded:
        return ""
    if code.last_column:
        encoded[-1] = encoded[-1][: code.last_column]
        encoded[0] = encoded[0][code.column :]
    text = " ".join(line.decode(errors="replace").strip() for line in encoded)
    return text[:_LONGEST_CODE]
