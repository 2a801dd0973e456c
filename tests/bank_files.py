"""The bank: whole learner files, and what is to be found in each."""

import json
from pathlib import Path
from typing import NamedTuple

from chainrule.checking.diagnosis import Finding

BANK = Path(__file__).parent / "bank"
REMARK = "remark: "  # before the id of what is worth a word where nothing is wrong
FOLDERS = tuple(sorted(path.name for path in BANK.iterdir() if path.is_dir()))


class BankFile(NamedTuple):
    """One learner's file.

    Attributes:
        path: of the file.
        expected: ids by name, or None where there is nothing to judge; what is not in it is right.
            An id after "remark: " is one that is right, with this remark.
    """

    path: Path
    expected: dict[str, list[str] | None]


def bank(*folders: str) -> list[BankFile]:
    """The files of these folders, or of all."""
    found = []
    for folder in folders or FOLDERS:
        expected = json.loads((BANK / folder / "expected.json").read_text("utf-8"))
        found += [BankFile(BANK / folder / name, expected[name]) for name in sorted(expected)]
    return found


def disagreements(file: BankFile, findings: list[Finding]) -> list[str]:
    """What was found otherwise than expected: a sentence for each name."""
    found: dict[str, Finding] = {}
    for each in findings:
        number = "" if each.definition == 1 else f"#{each.definition}"
        found[f"{each.name}{number}"] = each
    said = []
    for name in sorted({*found, *file.expected}):
        finding, wanted = found.get(name), file.expected.get(name, [])
        if finding is None:
            said.append(f"{name}: not found, expected {wanted}")
        elif wanted is None:
            if finding.passed is not None:
                said.append(f"{name}: {finding.faults}, expected nothing to judge")
        else:
            faults = tuple(sorted(id_ for id_ in wanted if not id_.startswith(REMARK)))
            remarks = {id_.removeprefix(REMARK) for id_ in wanted if id_.startswith(REMARK)}
            judged = finding.passed is (not faults) and finding.faults == faults
            if not judged or not remarks <= set(finding.remarks):
                seen = (finding.passed, finding.faults, finding.remarks)
                said.append(f"{name}: {seen}, expected {wanted}")
    return said
