"""Judges everything that a learner defined: the functions first, then the networks on them."""

from collections.abc import Mapping, Sequence

from chainrule.checking.diagnosis.classes import judge_network
from chainrule.checking.diagnosis.code import definition_fails, left_to_do, placed
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.functions import judge_function
from chainrule.checking.learner.desk import (
    LAB_EXERCISES,
    LAB_FUNCTIONS,
    LAB_METHODS,
    Definition,
    Desk,
    SpentError,
)

MOST_DEFINITIONS = 300  # of one file that are judged; a term's whole lab has some fifty
_NEEDS = frozenset(("one-hot-needs-array", "one-sample-fails", "batch-fails"))
_LOGITS, _SOFTMAX_IN_LOSS = "forward-logits", "loss-softmax-again"
_TOGETHER = (
    "it goes with the file's forward pass and loss, which are right together if the one gives "
    "logits and the other takes softmax of them; the lab's forward pass gives probabilities"
)
_OF_THE_LAB = (
    "it is an exercise of chainrule's lab, and is judged where the first cell of its notebook, "
    "with `start`, stands above it"
)


def judge(desk: Desk, only: Sequence[int] | None = None) -> list[Finding]:
    """Judge the definitions on a desk.

    Args:
        desk: where the code is.
        only: places of the definitions to report on; all if it is None. Functions are judged
            in any case, since networks call them.

    Returns:
        A finding for each function and each method, in the order of the file.
    """
    wanted = range(len(desk.definitions)) if only is None else only
    judged = [place for place, d in enumerate(desk.definitions) if _is_of_lab(d)]
    passed_over = judged[:-MOST_DEFINITIONS]  # the last of a name is the one that holds
    found: dict[int, list[Finding]] = {
        place: _passed_over(desk.definitions[place]) for place in passed_over
    }
    references: dict[str, str] = {}
    for name in LAB_FUNCTIONS:
        for place, definition in enumerate(desk.definitions):
            named = definition.name.lower() == name and definition.methods is None
            if not named or place in found:
                continue
            try:
                finding, replacement = judge_function(desk, place, references)
            except SpentError as error:
                found[place] = _spent([definition.name], definition, error)
                continue
            found[place] = [finding]
            # What fails on one label or sample alone would fail in a network that is given one.
            if finding.passed and _NEEDS.isdisjoint(finding.remarks):
                references.pop(definition.name, None)
            else:
                references.update(replacement)
    for place, definition in enumerate(desk.definitions):
        if place not in wanted or place in passed_over:
            continue
        names = _names(definition)
        try:
            if definition.methods is not None:
                found[place] = judge_network(desk, place, references)
            elif definition.name in LAB_EXERCISES:
                found[place] = [_exercise(definition)]
        except SpentError as error:
            found[place] = _spent(names, definition, error)
    together = _places_together(desk.definitions, found)
    return [
        _right_together(finding) if place in together else finding
        for place in sorted(found) if place in wanted for finding in found[place]
    ]  # fmt: skip


def _places_together(
    definitions: Sequence[Definition], found: Mapping[int, Sequence[Finding]]
) -> set[int]:
    """The classes that give logits and, they or a function, take softmax of them in the loss."""
    faults = {
        place: {f for one in several for f in one.faults} for place, several in found.items()
    }
    functions = {place for place in found if definitions[place].methods is None}
    with_softmax = {place for place in functions if _SOFTMAX_IN_LOSS in faults[place]}
    classes = {
        place
        for place in found.keys() - functions
        if _LOGITS in faults[place] and (with_softmax or _SOFTMAX_IN_LOSS in faults[place])
    }
    return classes | with_softmax if classes else set()


def _exercise(definition: Definition) -> Finding:
    """What is said of an answer to the lab where its contract does not hold."""
    finding = Finding(definition.name, passed=None, reason=_OF_THE_LAB)
    if definition.problem is not None:
        finding = definition_fails(definition.name, definition.problem)
    elif "" in definition.blanks:
        finding = left_to_do(definition.name)
    return placed(finding, definition)


def _is_of_lab(definition: Definition) -> bool:
    """Whether it is judged by what the lab asks of its name, or of its methods' names."""
    functions = (*LAB_FUNCTIONS, *LAB_EXERCISES)
    return definition.methods is not None or definition.name.lower() in functions


def _names(definition: Definition) -> list[str]:
    """What is said to be judged of it: a function, or each method."""
    if definition.methods is None:
        return [definition.name]
    return [f"{definition.name}.{m}" for m in LAB_METHODS if m in definition.methods]


def _passed_over(definition: Definition) -> list[Finding]:
    reason = (
        f"the file has more functions and classes than are judged: the last {MOST_DEFINITIONS}"
    )
    return [
        placed(Finding(name, passed=None, reason=reason), definition)
        for name in _names(definition)
    ]


def _right_together(finding: Finding) -> Finding:
    """A forward pass that gives logits is right with a loss that takes softmax of them itself.

    Each alone is a mistake by the lab's contract; together they are what frameworks do.
    """
    if finding.faults not in ((_LOGITS,), (_SOFTMAX_IN_LOSS,)):
        return finding
    return Finding(finding.name, finding.definition, passed=None, reason=_TOGETHER,
                   cell=finding.cell, line=finding.line)  # fmt: skip


def _spent(names: Sequence[str], definition: Definition, error: SpentError) -> list[Finding]:
    """What is said where the code has taken all that it may: nothing that came before counts."""
    return [placed(Finding(name, passed=None, reason=str(error)), definition) for name in names]
