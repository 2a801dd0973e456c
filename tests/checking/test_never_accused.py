"""Right code of other ways of writing, and code that is not written yet: neither is called wrong.

The first line of each file in `cases` says what each name is to be: right, right with a remark,
not written yet, not judged, or wrong.
"""

import re
from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
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
