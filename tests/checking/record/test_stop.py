"""A file whose run ends before its training is seen: why nothing is said of it."""

from pathlib import Path

import pytest

from chainrule.checking.learner.budget import Budget
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.recorder import Recorder, whole_runs
from public_networks import SCRIPT
from recorded_runs import judged, source_of

HEAD = "import numpy as np\nA = np.random.randn(3, 4)\n"
WHY = {
    "exit": ("exit()", "`exit()` ends the whole program"),
    "memory": ("B = np.empty(1 << 36, dtype=np.int64)", "this needs more memory than there is"),
    "reading": ("import os; os.stat('x')", "it opens 'x', which is not here"),
    "shapes": ("B = A @ A", "the shapes do not fit for a matrix product: (3, 4) · (3, 4)"),
    "a name": ("B = a + 1", "there is no `a` here. Did you mean `A`?"),
    "an array that is not recorded": ("B = np.ndarray(4)\nB[:] = A[0]", "not recorded"),
    "a long loop": ("while True: pass", "took too long"),
    "a step that is not taken": ("X, t = np.random.randn(5, 3), np.random.randn(5, 4)\n"
                                 "while True:\n    d = X @ A - t\n    g = X.T @ d",
                                 "no parameter changed by a gradient"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "why"), WHY.values(), ids=WHY.keys())
def test_what_ended_a_run_is_said_in_words(tmp_path: Path, body: str, why: str) -> None:
    path = source_of(tmp_path, f"{HEAD}{body}\n").path
    with Recorder(path, Budget(4.0)) as recorder, pytest.raises(NotJudgedError) as error:
        next(whole_runs(recorder))
    assert why in str(error.value)
    for internal in ("ComplexWarning", "EnoughSeen", "_ArrayMemoryError", "Errno"):
        assert internal not in str(error.value)


def test_where_a_file_runs_through_its_training_nothing_is_said_of_what_ended_other_runs(
    tmp_path: Path,
) -> None:
    text = (
        "import numpy as np\nfrom loaders import get\nX, y = get()\nW = np.random.randn(5, 3)\n"
        "for i in range(9):\n    W -= 0.1 * X.T @ (X @ W - np.eye(3)[y])\n"
    )
    with Recorder(source_of(tmp_path, text).path) as recorder:
        forms = [whole.run.form for whole in whole_runs(recorder)]
    assert {(form.inputs, form.classes) for form in forms} == {(5, 3)}


def test_a_notebook_displays_without_an_import(tmp_path: Path) -> None:
    cells = "# %%\n".join(["import numpy as np\ndisplay(np.zeros(3))\n", SCRIPT])
    assert judged(tmp_path, cells).mistakes == ()
