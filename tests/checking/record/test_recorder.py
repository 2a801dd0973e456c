"""Runs of a file in processes of their own: what one does costs no other."""

from pathlib import Path

from chainrule.checking.learner.budget import Budget
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.recorder import Recorder, Run
from chainrule.checking.record.table import Table
from recorded_runs import source_of

ENDS_ITSELF = """\
import os
import numpy as np
X = np.load("samples.npy")
if X.shape[1] == 3:
    os._exit(3)
W = np.random.randn(X.shape[1], 2)
"""


def test_a_run_that_ends_its_process_leaves_the_others(tmp_path: Path) -> None:
    path = source_of(tmp_path, ENDS_ITSELF).path
    runs = [Run(Form(inputs=inputs)) for inputs in (3, 3, 3, 3, 4, 5)]
    budget = Budget()
    with Recorder(path, budget) as recorder:
        found = recorder.record(runs)
    assert [isinstance(one, Table) for one in found] == [False] * 4 + [True] * 2
    assert all("exit code 3" in str(one) for one in found if isinstance(one, NotJudgedError))
    assert not budget.is_spent
