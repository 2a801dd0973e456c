"""A sigmoid that falls, and goes back as one that rises: the signs are wrong by that."""

from collections.abc import Iterable, Sequence

from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record.judged import Judged

_SIGNS = frozenset(["grad-output-sign", "train-sign"])
_FALLS = "sigmoid-sign"


def falling(findings: Iterable[Finding], judged: Sequence[Judged]) -> Finding | None:
    """The finding on such a sigmoid, if it alone explains which gradients have a wrong sign."""
    faults = {m.fault for one in judged for m in one.mistakes}
    if not faults or faults - _SIGNS or len(judged) > 1:
        return None
    one = judged[0].judgement
    return next(
        (f for f in findings if _FALLS in f.faults and _turns_what_is_wrong(one, f.name)), None
    )


def _turns_what_is_wrong(one: Judgement, name: str) -> bool:
    """Whether a function turns the signs of the gradients that go uphill, and of no others.

    It does where an odd number of its results lie on the way from a parameter to the loss.
    """
    runs = one.runs
    results = [
        n for n in one.adjoints[0].reached
        if _home(one, n) == name
        and not any(_home(one, user) == name for user in runs.users[n])
    ]  # fmt: skip
    return all(
        sum(runs.depends[n] >> runs.chain[group.number] & 1 for n in results) % 2
        == ((one.factors[group.number] or 0) < 0)
        for group in one.groups
    )


def _home(one: Judgement, number: int) -> str:
    codes = one.runs.code(number)
    return codes[0].function if codes else ""
