"""What a notebook's own process keeps of a limit on its code: nothing."""

import subprocess
import sys
import time

import pytest

from chainrule.checking.learner.limits import OutOfTime
from chainrule.checking.learner.patience import patience


def busy(seconds: float) -> None:
    """Steps of Python for some time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_what_does_not_end_is_broken_off_with_its_limit() -> None:
    with pytest.raises(OutOfTime, match=r"within 0\.05 s"), patience(0.05):
        busy(5.0)


def test_what_swallows_that_it_is_broken_off_ends_all_the_same() -> None:
    arrived = []
    with patience(0.05):
        try:
            busy(5.0)
        except BaseException as error:
            arrived.append(type(error))
    busy(0.01)  # nothing rings here
    assert arrived == [OutOfTime]


@pytest.mark.parametrize("microseconds", range(900, 1100, 4))
def test_what_rings_as_the_code_ends_never_rings_behind_it(microseconds: int) -> None:
    """The limit and the end within a few microseconds of each other, in either order."""
    try:
        with patience(0.001):
            busy(microseconds / 1e6)
    except OutOfTime as error:
        assert error.args == ("it did not end within 0.001 s",)
    busy(0.001)


@pytest.mark.parametrize("code", ["pass", "while True: pass"])
def test_a_debugger_works_in_the_process_afterwards(code: str) -> None:
    """What is left set in the interpreter holds up nothing that traces each step."""
    script = f"""
import sys
from chainrule.checking.learner.patience import patience
try:
    with patience(0.05): exec({code!r})
except BaseException as error:
    print(error)
sys.setprofile(lambda *event: None)
(lambda: None)()
print("ended")
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split()[-1] == "ended"
