"""A learner's file in a process of its own: limits, ends, attacks; and what is said of them."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking.learner import budget, remote
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.desk import Call, Problem, Reply, Request, SpentError
from chainrule.checking.learner.remote import RemoteDesk
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source
from chainrule.errors import ChainruleError
from learner_files import FUNCTIONS, NETWORK, write_module, write_notebook

X = np.array([[1.0, 2.0], [0.5, -1.0]])
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs alarm signals and limits")


def call(desk: RemoteDesk, name: str, *args: Any) -> Reply:
    place = [definition.name for definition in desk.definitions].index(name)
    (reply,) = desk.ask([Request(place, (Call("", args),))])
    return reply


def problem_of(desk: RemoteDesk, name: str, *args: Any) -> Problem:
    problem = call(desk, name, *args).problem
    assert problem is not None
    return problem


def file_with(
    tmp_path: Path, body: str, before: str = "import numpy as np, os, sys, time"
) -> Path:
    """A module whose softmax does something, beside a right sigmoid."""
    right = "def sigmoid(X):\n    return 1 / (1 + np.exp(-X))\n"
    return write_module(tmp_path / "lab.py", f"{before}\ndef softmax(X):\n    {body}\n{right}")


def assert_sigmoid_works(desk: RemoteDesk) -> None:
    reply = call(desk, "sigmoid", np.zeros(3))
    assert reply.problem is None
    np.testing.assert_array_equal(reply.results[0][""], [0.5] * 3)


def test_it_answers_as_the_desk_in_this_process_does(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", [FUNCTIONS, "net.train(", NETWORK])
    local = load(read_source(path))
    place = len(local.definitions) - 1
    requests = [
        Request(0, (Call("", (3, np.array([0, 2]))),)),
        Request(
            place,
            (Call("loss", (X, np.array([0, 2]))),),
            sizes=(2, 4, 3),
            state={"W_h": np.ones((2, 4)), "W_o": np.ones((4, 3))},
            slopes=("W_h",),
            want_state=True,
        ),
        Request(
            place,
            (Call("forward", (X[0],)), Call("nowhere", ())),
            sizes=(2, 4, 3),
            state={"W_h": np.ones((2, 4)), "W_o": np.eye(4)[:, :3]},
        ),
    ]
    with RemoteDesk(path) as desk:
        assert desk.definitions == tuple(local.definitions)
        assert desk.notes == local.notes
        for theirs, ours in zip(desk.ask(requests), local.ask(requests), strict=True):
            assert theirs.problem == ours.problem
            assert theirs.warned == ours.warned
            np.testing.assert_equal(theirs.results, ours.results)
            np.testing.assert_equal(theirs.state, ours.state)
            np.testing.assert_equal(theirs.slopes, ours.slopes)
            np.testing.assert_equal(dict(theirs.entered), dict(ours.entered))


def test_a_helper_beside_the_file_is_found(tmp_path: Path) -> None:
    write_module(tmp_path / "my_helper.py", "def double(X): return 2 * X\n")
    path = write_module(
        tmp_path / "lab.py",
        "from my_helper import double\ndef softmax(X): return double(X)\n"
        "def sigmoid(X):\n    import my_helper\n    return my_helper.double(X)\n",
    )
    with RemoteDesk(path) as desk:
        assert call(desk, "softmax", 2.0).results[0][""] == 4.0
        assert call(desk, "sigmoid", 2.0).results[0][""] == 4.0
    assert not (tmp_path / "__pycache__").exists()


@posix
@pytest.mark.parametrize(
    ("body", "wall", "limit"),
    [
        ("while True: pass", 60, "0.5"),
        ("time.sleep(1000)", 10, "2"),
        ("while True:\n        try: pass\n        except Exception: pass", 60, "0.5"),
    ],
)
def test_what_does_not_end_is_interrupted_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, wall: int, limit: str
) -> None:
    monkeypatch.setattr(budget, "WALL", wall)  # a busy machine must not be what ends a loop
    with RemoteDesk(file_with(tmp_path, body), Budget(1)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert (problem.kind, problem.function) == ("TimeoutError", "softmax")
        assert problem.text == f"it did not end within {limit} s"
        assert problem.line in (3, 4, 5, 6)
        assert_sigmoid_works(desk)


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n        try: time.sleep(0.01)\n        except: pass",
        "return sum(range(10 ** 12))",
    ],
)
def test_what_cannot_be_interrupted_is_killed(tmp_path: Path, body: str) -> None:
    with RemoteDesk(file_with(tmp_path, body), Budget(1)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert problem.kind == "TimeoutError"
        assert problem.text.startswith("it did not end within")
        assert_sigmoid_works(desk)


def test_many_large_requests_do_not_wait_for_what_hangs(tmp_path: Path) -> None:
    body = "while True:\n        try: time.sleep(0.01)\n        except: pass"
    with RemoteDesk(file_with(tmp_path, body), Budget(1)) as desk:
        requests = [Request(0, (Call("", (np.ones((50, 50)),)),)) for _ in range(50)]
        replies = desk.ask(requests)  # together far more than a pipe holds
        assert [r.problem and r.problem.kind for r in replies] == ["TimeoutError"] * 50
        assert_sigmoid_works(desk)


def test_many_large_requests_are_answered_in_order(tmp_path: Path) -> None:
    with RemoteDesk(file_with(tmp_path, "return X + 1")) as desk:
        requests = [Request(0, (Call("", (np.full((50, 50), i),)),)) for i in range(50)]
        for i, reply in enumerate(desk.ask(requests)):
            np.testing.assert_array_equal(reply.results[0][""], np.full((50, 50), i + 1))


def test_what_did_not_end_once_is_not_asked_again(tmp_path: Path) -> None:
    path = file_with(tmp_path, "while True: pass")
    with RemoteDesk(path, Budget(4)) as desk:
        call(desk, "softmax", X)
        begin = time.monotonic()
        for _ in range(100):
            assert problem_of(desk, "softmax", X).kind == "TimeoutError"
        assert time.monotonic() - begin < 2  # one more wait would take as long


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("return input('X? ')", "EOFError", "it waits for input(), and here nobody types"),
        ("sys.exit(0)", "SystemExit", "it ends the program (exit)"),
        ("os._exit(0)", "Killed", "it ended the whole process (exit code 0)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        (
            "return sys.stdin.readline() + 1",
            "TypeError",
            'can only concatenate str (not "int") to str',
        ),
        ("return softmax(X)", "RecursionError", "maximum recursion depth exceeded"),
    ],
)
def test_ends_and_waits_are_told_plainly(tmp_path: Path, body: str, kind: str, text: str) -> None:
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert (problem.kind, problem.text) == (kind, text)
        assert_sigmoid_works(desk)


@posix
def test_a_signal_that_ends_the_process_is_named(tmp_path: Path) -> None:
    with RemoteDesk(file_with(tmp_path, "os.kill(os.getpid(), 11)")) as desk:
        problem = problem_of(desk, "softmax", X)
        assert (problem.kind, problem.text) == (
            "Killed", "its process was ended by the signal SIGSEGV",
        )  # fmt: skip
        assert_sigmoid_works(desk)


@posix
@pytest.mark.parametrize(
    "body", ["return np.ones(2**40)", "return [0] * 2**32", "return b'0' * 2**33"]
)
def test_a_memory_bomb_stops_at_the_limit(tmp_path: Path, body: str) -> None:
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert problem.kind == "MemoryError"
        assert problem.text == "it takes more memory than the 2 GiB that it may have here"
        assert problem.line == 3
        assert_sigmoid_works(desk)


def test_a_result_too_large_to_send_is_told(tmp_path: Path) -> None:
    with RemoteDesk(file_with(tmp_path, "return np.ones(10_000_000)")) as desk:
        assert problem_of(desk, "softmax", X).kind == "MemoryError"
        assert_sigmoid_works(desk)


def test_megabytes_of_output_go_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    body = (
        "print('x' * 500_000)\n    os.write(1, b'y' * 10_000_000)\n"
        "    os.write(2, b'z' * 10_000_000)\n    os.system('echo loud; echo louder >&2')\n"
        "    return X"
    )
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        np.testing.assert_array_equal(call(desk, "softmax", X).results[0][""], X)
        assert_sigmoid_works(desk)
    with RemoteDesk(file_with(tmp_path, "for _ in range(100): print('x' * 100_000)")) as desk:
        assert problem_of(desk, "softmax", X).kind == "OutputError"
        assert_sigmoid_works(desk)
    assert capfd.readouterr() == ("", "")


@posix
def test_no_file_is_written(tmp_path: Path) -> None:
    target = tmp_path / "written"
    body = f"with open({str(target)!r}, 'w') as f: f.write('x')"
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert problem.text == "it writes a file, which it may not do here"
    assert not target.exists() or target.read_bytes() == b""


def test_the_environment_holds_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN_OF_THE_TEACHER", "1")
    body = (
        "return [float('SECRET_TOKEN_OF_THE_TEACHER' in os.environ), float(len(os.listdir('.')))]"
    )
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        found = call(desk, "softmax", X).results[0][""]
        np.testing.assert_array_equal(found, [0.0, 0.0])


ATTACKS = [
    "class A:\n        def __reduce__(self): return os.mkdir, (MARK,)\n    return A()",
    "class A:\n        def __reduce__(self): return os.mkdir, (MARK,)\n    return np.array([A()])",
    "import pickle\n    for fd in range(3, 20):\n        try: os.write(fd, b'X' * 64)\n"
    "        except OSError: pass\n    return X",
    "for fd in range(3, 20):\n        try: os.write(fd, bytes(7) + b'\\x05hello')\n"
    "        except OSError: pass\n    return X",
    "os.closerange(3, 20)\n    return X",
    "for fd in range(3, 20):\n        try: os.write(fd, b'\\xff' * 8)\n"
    "        except OSError: pass\n    time.sleep(100)",
]


@pytest.mark.parametrize("body", ATTACKS)
def test_nothing_that_it_sends_runs_here(tmp_path: Path, body: str) -> None:
    mark = tmp_path / "mark"
    path = file_with(tmp_path, body, f"import numpy as np, os, time\nMARK = {str(mark)!r}")
    with RemoteDesk(path, Budget(2)) as desk:
        call(desk, "softmax", X)
        assert_sigmoid_works(desk)
    assert not mark.exists()


def test_a_flood_of_frames_does_not_fill_the_memory_here(tmp_path: Path) -> None:
    body = (
        "frame = (10**7).to_bytes(8, 'little') + bytes(10**7)\n"
        "    frame = frame + (10**7).to_bytes(8, 'big') + bytes(10**7)\n"
        "    for fd in range(3, 20):\n        try:\n            while True: os.write(fd, frame)\n"
        "        except OSError: pass\n    return X"
    )
    with RemoteDesk(file_with(tmp_path, body), Budget(4)) as desk:
        problem = problem_of(desk, "softmax", X)
        assert problem.kind == "Killed"
        assert_sigmoid_works(desk)


def test_a_forged_reply_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    body = (
        "from chainrule.checking.learner.frames import framed\n"
        "from chainrule.checking.learner.wire import encode_reply\n"
        "    from chainrule.checking.learner.desk import Reply\n"
        "    forged = framed(encode_reply(1, Reply(({'': np.array(9.0)},))))\n"
        "    for fd in range(3, 20):\n        try: os.write(fd, forged)\n"
        "        except OSError: pass\n    return X"
    )
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        call(desk, "softmax", X)
        assert_sigmoid_works(desk)
        call(desk, "softmax", -X)
        assert_sigmoid_works(desk)


@posix
@pytest.mark.parametrize("setting", ["", ", start_new_session=True"])
def test_what_it_starts_ends_with_it(tmp_path: Path, setting: str) -> None:
    body = f"import subprocess\n    return subprocess.Popen(['sleep', '1000']{setting}).pid"
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        pid = call(desk, "softmax", X).results[0][""]
        assert pid is not None
    deadline = time.monotonic() + 10
    while _is_running(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(int(pid))


def _is_running(pid: int) -> bool:
    try:
        if Path("/proc").is_dir():
            return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
        os.kill(pid, 0)
    except (ProcessLookupError, FileNotFoundError):  # it may end while it is looked at
        return False
    return True


@posix
def test_a_class_body_that_does_not_end_leaves_the_rest(tmp_path: Path) -> None:
    methods = "    def forward(self, X): pass\n    def loss(self, X): pass\n"
    text = f"class Net:\n{methods}    while True: pass\ndef softmax(X): return X\n"
    path = write_module(tmp_path / "a.py", text)
    with RemoteDesk(path, Budget(1)) as desk:
        assert [d.name for d in desk.definitions] == ["Net", "softmax"]
        problem = desk.definitions[0].problem
        assert problem is not None
        assert problem.kind == "TimeoutError"
        assert call(desk, "softmax", 3.0).results[0][""] == 3.0


def test_a_file_that_ends_its_process_at_once_is_refused(tmp_path: Path) -> None:
    path = write_module(
        tmp_path / "a.py", "import os\nclass Net:\n    def loss(self): pass\n    os._exit(3)\n"
    )
    with (
        pytest.raises(ChainruleError, match=r"a\.py cannot be judged: .*exit code 3"),
        RemoteDesk(path),
    ):
        pass


def test_a_file_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_module(tmp_path / "a.ipynb", '{"cells": [')
    with (
        pytest.raises(ChainruleError, match=r"^a\.ipynb is not a notebook"),
        RemoteDesk(Path("a.ipynb")),
    ):
        pass


def test_it_stops_starting_anew_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_STARTS", 2)
    with RemoteDesk(file_with(tmp_path, "os._exit(0)")) as desk:
        (place,) = (i for i, d in enumerate(desk.definitions) if d.name == "softmax")
        kinds = [Request(place, (Call("", (X,)),) * times) for times in (1, 2, 3)]
        (first,) = desk.ask(kinds[:1])
        assert first.problem is not None
        assert first.problem.text.startswith("it ended")
        with pytest.raises(SpentError, match="too much of the file hung"):
            desk.ask(kinds[1:])


def test_what_hangs_leaves_time_for_the_rest(tmp_path: Path) -> None:
    with RemoteDesk(file_with(tmp_path, "while True: pass"), Budget(2)) as desk:
        (place,) = (i for i, d in enumerate(desk.definitions) if d.name == "softmax")
        kinds = [Request(place, (Call("", (X,)),) * times) for times in range(1, 7)]
        kinds_of_problem = [r.problem.kind for r in desk.ask(kinds) if r.problem is not None]
        assert kinds_of_problem == ["TimeoutError"] * 6
        assert_sigmoid_works(desk)


def test_what_raises_is_asked_again(tmp_path: Path) -> None:
    """Only what hangs, or ends its process, is not asked again."""
    body = "if X.ndim < 2: raise ValueError('rows')\n    return X"
    with RemoteDesk(file_with(tmp_path, body)) as desk:
        (place,) = (i for i, d in enumerate(desk.definitions) if d.name == "softmax")
        requests = [Request(place, (Call("", (x,)),)) for x in (X[0], X, X[0], X)]
        for replies in (desk.ask(requests), [desk.ask([request])[0] for request in requests]):
            kinds = [reply.problem and reply.problem.kind for reply in replies]
            assert kinds == ["ValueError", None, "ValueError", None]


@posix
def test_each_kind_that_hangs_is_interrupted_and_not_killed(tmp_path: Path) -> None:
    """The process says where the code was, and goes on: none is started for the next."""
    with RemoteDesk(file_with(tmp_path, "while True: pass"), Budget(2)) as desk:
        (place,) = (i for i, d in enumerate(desk.definitions) if d.name == "softmax")
        kinds = [Request(place, (Call("", (X,)),) * times) for times in (1, 2, 3)]
        for reply in desk.ask(kinds):
            assert reply.problem is not None
            assert (reply.problem.kind, reply.problem.line) == ("TimeoutError", 3)
        assert_sigmoid_works(desk)
        assert desk._starts == 2  # for what was asked for together with the first


def test_its_folder_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "files").mkdir()
    with RemoteDesk(file_with(tmp_path / "files", "return X")) as desk:
        call(desk, "softmax", X)
        assert len(list(tmp_path.iterdir())) == 2
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process starts by itself")
def test_what_hangs_ends_with_the_judge(tmp_path: Path) -> None:
    """Even a judge that is killed leaves nothing behind that runs on."""
    body = "while True:\n        try: time.sleep(0.01)\n        except BaseException: pass"
    path = file_with(tmp_path, body)
    program = (
        "import sys, numpy; from pathlib import Path\n"
        "from chainrule.checking.learner.desk import Call, Request\n"
        "from chainrule.checking.learner.remote import RemoteDesk\n"
        "with RemoteDesk(Path(sys.argv[1])) as desk:\n"
        "    print(desk._child._process.pid, flush=True)\n"
        "    desk.ask([Request(0, (Call('', (1,)),))])\n"
    )
    judge = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert judge.stdout is not None
    with judge.stdout:
        pid = int(judge.stdout.readline())
    assert _is_running(pid)
    judge.kill()
    judge.wait()
    deadline = time.monotonic() + 10
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(pid)
