"""Code that people write, in no shape of a lab: what is said of each file's training.

`expected.json` gives for each file the lines on one of which its mistake stands (none for a right
file), and its verdict: "wrong", "right", or "not judged yet" where that is not reached. What is
not reached must still accuse nothing right, and pass nothing wrong.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.checking.record._runs import NotJudgedError
from chainrule.checking.record.findings import judge_training
from chainrule.checking.record.judge import Judged

BANK = Path(__file__).parents[2] / "bank_anywhere"
EXPECTED: dict[str, dict[str, Any]] = json.loads((BANK / "expected.json").read_text("utf-8"))


def training(name: str) -> Judged | None:
    try:
        return judge_training(BANK / name)
    except NotJudgedError:
        return None


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_gets_what_it_should(name: str) -> None:
    lines, verdict = EXPECTED[name]["lines"], EXPECTED[name]["verdict"]
    judged = training(name)
    if verdict == "not judged yet":
        if judged is not None:
            assert bool(judged.mistakes) is bool(lines)
        return
    assert judged is not None
    assert bool(judged.mistakes) is (verdict == "wrong")
    assert not lines or {m.code.line for m in judged.mistakes} & set(lines)


def test_the_files_are_those_that_are_listed() -> None:
    assert {str(p.relative_to(BANK)) for p in BANK.rglob("*.py")} == set(EXPECTED)
