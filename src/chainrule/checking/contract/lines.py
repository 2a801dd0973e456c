"""The statements of a learner's method one by one, as far as it is written.

Each is judged on right values of what comes before it: a mistake spoils nothing but its own line.
The names are those of the notebook; what has another name is judged by its numbers, if at all.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from chainrule.checking.contract.answers import others
from chainrule.checking.contract.attempt import Attempt
from chainrule.checking.contract.exercises import Exercise
from chainrule.checking.contract.slips import changes_of
from chainrule.checking.contract.trials import Trial, parameters_of
from chainrule.checking.diagnosis.blame import Blame, LineVerdict, Slip
from chainrule.checking.diagnosis.compare import Array, farthest, relation, same
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.learner.desk import Problem, Reply, Request, Script, Statement
from chainrule.checking.learner.scripts import executed, right_answers
from chainrule.faults import FORMULAS, fault, placements
from chainrule.faults.steps import Step, network_steps

_NOTHING = ("return", "return None", "pass")
MOST = 40  # statements of a function that is judged so


@dataclass(frozen=True)
class Lines:
    """What was found out about the statements of a method.

    Attributes:
        verdicts: on each, in order.
        mistakes: in them, as far as they have names or words.
        raises: whether a line `raise NotImplementedError` is left behind written code.
        written: whether there is more than the notebook itself gives.
    """

    verdicts: tuple[LineVerdict, ...]
    mistakes: tuple[Blame | Slip, ...]
    raises: bool
    written: bool

    @property
    def wrong(self) -> bool:
        """Whether a line is wrong."""
        return any(one.passed is False for one in self.verdicts)

    @property
    def left(self) -> tuple[LineVerdict, ...]:
        """The lines that are still to be written."""
        return tuple(one for one in self.verdicts if one.left)


def lines_of(attempt: Attempt, method: str) -> Lines:
    """Judge the statements of an answer one by one; a single one is no verdict by itself.

    Args:
        attempt: the answer.
        method: of the class, "" for a function.
    """
    lab, exercise, trials = attempt.lab, attempt.exercise, attempt.trials(method)
    trial = next((t for t in trials if t.what.startswith("several")), trials[0])
    right = _right_lines(lab.solutions, exercise, method, trial)
    solutions = lab.solutions if method else others(lab, exercise)
    stand_ins: dict[int, Array] = {}
    verdicts: dict[int, LineVerdict] = {}
    mistakes: list[Blame | Slip] = []
    for _ in range(MOST):
        script = Script(trial.text, exercise.name, solutions, method, attempt.wrong_beside(method),
                        by_line=True, stand_ins=stand_ins, without_raise=True)  # fmt: skip
        (reply,) = attempt.desk.ask([Request(attempt.place, script=script)])
        wrong = _next_wrong(reply, right, stand_ins, verdicts)
        if wrong is None:
            break
        statement = reply.statements[wrong.at]
        values = reply.entered.get(str(wrong.at), {})
        given = wrong.expected if statement.left else values.get(wrong.name or "")
        passed = None if statement.left else False
        verdicts[wrong.at] = _verdict(statement, passed, wrong.said, given)
        if wrong.name is None or wrong.expected is None:
            break
        if not statement.left:
            mistakes += right.mistakes(wrong.name, given, statement.source)
        stand_ins[wrong.at] = wrong.expected
    written = any(
        not s.left and s.source not in (*_NOTHING, *exercise.given_lines) for s in reply.statements
    )
    return Lines(
        tuple(verdicts[at] for at in sorted(verdicts)) if len(verdicts) > 1 else (),
        tuple(mistakes),
        raises=written and any(s.left and s.ends for s in reply.statements),
        written=written,
    )


def _verdict(
    statement: Statement, passed: bool | None, said: str, given: Array | None = None
) -> LineVerdict:
    source = re.sub(r"\s+#.*$", "", statement.source)
    shape = None if given is None else given.shape
    return LineVerdict(statement.line, source, passed, said, statement.left, shape)


class _Wrong(NamedTuple):
    """A statement that is wrong, or still to be written.

    Attributes:
        at: its place.
        name: that it gives a value; None if none, or several.
        expected: what is right under that name, where that is known.
        said: what is wrong, or the shape of what is to be written.
    """

    at: int
    name: str | None
    expected: Array | None
    said: str


def _next_wrong(
    reply: Reply,
    right: "_RightLines",
    stand_ins: Mapping[int, Array],
    verdicts: dict[int, LineVerdict],
) -> _Wrong | None:
    """The next statement that is wrong or left, with what is right there; None if none is.

    A name that is used twice stands for two quantities, and one of them is not the notebook's:
    neither it nor what is computed with it can be called wrong.
    """
    used_twice = _used_twice(reply.statements, right.parameters)
    unsure: set[str] = set()
    open_before = False
    for at, statement in enumerate(reply.statements):
        if at in stand_ins:
            continue
        name = statement.names[0] if len(statement.names) == 1 else None
        is_unsure = bool(used_twice & statement.changes or unsure & statement.reads)
        expected = right.of_notebook(name)
        if name in used_twice:
            expected = None
        values = reply.entered.get(str(at))
        if statement.left and statement.ends:
            continue
        if statement.ends or (values is None and reply.problem is None):
            return None
        if values is None and reply.problem is not None:  # here it failed
            if open_before:  # for want of what is still to be written
                return None
            return _Wrong(at, name, expected, _in_short(reply.problem))
        given = None if name is None else (values or {}).get(name)
        if statement.left and expected is not None:
            return _Wrong(at, name, expected, _shape(expected))
        open_before = open_before or statement.left
        if expected is None or given is None or is_unsure:
            verdicts.setdefault(at, _by_numbers(statement, values or {}, right))
            if is_unsure:
                is_right = verdicts[at].passed or statement.source in right.exercise.given_lines
                unsure = unsure - statement.changes if is_right else unsure | statement.changes
        elif said := _what_is_wrong(given, expected):
            return _Wrong(at, name, expected, said)
        else:
            verdicts[at] = _verdict(statement, True, _shape(expected), expected)
    return None


def _used_twice(statements: Sequence[Statement], parameters: frozenset[str]) -> frozenset[str]:
    """Names that more than one statement changes, or one that changes a parameter."""
    changed = Counter(name for statement in statements for name in statement.changes)
    return frozenset(name for name, n in changed.items() if n > 1 or name in parameters)


def _what_is_wrong(given: Array, expected: Array) -> str:
    """What is wrong with the numbers of a line; "" if nothing is."""
    if given.shape != expected.shape:
        return f"its shape is {given.shape}, where {expected.shape} is right"
    return "" if same(given, expected, 1e-6) else _off(given, expected)


def _off(given: Array, expected: Array) -> str:
    """Where a line is off the most, with its number and the right one."""
    said, place = relation(given, expected), farthest(given, expected)
    at = f"at [{', '.join(map(str, place))}] " if place else ""
    got, right = given[place] + 0.0, expected[place] + 0.0  # no minus before a zero
    return f"{at}{got:.4g}, where {right:.4g} is right" + (f"; {said}" if said else "")


def _in_short(problem: Problem) -> str:
    """What an exception means, in its first sentence."""
    said = explain_problem(replace(problem, line=None, cell=None, source="", function=""))
    return re.split(r"(?<=[^.]\.) ", said)[0].rstrip(".")


def _shape(array: Array) -> str:
    return f"shape {array.shape}" if array.ndim else ""


def _by_numbers(
    statement: Statement, values: Mapping[str, Array | None], right: "_RightLines"
) -> LineVerdict:
    """Of a name that is not the notebook's: right if its numbers are those of a quantity there."""
    arrays = [a for a in values.values() if a is not None]
    known = arrays and all(
        any(a.shape == r.shape and same(a, r, 1e-6) for r in right.values.values()) for a in arrays
    )
    only = arrays[0] if len(arrays) == 1 else None
    shape = "" if only is None else _shape(only)
    return _verdict(statement, True if known else None, shape, only)


