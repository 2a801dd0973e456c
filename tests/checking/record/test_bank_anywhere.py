"""Code that people write, in no shape of a lab: what is said of each file's training.

`expected.json` gives for each file the lines on one of which its mistake stands (none for a right
file), and its verdict: "wrong", "right", "wrong elsewhere" where the line is another of the same
function, or "not judged yet" where that is not reached. What is not reached must still accuse
nothing right, and pass nothing wrong.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from chainrule.checking.diagnosis import Finding
from chainrule.checking.record.findings import with_training
from verdict_texts import as_text

BANK = Path(__file__).parents[2] / "bank_anywhere"
EXPECTED: dict[str, dict[str, Any]] = json.loads((BANK / "expected.json").read_text("utf-8"))


def training(name: str) -> tuple[Finding, ...]:
    """What is said of a file's training alone."""
    return with_training(BANK / name, [], draw=True)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_gets_what_it_should(name: str, snapshot: SnapshotAssertion) -> None:
    lines, verdict = EXPECTED[name]["lines"], EXPECTED[name]["verdict"]
    findings = training(name)
    assert findings
    wrong = [mistake.line for finding in findings for mistake in finding.mistakes]
    if verdict == "wrong":
        assert set(wrong) & set(lines)
    elif verdict == "wrong elsewhere":
        assert wrong
    elif verdict == "right":
        assert not wrong
        assert any(finding.passed for finding in findings)
    else:  # what was not looked at is said
        assert bool(wrong) <= bool(lines)
        assert any(finding.passed is None and finding.reason for finding in findings)
    assert as_text(findings) == snapshot


def test_the_files_are_those_that_are_listed() -> None:
    assert {str(p.relative_to(BANK)) for p in BANK.rglob("*.py")} == set(EXPECTED)
