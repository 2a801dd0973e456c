"""Files side by side: whatever one does, the others are judged, and nothing is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule.checking import batch
from chainrule.checking.batch import Outcome, Terms, judge_files
from chainrule.checking.learner import nursery, process
from learner_files import FUNCTIONS, write_module

pytestmark = [
    pytest.mark.skipif(not process.FORKS, reason="elsewhere each process starts by itself"),
]
HOSTILE = """\
import os, signal, time
import numpy as np

def parent(pid):
    with open(f"/proc/{{pid}}/status") as lines:
        return int(next(line for line in lines if line.startswith("PPid")).split()[1])

def softmax(X):
    {body}
    return X
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary ones, and a nursery of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    process.close_nursery()
    yield folder
    process.close_nursery()


def test_a_nursery_has_a_session_of_its_own() -> None:
    """Ctrl-C in the terminal is for the command, which ends the nursery when it is ready."""
    pid = process.nursery()._process.pid
    assert os.getsid(pid) == pid != os.getsid(0)


@pytest.mark.parametrize("forks", [True, False])
def test_what_judges_is_compiled_once_and_nothing_is_written_beside_a_file(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forks: bool
) -> None:
    """An installer may leave the compiling to the first run; a learner's folder stays as it is."""
    monkeypatch.setattr(process, "FORKS", forks)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "compiled"))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    folder = tmp_path / "learner"
    folder.mkdir()
    (folder / "helper.py").write_text("ONE = 1\n", encoding="utf-8")
    lab = write_module(folder / "lab.py", f"import helper\n{FUNCTIONS}")
    (outcome,) = judge_files([lab], 1, Terms())
    assert outcome.is_judged
    compiled = {path.name.partition(".")[0] for path in (tmp_path / "compiled").rglob("*.pyc")}
    assert {"file", "judge", "child", "nursery"} <= compiled
    assert "helper" not in compiled
    assert not list(folder.rglob("*.pyc"))


def judged(tmp_path: Path, body: str, timeout: float = 2, jobs: int = 2) -> list[Outcome]:
    """What became of a hostile file between two others."""
    paths = [
        write_module(tmp_path / "a.py", FUNCTIONS),
        write_module(tmp_path / "b.py", HOSTILE.format(body=body)),
        write_module(tmp_path / "c.py", FUNCTIONS),
    ]
    return list(judge_files(paths, jobs, Terms(timeout)))


def are_right(outcome: Outcome) -> bool:
    return len(outcome.results) == 5 and all(r["passed"] for r in outcome.results)


ENDS = {
    "itself": "os.kill(os.getpid(), {signal})",
    "its nursery": "os.kill(os.getppid(), {signal})",
    "its judge": "os.kill(parent(os.getppid()), {signal})",
    "the nursery of all": "os.kill(parent(parent(os.getppid())), {signal})",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGSTOP", "SIGKILL", "SIGTERM"])
@pytest.mark.parametrize("whom", ENDS)
def test_a_signal_to_any_process_costs_one_file(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whom: str, name: str
) -> None:
    monkeypatch.setattr(batch, "_JUDGING", 10.0)
    monkeypatch.setattr(nursery, "_ANSWER", 5.0)
    outcomes = judged(tmp_path, ENDS[whom].format(signal=f"signal.{name}"))
    assert [are_right(outcome) for outcome in outcomes] == [True, False, True]
    assert not outcomes[1].error
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_judge_that_ends_is_tried_once_more_and_then_said(
    temporary: Path, tmp_path: Path, jobs: int
) -> None:
    mark = tmp_path / "marks"
    mark.mkdir()
    end = ENDS["its judge"].format(signal="signal.SIGKILL")
    body = f"os.mkdir({str(mark)!r} + '/' + str(os.getpid())); {end}"
    outcomes = judged(tmp_path, body, jobs=jobs)
    assert [are_right(outcome) for outcome in outcomes] == [True, False, True]
    (result,) = outcomes[1].results
    assert (result["name"], result["passed"]) == ("file", None)
    assert result["message"] == "It could not be judged: the process that judged it was ended."
    assert len(list(mark.iterdir())) == 2


def test_a_judge_that_takes_too_long_is_not_waited_for(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_JUDGING", 8.0)
    monkeypatch.setattr(batch, "WALL", 0)
    outcomes = judged(tmp_path, "time.sleep(60)", timeout=10)
    assert [are_right(outcome) for outcome in outcomes][::2] == [True, True]
    (result,) = outcomes[1].results
    assert result["message"] == "It could not be judged: judging it did not end within 8 s."


ESCAPES = """
    import subprocess
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", {seconds!r}])
            os._exit(0)
    subprocess.Popen(["sleep", {seconds!r}], start_new_session=True)"""


def sleepers(seconds: str) -> set[int]:
    """Processes that sleep for so many seconds."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                found.add(int(folder.name))
    return found


def wait_until(is_so: object, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    assert callable(is_so)
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(is_so())


def test_what_leaves_its_session_ends_with_the_file(temporary: Path, tmp_path: Path) -> None:
    seconds = f"1000.{os.getpid()}1"
    outcomes = judged(tmp_path, ESCAPES.format(seconds=seconds))
    assert [are_right(outcome) for outcome in outcomes] == [True, False, True]
    assert wait_until(lambda: not sleepers(seconds), 5)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("stops", [False, True])
def test_everything_ends_with_the_command_however_it_ends(
    tmp_path: Path, name: str, stops: bool
) -> None:
    seconds = f"1000.{os.getpid()}2"
    mark = tmp_path / "mark"  # of the first call having done all that it does
    body = ESCAPES.format(seconds=seconds)
    if stops:
        body += "\n    os.kill(os.getppid(), signal.SIGSTOP)"
    body += f"\n    open({str(mark)!r}, 'w').close()"
    if not stops:
        body += "\n    time.sleep(60)"
    write_module(tmp_path / "b.py", HOSTILE.format(body=body))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "check", str(tmp_path / "b.py")],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert wait_until(mark.exists, 60)
    assert wait_until(lambda: len(sleepers(seconds)) >= 4)
    command.send_signal(getattr(signal, name))
    command.wait()
    assert wait_until(lambda: not sleepers(seconds))
    assert wait_until(lambda: not list(temporary.iterdir()))


FOLDERS = {
    "closed": "os.makedirs('a/b/c'); os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)",
    "deep": "[(os.mkdir('a'), os.chdir('a')) for _ in range(1500)]",
    "many": "[os.mkdir(str(i)) for i in range(3000)]",
    "oddly named": r"os.makedirs('a\nb/\udcff/\x1b[31m'); os.symlink('/', 'a\nb/root')",
    "replaced by a link": "os.rename(os.getcwd(), os.getcwd() + 'x'); "
    "os.symlink({keep!r}, os.getcwd()[:-1])",
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_temporary_folders_go_whatever_is_in_them(
    temporary: Path, tmp_path: Path, kind: str
) -> None:
    keep = tmp_path / "keep"
    (keep / "inner").mkdir(parents=True)
    outcomes = judged(tmp_path, FOLDERS[kind].format(keep=str(keep)), timeout=10)
    assert [are_right(outcome) for outcome in outcomes] == [True, False, True]
    assert outcomes[1].results[0]["name"] == "softmax"
    assert list(temporary.iterdir()) == []
    assert (keep / "inner").is_dir()