@dataclass(frozen=True, eq=False)
class _RightLines:
    """The quantities of a right answer, and what may stand in place of each.

    Attributes:
        values: by the names that the solution gives them.
        around: all that its expressions read.
        texts: the expressions.
        exercise: that it answers.
        method: of it.
    """

    values: Mapping[str, Array]
    around: Mapping[str, Any]
    texts: Mapping[str, str]
    exercise: Exercise
    method: str

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters of the function or method."""
        return frozenset(a.arg for a in self.exercise.methods[self.method].args.args)

    def of_notebook(self, name: str | None) -> Array | None:
        """What is right under a name that the learners' notebook gives; None under others."""
        given = name is not None and name in self.exercise.given_names
        return self.values.get(name or "") if given else None

    def mistakes(self, name: str, given: Array | None, source: str) -> Iterator[Blame | Slip]:
        """The mistake with which a line gives what it gave, if that has a name or words."""
        for change in changes_of(self.exercise, self.method):
            if not change.old.startswith(f"{name} = "):
                continue
            text = change.new.removeprefix(f"{name} = ")
            if _gives(text, self.around, given) or _is_written(source, change.new):
                yield change.mistake
                return
        for text, id_ in _wrong_steps(self.exercise, name):
            if _gives(text, self.around, given):
                yield Blame(id_, name, text, self.texts[name])
                return


