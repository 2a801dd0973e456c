"""Right code of other ways of writing, and code that is not written yet: neither is called wrong.

The first line of each file in `cases` says what each name is to be: right, right with a remark,
not written yet, not judged, or wrong. A line `# Net.forward says: …` has words of what is said of
it, `# Net.forward at: …` the line of code that it points at.
"""

import re
from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from chainrule.checking.diagnosis.located import located_in
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))


def expected_of(path: Path) -> dict[str, str]:
    """What the first line says, by name: `# right: sigmoid; not written: nll, Net.forward`."""
    first = path.read_text("utf-8").split("\n", 1)[0]
    expected = {}
    for said in first.removeprefix("# ").split("; "):
        verdict, names = said.split(": ")
        expected.update(dict.fromkeys(re.split(r", ", names), verdict))
    return expected


def verdict_of(finding: Finding) -> str:
    if finding.passed:
        return "remark" if finding.remarks else "right"
    if finding.passed is False:
        return "wrong"
    return "not written" if finding.faults == ("not-implemented",) else "not judged"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_right_or_not_written_is_never_accused(path: Path) -> None:
    findings = judge(load(read_source(path)))
    assert {f.name: verdict_of(f) for f in findings} == expected_of(path)


SAID = [
    (path, *said)
    for path in CASES
    for said in re.findall(r"^# (\S+) (says|at): (.*)$", path.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize(("path", "name", "what", "text"), SAID)
def test_what_is_wrong_is_said_where_it_stands(
    path: Path, name: str, what: str, text: str
) -> None:
    source = read_source(path)
    (finding,) = (f for f in located_in(source, judge(load(source))) if f.name == name)
    if what == "says":
        assert text in finding.message(1)
    else:
        lines = path.read_text("utf-8").splitlines()
        assert lines[(finding.line or 0) - 1].strip() == text
