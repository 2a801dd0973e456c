"""A one_hot that takes something else than the number of classes and the labels."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from learner_files import module


@pytest.mark.parametrize(
    ("code", "passed"),
    [
        ("def one_hot(y):\n    return np.eye(np.max(y) + 1)[y]", True),
        ("def one_hot(y):\n    return np.eye(10)[y].T", True),
        ("def one_hot(y):\n    return 2 * np.eye(10)[y]", None),
        ("def one_hot(a, b, c):\n    return np.eye(10)[a]", None),
    ],
)
def test_labels_alone_are_right_or_not_judged(
    code: str, passed: bool | None, tmp_path: Path
) -> None:
    (finding,) = judge(module(tmp_path, f"import numpy as np\n{code}\n"))
    assert (finding.passed, finding.faults) == (passed, ())
    assert ("other arguments" in finding.reason) == (passed is None)


def test_what_takes_arrays_alone_is_right_with_a_remark(tmp_path: Path) -> None:
    code = "def one_hot(n, y):\n    return np.eye(n)[y.astype(int)]"
    (finding,) = judge(module(tmp_path, f"import numpy as np\n{code}\n"))
    assert (finding.passed, finding.remarks) == (True, ("one-hot-needs-array",))
