"""A finding as cards, one a mistake: its code, one sentence beside it, and the rest."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chainrule.checking.diagnosis import wording
from chainrule.checking.diagnosis.blame import Excerpt, LineVerdict, Mistake
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.hints import HINTS
from chainrule.checking.learner.desk import Problem


@dataclass(frozen=True)
class Card:
    """One mistake, or one reason why nothing could be judged.

    Attributes:
        title: what kind of mistake it is, as a sentence; "" where the sentence says all.
        excerpt: the code; None where the line is not known.
        sentence: what stands there, or where to look.
        rest: what is said to those who want to know more, sentence by sentence.
        pasted: lines that one can run to see the mistake, before all that is said of it.
        lines: the statements of the function one by one, in a table after it.
    """

    title: str
    excerpt: Excerpt | None
    sentence: str
    rest: tuple[str, ...] = ()
    pasted: tuple[str, ...] = ()
    lines: tuple[LineVerdict, ...] = ()


def cards_of(finding: Finding, hint: int) -> list[Card]:
    """What there is to tell of a function that is wrong or was not judged; else nothing.

    Args:
        finding: on the function.
        hint: how much to say, from 1 to 3.
    """
    if finding.passed:
        return []
    if finding.mistakes:
        return [_of_code(mistakes, hint) for mistakes in _in_one_place(finding.mistakes)]
    before = () if finding.symptom is None else finding.symptom.code
    if finding.faults == ("not-implemented",):
        said = [f"`{finding.name}` is not written yet.", finding.reason]
        if finding.shows is not None:
            said.append(wording.came_of(finding.shows))
        return [Card("", None, " ".join(filter(None, said)), (), before, finding.lines)]
    cards = list(_of_function(finding, hint))
    if finding.shows is not None:
        cards.insert(0, Card("", None, wording.came_of(finding.shows), (), before))
    return [*cards, Card("", None, "", lines=finding.lines)] if finding.lines else cards


def _in_one_place(mistakes: Sequence[Mistake]) -> list[list[Mistake]]:
    """The same mistake at the same place, as in several layers, together."""
    groups: dict[object, list[Mistake]] = {}
    for mistake in mistakes:
        key = (mistake.fault, mistake.file, mistake.cell, mistake.line, mistake.code)
        groups.setdefault(key, []).append(mistake)
    return list(groups.values())


def _of_code(mistakes: Sequence[Mistake], hint: int) -> Card:
    words = [wording.words_of_mistake(mistake, hint) for mistake in mistakes]
    first, excerpt = mistakes[0], mistakes[0].excerpt
    sentence = " ".join(dict.fromkeys(s for w in words for s in w.sentences))
    title = words[0].heading if first.fault else "" if sentence else "This is wrong."
    if excerpt is None:
        title = wording.of_mistake(first, 1)
    return Card(title, excerpt, sentence, words[0].reasons)


def _of_function(finding: Finding, hint: int) -> Iterator[Card]:
    """Cards of a function that was judged as a whole: its line is known if it was left there."""
    problem = finding.problem
    excerpt = None if problem is None else excerpt_of(problem)
    told = []
    if finding.reason and (problem is None or finding.reason != problem.text):
        told.append(wording.as_sentence(finding.reason, finding.name))
    if problem is not None:
        # The line stands above it.
        told.append(explain_problem(replace(problem, source="") if excerpt else problem))
    groups = wording.grouped(finding.blames)
    for slip in finding.slips:
        title, *more = wording.of_slip(slip, hint)
        yield Card(title, excerpt, " ".join([*told, *more[:1]]), tuple(more[1:]))
    for i, blames in enumerate(groups):
        words = wording.words_of_blames(finding.name, blames, hint)
        if finding.of_lab:
            words = wording.in_the_notebooks_names(words)
        sentences = [*(told if i == 0 else ()), *words.sentences] or [words.where]
        rest = words.reasons if sentences == [words.where] else (words.where, *words.reasons)
        shown = excerpt if i == 0 else None
        shown = shown or next((blame.excerpt for blame in blames if blame.excerpt), None)
        yield Card(words.heading, shown, " ".join(sentences), rest)
    if not groups and not finding.slips:
        rest = tuple(_without_a_name(finding, hint))
        if told or rest:
            yield Card("", excerpt, " ".join(told), rest)


def _without_a_name(finding: Finding, hint: int) -> Iterable[str]:
    """What there is to say where no mistake is known by name or in words."""
    if finding.symptom is not None:
        right = wording.right_form(finding.name) if hint == HINTS[-1] else ()
        return map(finding.in_its_names, right)
    if finding.passed is None:
        return ()
    return wording.without_a_name(finding.name, finding.shown(hint), finding.actual, hint)


def excerpt_of(problem: Problem) -> Excerpt | None:
    """The line that an exception left, with the name in it that was not found."""
    source = problem.source
    if not source.strip() or not problem.line:
        return None
    name = re.search(rf"\b{re.escape(problem.name)}\b", source) if problem.name else None
    start, end = name.span() if name else (0, len(source))
    return Excerpt((source,), problem.line, start, end, problem.cell)
