"""The judge against whole files as people submit them, none made from the catalogue's formulas."""

from collections import Counter

import pytest
from syrupy.assertion import SnapshotAssertion

from bank_files import FOLDERS, REMARK, BankFile, bank, disagreements
from chainrule.checking.diagnosis import judge
from chainrule.checking.diagnosis.located import located_in
from chainrule.checking.diagnosis.wording import REMARKS
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source
from chainrule.faults import FORMULAS
from chainrule.faults._catalogue import RECORD_FAULTS
from verdict_texts import as_text


@pytest.mark.parametrize("file", bank(), ids=lambda f: f"{f.path.parent.name}/{f.path.name}")
def test_mistakes_are_named_and_nothing_else_is_blamed(
    file: BankFile, snapshot: SnapshotAssertion
) -> None:
    source = read_source(file.path)
    findings = judge(load(source))
    assert findings
    assert disagreements(file, findings) == []
    assert as_text(located_in(source, findings)) == snapshot


def test_the_bank_has_every_mistake_three_times_and_forty_right_files() -> None:
    counts: Counter[str] = Counter()
    for file in bank():
        for ids in file.expected.values():
            met = ["not-implemented"] if ids is None else ids
            counts.update(id_.removeprefix(REMARK) for id_ in met)
    known = FORMULAS.keys() - RECORD_FAULTS  # no class of the lab's has those
    assert {id_: counts[id_] for id_ in known if counts[id_] < 3} == {}
    assert counts.keys() - set(REMARKS) <= known <= counts.keys()
    assert sum(not file.expected for file in bank()) >= 40
    assert len(FOLDERS) >= 4


def test_the_files_of_the_bank_are_those_that_are_listed() -> None:
    folders = {file.path.parent for file in bank()}
    present = {p for folder in folders for p in folder.iterdir() if p.name != "expected.json"}
    assert present == {file.path for file in bank()}
