"""check: judge what stands in a notebook, and say what came of it."""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from chainrule.checking import chance
from chainrule.checking.contract.exercises import lab_of
from chainrule.checking.contract.judge import judge_lab
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.html import as_html, column, paragraph
from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.diagnosis.located import FunctionSource, definition_at, located
from chainrule.checking.diagnosis.text import Teller
from chainrule.checking.hints import HINTS, limit
from chainrule.checking.learner import listing
from chainrule.checking.learner.desk import LAB_EXERCISES, LAB_FUNCTIONS, LAB_METHODS, Desk
from chainrule.checking.learner.live import definitions_in, desk_of, source_of
from chainrule.checking.learner.problems import kind_of
from chainrule.errors import ChainruleError


@dataclass(frozen=True)
class Verdict:
    """What was found out: true if everything is right.

    Attributes:
        findings: one for each function and method, in order.
        hint: how much is said of a mistake: 1 where to look, 2 what was computed, 3 what is right.
        seed: of the numbers on which the code was tried.
        in_cells: whether it is shown in a notebook, where lines have no numbers unless asked for.
    """

    findings: tuple[Finding, ...]
    hint: int = 1
    seed: int = 0
    in_cells: bool = False

    def __bool__(self) -> bool:
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __repr__(self) -> str:
        if not self.findings:
            return "Nothing to check: no function or class of the lab is defined here yet."
        lines = []
        teller = Teller(self.hint)
        for finding in self.findings:
            lines.append(f"{_MARKS[finding.passed]}  {_title(finding)}")
            lines += [line.text for line in teller.lines(finding)]
        if self.in_cells and any(map(_LINE.search, lines)):
            lines.append(_WHERE_LINES_ARE)
        return "\n".join([*lines, *self._more()])

    def _more(self) -> list[str]:
        wrong = any(finding.passed is False for finding in self.findings)
        if not wrong or self.hint >= limit():
            return []
        return [f"More: check(…, hint={self.hint + 1})"]

    def _repr_html_(self) -> str:
        if not self.findings:
            return f"<p>{escape(repr(self))}</p>"
        html = as_html(self.findings, self.hint, self._more())
        shows_lines = self.in_cells and _LINE.search(html)
        return html + column(paragraph(_WHERE_LINES_ARE)) if shows_lines else html

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, with the keys of `chainrule check --json`."""
        return {
            "passed": bool(self),
            "results": [finding.to_dict(self.hint) for finding in self.findings],
        }


_LINE = re.compile(r"\bline \d")
_WHERE_LINES_ARE = (
    "Lines are counted from the top of their cell; View, Show Line Numbers shows the numbers."
)
_MARKS = {True: "right", False: "WRONG", None: "-----"}


def _title(finding: Finding) -> str:
    again = f" (definition {finding.definition})" if finding.definition > 1 else ""
    return f"{finding.name}{again}"


def _judge(desk: Desk, around: Mapping[str, Any], only: Sequence[int] | None = None) -> (
    list[Finding]
):  # fmt: skip
    """Judge what is on a desk, by the lab's contract where that holds."""
    lab = lab_of(around)
    return judge(desk, only) if lab is None else judge_lab(desk, lab, only)


def check(*things: Callable[..., Any], hint: int = 1, seed: int | None = None) -> Verdict:
    """Say whether functions and classes of the lab are right, and else which mistake it is.

    Args:
        things: functions or classes; with none, all that the notebook defines.
        hint: how much to say of a mistake: 1 where to look, 2 what was computed, 3 the right
            formula and why. A teacher may set a limit by the environment variable
            CHAINRULE_MAX_HINT.
        seed: of the numbers on which they are tried, 0 or more; without one, the same in all of
            a session, drawn when it begins.

    Raises:
        ChainruleError: if `hint` is not 1, 2 or 3, if `seed` is no whole number from 0 on, or a
            thing is none of the lab's.

    Examples:
        >>> import numpy as np
        >>> def sigmoid(X):
        ...     return 1 / (1 + np.exp(X))
        >>> check(sigmoid)
        WRONG  sigmoid
              line 2 | return 1 / (1 + np.exp(X))
                     |        ^^^^^^^^^^^^^^^^^^^
              The mistake: the sign in the exponent of sigmoid.
              Look at sigmoid. Should its value be near 0 or near 1 for a large positive
              input?
        More: check(…, hint=2)
        >>> bool(check(sigmoid))
        False
    """
    if hint not in HINTS:
        raise ChainruleError(f"hint must be 1, 2 or 3; got {hint!r}")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise ChainruleError(f"seed must be a whole number, 0 or more; got {seed!r}")
    level, around = min(hint, limit()), sys._getframe(1).f_globals
    number = chance.of_session() if seed is None else seed
    with chance.seeded(number):
        if not things:
            findings, by_name = _judge(definitions_in(around), around), around
        else:
            findings = [
                finding
                for thing in things
                for finding in (
                    _judged(thing, around) if callable(thing) else _no_function(thing, around)
                )
            ]
            by_name = {getattr(thing, "__name__", ""): thing for thing in things}
    in_cells = "get_ipython" in around
    return Verdict(_located(findings, by_name.get), level, number, in_cells)


def _located(findings: Sequence[Finding], thing_of: Callable[[str], Any]) -> tuple[Finding, ...]:
    """The findings with the code of their mistakes, where cells that defined it can be read."""

    def definition_of(finding: Finding) -> FunctionSource | None:
        lines = source_of(thing_of(finding.name.partition(".")[0]))
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError):
            return None
        return definition_at(tree, lines, finding.cell, finding.line)

    return tuple(located(findings, definition_of))


def _no_function(thing: Any, around: Mapping[str, Any]) -> Sequence[Finding]:
    """What to say of a function's name that holds something else by now."""
    name = next((n for n in LAB_FUNCTIONS if around.get(n) is thing), None)
    if name is not None:
        return judge(definitions_in({name: thing}))
    if hasattr(thing, "grad_loss") or hasattr(thing, "forward"):
        kind = type(thing).__name__
        raise ChainruleError(f"check takes the class, not an object of it: check({kind})")
    raise ChainruleError(
        "check takes a function or a class itself, without a call: check(one_hot), not "
        f"check(one_hot(…)); got {kind_of(thing)}"
    )


def _judged(thing: Any, around: Mapping[str, Any]) -> Sequence[Finding]:
    desk, place = desk_of(thing)
    name = desk.definitions[place].name
    methods = desk.definitions[place].methods
    if methods is None and not listing.is_lab_function(name, thing):
        if name in LAB_EXERCISES:
            wanted = ", ".join(LAB_EXERCISES[name])
            raise ChainruleError(
                f"in the lab, {name} takes ({wanted}); this one takes "
                f"({', '.join(desk.definitions[place].parameters)})"
            )
        known = ", ".join((*LAB_FUNCTIONS, *LAB_EXERCISES))
        raise ChainruleError(
            f"check knows the functions {known} and classes of networks; "
            f"got a function called {name}"
        )
    found = _judge(desk, around, [place])
    if not found:
        wanted = ", ".join(LAB_METHODS)
        raise ChainruleError(
            f"{name} does not look like a network: it needs some of the methods {wanted}, and "
            "weights that its constructor makes"
        )
    return found
