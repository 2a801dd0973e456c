"""chainrule check of many files: what is printed, and what none can do to another."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import Invoke, objects, results
from learner_files import FUNCTIONS, NETWORK, write_module, write_notebook
from training_texts import XOR_ROWS

WRONG_NETWORK = NETWORK.replace("self.H.T @ error_o", "self.Z_h.T @ error_o")
WRONG_SOFTMAX = "def softmax(X):\n    return np.exp(X - np.max(X, axis=-1, keepdims=True))\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs alarm signals and limits")
UNREADABLE = [
    ("a.ipynb", "", "is empty"),
    ("a.ipynb", '{"cells": [', "JSON is damaged"),
    ("a.ipynb", '{"cells": [\n<<<<<<< HEAD\n]}', "merge-conflict markers, first at line 2"),
    ("a.py", "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b\n", "merge-conflict markers"),
    ("a.txt", "x = 1", "neither a notebook"),
    ("a.py", None, "No such file"),
]
SOFTMAX = "def softmax(X):\n"
HOSTILE = {
    "loop": f"{SOFTMAX}    while True: pass",
    "input": f"{SOFTMAX}    return input('X?')",
    "exit": f"{SOFTMAX}    raise SystemExit",
    "os exit": f"import os\n{SOFTMAX}    os._exit(0)",
    "memory": f"{SOFTMAX}    return np.ones(2**40)",
    "output": f"{SOFTMAX}    for _ in range(10**6): print('x' * 10**5)",
    "syntax": f"{SOFTMAX}    return np.exp(X",
    "missing import": f"import torch_of_nobody as torch\n{SOFTMAX}    return torch.softmax(X)",
}


def test_many_files_end_with_a_table(chainrule: Invoke, tmp_path: Path) -> None:
    folder = tmp_path / "submissions"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    write_notebook(folder / ".ipynb_checkpoints" / "b-checkpoint.ipynb", [FUNCTIONS])
    write_notebook(folder / "b.ipynb", [FUNCTIONS, WRONG_NETWORK])
    write_module(folder / "a.py", FUNCTIONS + WRONG_SOFTMAX)
    write_module(folder / "c.py", FUNCTIONS)
    write_module(folder / "notes.txt", "no code")
    first = write_module(tmp_path / "z.py", FUNCTIONS + WRONG_SOFTMAX)
    exit_code, out, _ = chainrule("check", first, "submissions", first)
    assert exit_code == 1
    lines = out.splitlines()
    files = [line for line in lines if line.endswith((".py", ".ipynb"))]
    named = [str(Path("submissions") / name) for name in ("a.py", "b.ipynb", "c.py")]
    assert files == [str(first), *named]
    table = lines[lines.index("times  files  mistake") + 1 :]
    assert table[0].split() == ["2", "2", "softmax-not-normalised"]
    assert table[1].split() == ["1", "1", "grad-preactivation"]
    assert "4 files: 3 with mistakes, 1 without, 0 not judged, 0 not read" in table


def test_one_object_a_line_in_the_order_of_the_files(chainrule: Invoke, tmp_path: Path) -> None:
    names = [f"{name}.py" for name in "cabd"]
    for name in names:
        write_module(tmp_path / name, FUNCTIONS)
    exit_code, out, _ = chainrule("check", *names, "--json", "--jobs", "3")
    assert exit_code == 0
    assert [single["file"] for single in objects(out)] == names


@pytest.mark.parametrize(("name", "text", "sentence"), UNREADABLE)
def test_a_file_that_cannot_be_read_does_not_keep_the_others(
    chainrule: Invoke, tmp_path: Path, name: str, text: str | None, sentence: str
) -> None:
    if text is not None:
        write_module(tmp_path / name, text)
    write_module(tmp_path / "good.py", FUNCTIONS)
    exit_code, out, err = chainrule("check", name, "good.py", "--json")
    assert exit_code == 2
    unread, good = objects(out)
    assert list(unread) == ["file", "error"]
    assert unread["file"] == name
    assert sentence in unread["error"]
    assert err == f"chainrule: {unread['error']}\n"
    assert str(tmp_path) not in err
    assert len(good["results"]) == 5
    exit_code, out, err = chainrule("check", name)
    assert (exit_code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", ""),
        ("a.py", "import os\nprint('nothing of the lab')\n"),
        ("a.ipynb", '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": []}]}'),
    ],
)
def test_a_file_of_which_nothing_was_judged_says_so(
    chainrule: Invoke, tmp_path: Path, name: str, content: str
) -> None:
    write_module(tmp_path / name, content)
    exit_code, out, _ = chainrule("check", name, "--json")
    assert exit_code == 3
    (only,) = objects(out)
    assert (only["file"], only["results"]) == (name, [])
    exit_code, out, _ = chainrule("check", name)
    assert "Not judged: none of the lab's functions and no training was found in it." in out


def test_the_page_shows_the_mistake_in_the_computation(chainrule: Invoke, tmp_path: Path) -> None:
    write_module(tmp_path / "wrong<b>.py", XOR_ROWS.replace("W2.T * h * (1 - h)", "W2.T"))
    write_module(tmp_path / "none.py", "x = 1")
    exit_code, out, _ = chainrule("check", "wrong<b>.py", "none.py", "--html", "page.html")
    assert exit_code == 1
    assert "wrong<b>.py" in out  # the text is printed as without the page
    page = (tmp_path / "page.html").read_text()
    assert "<h2>wrong&lt;b&gt;.py</h2>" in page
    assert re.search("<mark [^>]*>error @ W2.T</mark>", page)
    assert "The mistake: error_h (line 11)." in page
    assert "Not judged: none of the lab&#39;s functions" in page
    assert not re.search("<script|<link|<img|src=|href=", page)
    chainrule("check", "wrong<b>.py", "--html", "page.html", "--hint", "0")
    page = (tmp_path / "page.html").read_text()
    assert "wrong" in page
    assert not re.search("<svg|<mark|line 11", page)


def test_nothing_is_drawn_for_a_terminal_or_a_program(
    chainrule: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def graph_of(*_: object) -> None:
        pytest.fail("a graph was made")

    monkeypatch.setattr("chainrule.checking.record.findings.graph_of", graph_of)
    write_module(tmp_path / "right.py", XOR_ROWS)
    assert chainrule("check", "right.py")[0] == 0
    assert chainrule("check", "right.py", "--json")[0] == 0


def test_what_judges_is_started_before_anything_heavy_is_loaded() -> None:
    """NumPy takes longer to load than most files to judge, and another process needs it."""
    code = (
        "import sys; from chainrule.cli import check\n"
        "print([m for m in ('numpy', 'matplotlib', 'safetensors', 'PIL') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_a_folder_without_files_is_refused(chainrule: Invoke, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    exit_code, _, err = chainrule("check", "empty")
    assert exit_code == 2
    assert err == "chainrule: empty holds no notebook (.ipynb) and no Python file (.py)\n"


@posix
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_cannot_be_judged_leaves_the_rest(
    chainrule: Invoke, tmp_path: Path, body: str
) -> None:
    cells = [FUNCTIONS.replace("def softmax", "def softmax_"), body, NETWORK]
    path = write_notebook(tmp_path / "lab.ipynb", cells)
    exit_code, out, _ = chainrule("check", path, "--json", "--timeout", "2")
    found = results(out)
    assert found["softmax"]["passed"] is None
    assert found["softmax"]["message"]
    assert exit_code == 0
    others = {name: r["passed"] for name, r in found.items() if name != "softmax"}
    assert set(others.values()) == {True}, others


def test_the_help_says_with_whose_rights_the_code_runs(chainrule: Invoke) -> None:
    exit_code, out, _ = chainrule("check", "--help")
    assert exit_code == 0
    text = " ".join(out.split())
    assert "run with your own rights" in text
    assert "limits on time, memory and output" in text
    assert "no sandbox against malice" in text


@posix
def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        body = "import numpy as np\ndef softmax(X):\n    while True:\n        try: np.ones(3)\n"
        write_module(tmp_path / name, body + "        except BaseException: pass\n")
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    # What a shell starts in the background ignores it, and so would all that is started there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "chainrule", "check", "a.py", "b.py", "c.py", "--timeout", "60",
         "--jobs", "2"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("chainrule-*/chainrule-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)  # a busy machine may take its time
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"Stopped.")
    assert list(tmp_path.glob("chainrule-*")) == []


def test_a_teacher_s_limit_holds_here_too(
    chainrule: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lab.py"
    path.write_text("import numpy as np\n\n\ndef softmax(X):\n    return np.exp(X)\n")
    _, free, _ = chainrule("check", path, "--hint", "3")
    monkeypatch.setenv("CHAINRULE_MAX_HINT", "1")
    code, limited, _ = chainrule("check", path, "--hint", "3")
    assert code == 1
    assert "softmax-not-normalised" in limited
    assert "in place of" in free
    assert "in place of" not in limited
    monkeypatch.setenv("CHAINRULE_MAX_HINT", "all")
    code, _, error = chainrule("check", path)
    assert (code, error.strip()) == (
        2, "chainrule: CHAINRULE_MAX_HINT must be 1, 2 or 3; it is 'all'",
    )  # fmt: skip


def test_the_numbers_can_be_tried_again(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_module(tmp_path / "lab.py", FUNCTIONS)
    _, out, _ = chainrule("check", path)
    (seed,) = re.findall(r"^Tried on numbers drawn with --seed (\d+)$", out, re.MULTILINE)
    _, again, _ = chainrule("check", path, "--seed", seed)
    assert again == out
    _, data, _ = chainrule("check", path, "--seed", seed, "--json")
    assert objects(data)[0]["seed"] == int(seed)


@pytest.mark.parametrize("seed", ["-1", "x", "1000000000000"])
def test_a_seed_out_of_range_is_refused(chainrule: Invoke, tmp_path: Path, seed: str) -> None:
    path = write_module(tmp_path / "lab.py", FUNCTIONS)
    exit_code, out, err = chainrule("check", path, "--seed", seed)
    assert (exit_code, out) == (2, "")
    assert "--seed" in err
