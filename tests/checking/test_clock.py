"""The limit on a learner's time, and imports that it breaks off."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.clock import Clock, WatchedImports
from chainrule.checking.learner.remote import RemoteDesk
from chainrule.checking.learner.running import FileDesk, load
from chainrule.checking.learner.source import read_source
from learner_files import call, listed, value, write_module

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs alarm signals")

HELPER = "import helper_part\nFIRST = 1\nimport time\n{middle}\ndef double(X): return 2 * X\n"
SLEEPS = "time.sleep(60)"
WORKS = "end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
GOES_ON = "try: time.sleep(60)\nexcept BaseException: pass"
LAB = """
from helper_of_lab import FIRST
from helper_of_lab import double
import helper_part
def softmax(X): return double(X) + FIRST
def sigmoid(X): return 1 / (1 + X)
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Path]]:
    """A folder for the learner's file, and one for packages; what is imported goes afterwards."""
    before, handler = set(sys.modules), signal.getsignal(signal.SIGALRM)
    lab, installed = tmp_path / "lab", tmp_path / "installed"
    for folder in (lab, installed):
        folder.mkdir()
        monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield lab, installed
    signal.signal(signal.SIGALRM, handler)
    for name in set(sys.modules) - before:
        del sys.modules[name]


def watched(lab: Path, monkeypatch: pytest.MonkeyPatch, text: str, clock: Clock) -> FileDesk:
    monkeypatch.setattr(sys, "meta_path", [WatchedImports(clock, lab), *sys.meta_path])
    return load(read_source(write_module(lab / "lab.py", text)), clock.around)


@pytest.mark.parametrize("middle", [SLEEPS, GOES_ON])
def test_nothing_is_left_of_an_import_that_was_broken_off(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, middle: str
) -> None:
    lab, _ = folders
    write_module(lab / "helper_of_lab.py", HELPER.format(middle=middle))
    write_module(lab / "helper_part.py", "PART = 1\n")
    text = LAB.replace("import helper_part\n", "")
    desk = watched(lab, monkeypatch, text, Clock(Budget(10), 0.2))
    assert not {"helper_of_lab", "helper_part"} & set(sys.modules)
    softmax, sigmoid = judge(desk)
    assert softmax.passed is None
    why = "importing helper_of_lab was broken off: it did not end within 0.2 s"
    assert why in softmax.reason
    assert sigmoid.passed is False  # which it is: the rest is judged


def test_installed_packages_are_not_charged_to_the_learner(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, installed = folders
    write_module(installed / "helper_of_lab.py", HELPER.format(middle=WORKS))
    write_module(installed / "helper_part.py", f"import time\n{WORKS}\n")
    write_module(lab / "beside.py", "from helper_of_lab import double\n")
    text = LAB + "from beside import double as twice\ndef nll(a, b): return twice(a)\n"
    desk = watched(lab, monkeypatch, text, Clock(Budget(0.6), 60))
    assert listed(desk) == ["softmax", "sigmoid", "nll"]
    assert value(call(desk, "softmax", 3.0)) == 7.0
    assert value(call(desk, "nll", 3.0, 1.0)) == 6.0


def test_an_installed_package_has_a_limit_of_its_own(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, installed = folders
    write_module(installed / "helper_of_lab.py", HELPER.format(middle="while True: pass"))
    write_module(installed / "helper_part.py", "PART = 1\n")
    clock = Clock(Budget(5), 60, importing=0.3)
    desk = watched(lab, monkeypatch, LAB.replace("import helper_part\n", ""), clock)
    assert not {"helper_of_lab", "helper_part"} & set(sys.modules)
    problem = call(desk, "softmax", 3.0).problem
    assert problem is not None
    assert "broken off: it did not end within 0.3 s" in problem.text
    assert clock.budget.spent < 1  # what the learner wrote is not charged for it


def test_an_import_within_a_function_is_not_charged_either(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, installed = folders
    write_module(installed / "helper_of_lab.py", HELPER.format(middle=WORKS))
    write_module(installed / "helper_part.py", "")
    text = "def softmax(X):\n    from helper_of_lab import double\n    return double(X)\n"
    desk = watched(lab, monkeypatch, text, Clock(Budget(0.6), 60))
    assert value(call(desk, "softmax", 3.0)) == 6.0


def test_code_that_goes_on_after_its_time_has_not_ended_in_time(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "def softmax(X):\n    try:\n        while True: pass\n    except: return X\n"
    desk = watched(folders[0], monkeypatch, text, Clock(Budget(0.4), 60))
    problem = call(desk, "softmax", 3.0).problem
    assert problem is not None
    assert (problem.kind, problem.text) == ("OutOfTime", "it did not end within 0.2 s")


def test_the_process_of_a_file_says_which_import_was_broken_off(tmp_path: Path) -> None:
    write_module(tmp_path / "helper_of_lab.py", HELPER.format(middle=SLEEPS))
    write_module(tmp_path / "helper_part.py", "PART = 1\n")
    with RemoteDesk(write_module(tmp_path / "lab.py", LAB), Budget(1)) as desk:
        softmax, sigmoid = judge(desk)
    assert "importing helper_of_lab was broken off" in softmax.reason
    assert (softmax.passed, sigmoid.passed) == (None, False)