def _is_written(source: str, text: str) -> bool:
    """Whether a line of code says the same as another, but for spaces and comments."""
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(text))
    except SyntaxError:
        return False


def _gives(text: str, around: Mapping[str, Any], given: Array | None) -> bool:
    """Whether an expression gives these numbers, or nothing where nothing was given."""
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(eval(text, dict(around)))
    except Exception:  # sizes that do not fit
        return False
    return given is not None and value.shape == given.shape and same(given, value, 1e-6)


@cache
def _wrong_steps(exercise: Exercise, name: str) -> tuple[tuple[str, str], ...]:
    """The catalogue's wrong versions of a line: the text, and the id."""
    hidden = sum("W_h" in p for p in _parameters(exercise))
    steps = network_steps(hidden)
    canonical = {"grad_z": "grad_z_o", "grad_W": "grad_W_o", "grad_b": "grad_b_o"}.get(name, name)
    step = next((s for s in steps if s.name == canonical), None)
    if step is None or step.kind == "y" or not exercise.is_class:
        return ()
    return tuple(
        (_in_the_notebook(wrong, exercise), id_)
        for id_ in FORMULAS
        if not fault(id_).is_code
        for wrong in placements(id_, [step], steps)
    )


def _in_the_notebook(step: Step, exercise: Exercise) -> str:
    """The text of a step in the names that the notebook's code has for its quantities."""
    renamed = _Renamed(exercise)
    return ast.unparse(renamed.visit(ast.parse(step.text, mode="eval")))


class _Renamed(ast.NodeTransformer):
    def __init__(self, exercise: Exercise) -> None:
        self._parameters = _parameters(exercise)
        names = {n.id for n in ast.walk(exercise.tree) if isinstance(n, ast.Name)}
        self._x = "x" if "x" in names and "z_h2" in names else "X"
        self._regression = "grad_z" in names and "grad_z_o" not in names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name = node.id
        if self._regression:
            name = {"t": "y_true"}.get(name, name.removesuffix("_o"))
        name = {"y": "y_pred", "x": self._x, "X": self._x}.get(name, name)
        text = f"self.{name}" if name in self._parameters else name
        return ast.copy_location(ast.parse(text, mode="eval").body, node)


@cache
def _parameters(exercise: Exercise) -> frozenset[str]:
    return frozenset(parameters_of(exercise) if exercise.is_class else ())


@cache
def _right_lines(solutions: str, exercise: Exercise, method: str, trial: Trial) -> _RightLines:
    """Go through the right answer once, and keep what its names hold."""
    around: dict[str, Any] = {**right_answers(solutions), "np": np}
    kept: dict[str, Any] = {}
    node = exercise.methods[method]
    texts = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            texts[statement.targets[0].id] = ast.unparse(statement.value)
    changed = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(changed, ast.FunctionDef)
    _keep_locals(changed)
    around["_kept"] = kept
    exec(compile(ast.unparse(changed), "<solution>", "exec"), around)
    if method:
        setattr(around[exercise.name], method, around.pop(node.name))
    executed(trial.text, around)
    values = {
        name: np.asarray(value) for name, value in kept.items()
        if name in texts and isinstance(value, np.ndarray | float | int | np.generic)
    }  # fmt: skip
    return _RightLines(values, {**around, **kept}, texts, exercise, method)


def _keep_locals(function: ast.FunctionDef) -> None:
    """Let a function put what its names hold into `_kept` before it returns."""
    keep = ast.parse("_kept.update(locals())").body
    body: list[ast.stmt] = []
    for statement in function.body:
        if isinstance(statement, ast.Return):
            body += keep
        body.append(statement)
    function.body = body if isinstance(function.body[-1], ast.Return) else [*body, *keep]


def parts_left(verdicts: Sequence[LineVerdict]) -> str:
    """The names that are still to be written, as the end of a sentence."""
    sources = [one.source.split("=")[0].strip() for one in verdicts if one.left]
    names = [f"`{s}`" if s != "..." else "what belongs in place of `...`" for s in sources]
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""
