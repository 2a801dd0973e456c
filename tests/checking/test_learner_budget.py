"""One budget for all code of a file: what it takes is charged; running out accuses nobody."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.remote import RemoteDesk
from learner_files import FUNCTIONS, NETWORK, write_module

BUSY = "end = time.process_time() + {seconds}\n    while time.process_time() < end: pass\n"


def test_all_code_of_a_file_has_one_budget(tmp_path: Path) -> None:
    busy = BUSY.format(seconds=0.2)
    text = FUNCTIONS.replace("import numpy as np", "import numpy as np, time")
    path = write_module(tmp_path / "a.py", text.replace("):\n    ", f"):\n    {busy}    "))
    budget = Budget(1)
    with RemoteDesk(path, budget) as desk:
        findings = judge(desk)
    assert {finding.passed for finding in findings} <= {True, None}
    assert budget.spent < 1.5  # with what was under way at the end


def test_nothing_is_judged_once_the_budget_is_spent(tmp_path: Path) -> None:
    budget = Budget(4)
    with RemoteDesk(write_module(tmp_path / "a.py", FUNCTIONS + NETWORK), budget) as desk:
        budget.charge(4)
        findings = judge(desk)
    assert {finding.passed for finding in findings} == {None}
    assert {finding.reason for finding in findings} == {"the file's code had taken its 4 s before"}
    assert findings[-1].name == "NeuralNet.accuracy"


def test_definitions_are_charged(tmp_path: Path) -> None:
    budget = Budget(4)
    methods = "    def forward(self, X): pass\n    def loss(self, X): pass\n"
    text = f"import time\nclass Net:\n{methods}    {BUSY.format(seconds=0.5)}"
    with RemoteDesk(write_module(tmp_path / "a.py", text), budget) as desk:
        assert len(desk.definitions) == 1
    assert 0.4 < budget.spent < 1.5


@pytest.mark.parametrize("body", ["while True: pass", "time.sleep(100)", "os._exit(1)"])
def test_a_method_that_runs_into_a_limit_is_not_called_wrong(tmp_path: Path, body: str) -> None:
    text = FUNCTIONS.replace("import numpy as np", "import numpy as np, os, time")
    network = NETWORK.replace(
        "    def predict(self, X):", f"    def predict(self, X):\n        {body}"
    )
    with RemoteDesk(write_module(tmp_path / "a.py", text + network), Budget(1)) as desk:
        findings = {finding.name: finding.passed for finding in judge(desk)}
    assert findings.pop("NeuralNet.predict") is None
    assert findings.pop("NeuralNet.accuracy") is not False
    assert set(findings.values()) == {True}
