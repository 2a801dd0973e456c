"""Whether the tests notice a mutation: those that execute its line are run, the quickest first."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mutantlib.concerned import Map
from mutantlib.copies import CHECKOUT, Copy
from mutantlib.operators import Mutation

KILLED, SURVIVED, NOT_RUN = "killed", "survived", "not executed"
_BATCHES = (10.0, 60.0)  # seconds that the first batches of tests take; the last has the rest
_MOST_AT_FIRST = 60  # tests of the first batch
_LOADING = 120.0  # seconds that pytest may take to begin, on a machine that is busy
_PATIENCE = 10.0  # times what the tests took when nothing was changed
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)


Shared = tuple[str, float]  # the fixtures that a test shares: its file, and their seconds


@dataclass(frozen=True)
class Verdict:
    """What became of a mutation.

    Attributes:
        name: of the mutation.
        line: on which it stood.
        outcome: killed, survived, or not executed by any test.
        by: the test that failed, or what else happened.
        tests: how many were run, or would have been.
        left: how many tests of the line were not run since they take too long.
    """

    name: str
    line: int
    outcome: str
    by: str
    tests: int
    left: int

    def as_json(self) -> dict[str, Any]:
        """For a line of the file of results."""
        return asdict(self)


class Judge:
    """Runs the tests that concern a mutation."""

    def __init__(self, known: Map, seconds: float) -> None:
        """Choose among these tests as many as took so many seconds."""
        self._map, self._seconds = known, seconds
        self._places = {test: place for place, test in enumerate(known.tests)}

    def judge(self, mutation: Mutation, copy: Copy) -> Verdict:
        """Apply the mutation in a copy, and run tests until one fails."""
        text = (CHECKOUT / mutation.module).read_bytes()
        batches, left = self._batches(mutation, text)
        number = sum(map(len, batches))
        outcome, by = (SURVIVED if number else NOT_RUN), ""
        copy.write(mutation.module, mutation.apply(text))
        try:
            for batch in batches:
                if killer := self._killer(batch, copy):
                    outcome, by = KILLED, killer
                    break
        finally:
            copy.write(mutation.module, text)
        return Verdict(mutation.name, mutation.line, outcome, by, number, left)

    def _batches(self, mutation: Mutation, text: bytes) -> tuple[list[list[str]], int]:
        """The tests in the order in which they are run, and how many of the line are left out."""
        of_the_line, of_the_module = self._map.concerned(mutation.module, mutation.line, text)
        batches: list[list[str]] = [[]]
        shared: set[Shared] = set()
        spent, left = 0.0, 0
        limits = [*_BATCHES]
        for test in [*of_the_line, *of_the_module]:
            name = self._map.tests[test]
            seconds = self._seconds_of(name, shared)
            if spent + seconds > self._seconds:
                left += test in of_the_line
                continue
            full = len(batches) == 1 and len(batches[0]) == _MOST_AT_FIRST
            if batches[-1] and (full or (limits and spent > limits[0])):
                batches.append([])
                limits = limits[1:]
            batches[-1].append(name)
            shared.add(self._shared(name))
            spent += seconds
        return [batch for batch in batches if batch], left

    def _shared(self, test: str) -> Shared:
        return _file(test), float(self._map.shared[self._places[test]])

    def _seconds_of(self, test: str, before: Collection[Shared]) -> float:
        """What it takes where these fixtures have been made before."""
        shared = self._shared(test)
        return float(self._map.seconds[self._places[test]]) + (
            0.0 if shared in before else shared[1]
        )

    def _killer(self, tests: Sequence[str], copy: Copy) -> str:
        """The first test that fails twice; nothing if there is none."""
        arguments = ("-p", "mutantlib.twice", "-x", "-q", "--tb=no", *sorted_by_file(tests))
        ran = copy.pytest(*arguments, seconds=self._limit(tests))
        if ran.code == 0:
            return ""
        if ran.code is None:
            return "it takes too long"
        return next(_failures(ran.output, tests), f"pytest ends with {ran.code}")

    def _limit(self, tests: Sequence[str]) -> float:
        shared: set[Shared] = set()
        spent = 0.0
        for test in tests:
            spent += self._seconds_of(test, shared)
            shared.add(self._shared(test))
        return _LOADING + _PATIENCE * spent


def _file(test: str) -> str:
    return test.split("::", maxsplit=1)[0]


def sorted_by_file(tests: Sequence[str]) -> list[str]:
    """The tests of a file together, in the order in which the files appear."""
    files = list(dict.fromkeys(_file(test) for test in tests))
    return sorted(tests, key=lambda test: files.index(_file(test)))


def _failures(output: str, tests: Sequence[str]) -> Iterator[str]:
    """The tests that failed, as pytest lists them at the end."""
    for match in _FAILED.finditer(output):
        known = [test for test in tests if match[0].split(" ", 1)[1].startswith(test)]
        yield max(known, key=len) if known else match[1]
