"""chainrule check: what it prints of a learner's file, and with which exit code it ends."""

import re
from pathlib import Path
from typing import Any

from command_line import Invoke, objects, results, verdicts
from learner_files import FUNCTIONS, NETWORK, code, write_module, write_notebook
from training_texts import XOR_ROWS

KEYS = [
    "name", "definition", "passed", "faults", "remarks", "message", "cell", "line", "expected",
    "actual", "mistakes", "lines",
]  # fmt: skip
WRONG_NETWORK = NETWORK.replace("self.H.T @ error_o", "self.Z_h.T @ error_o")
WRONG_SOFTMAX = "def softmax(X):\n    return np.exp(X - np.max(X, axis=-1, keepdims=True))\n"


def test_a_right_notebook_passes(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "lab.ipynb", [FUNCTIONS, NETWORK])
    exit_code, out, err = chainrule("check", path, "--json")
    assert (exit_code, err) == (0, "")
    (single,) = objects(out)
    assert list(single) == ["file", "seed", "results"]
    assert single["file"] == str(path)
    assert ": " not in out.replace('": "', "")[:200].split('"message"')[0]  # compact
    for result in single["results"]:
        assert list(result) == KEYS
        assert result["passed"] is True, result
        assert result["faults"] == []
    assert list(results(out)) == [
        "one_hot", "softmax", "nll", "sigmoid", "dsigmoid", "NeuralNet.forward", "NeuralNet.loss",
        "NeuralNet.grad_loss", "NeuralNet.predict", "NeuralNet.accuracy",
    ]  # fmt: skip


def test_mistakes_are_named_with_their_place(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "lab.ipynb", [FUNCTIONS, WRONG_NETWORK, WRONG_SOFTMAX])
    exit_code, out, _ = chainrule("check", path, "--json")
    assert exit_code == 1
    found = results(out)
    assert found["NeuralNet.grad_loss"]["faults"] == ["grad-preactivation"]
    assert found["NeuralNet.grad_loss"]["cell"] == 2
    assert found["softmax"]["passed"] is True
    assert found["softmax#2"]["faults"] == ["softmax-not-normalised"]
    assert (found["softmax#2"]["cell"], found["softmax#2"]["line"]) == (3, 1)
    assert [name for name, result in found.items() if result["passed"] is False] == [
        "NeuralNet.grad_loss", "softmax#2",
    ]  # fmt: skip


def test_the_text_for_one_file(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "lab.ipynb", [FUNCTIONS, "net.train(", WRONG_NETWORK, "def nll(a, b): pass"]
    )
    exit_code, out, err = chainrule("check", path)
    assert (exit_code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == str(path)
    assert lines[1] == "  note: cell 2, line 1: does not parse: '(' was never closed: net.train("
    assert [line.split()[:2] for line in lines if line.startswith("  softmax")] == [
        ["softmax", "right"]
    ]
    (wrong,) = (line for line in lines if "WRONG" in line)
    assert wrong.split()[:3] == ["NeuralNet.grad_loss", "WRONG", "grad-preactivation"]
    assert "(cell 3, line" in wrong
    assert any(line.startswith("  nll #2") and "not judged" in line for line in lines)
    assert lines[lines.index(wrong) + 1].startswith("      ")
    assert "mistake" not in lines[-2]  # no table for a single file


def test_hints_say_more_and_more(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_module(tmp_path / "lab.py", FUNCTIONS + WRONG_NETWORK)
    messages = []
    for hint in (1, 2, 3):
        _, out, _ = chainrule("check", path, "--json", "--hint", hint)
        messages.append(results(out)["NeuralNet.grad_loss"]["message"])
    assert len({len(message) for message in messages}) == 3
    assert messages == sorted(messages, key=len)
    assert chainrule("check", path, "--hint", 4)[0] == 2


def test_the_lowest_hint_says_only_whether_it_is_right(chainrule: Invoke, tmp_path: Path) -> None:
    path = write_module(tmp_path / "lab.py", FUNCTIONS + WRONG_NETWORK)
    other = write_module(tmp_path / "other.py", FUNCTIONS + WRONG_SOFTMAX)
    exit_code, out, _ = chainrule("check", path, other, "--hint", 0)
    assert exit_code == 1
    assert [line.split()[0] for line in out.splitlines() if line.endswith("WRONG")] == [
        "NeuralNet.grad_loss", "softmax",
    ]  # fmt: skip
    assert "2 files: 2 with mistakes" in out
    exit_code, data, _ = chainrule("check", path, "--hint", 0, "--json")
    assert exit_code == 1
    found = results(data)["NeuralNet.grad_loss"]
    assert list(found) == KEYS
    assert found["passed"] is False
    assert not any(found[key] for key in KEYS[3:])
    for text in (out, data):
        assert "grad-preactivation" not in text
        assert "line" not in text.replace('"line"', "").replace('"lines"', "")


def test_a_mistake_is_shown_in_its_line(chainrule: Invoke, tmp_path: Path) -> None:
    write_module(tmp_path / "wrong.py", XOR_ROWS.replace("W2.T * h * (1 - h)", "W2.T"))
    _, out, _ = chainrule("check", "wrong.py")
    lines = out.splitlines()
    place = lines.index("      line 11 | error_h = error @ W2.T")
    assert lines[place + 1] == "              |           ^^^^^^^^^^^^"
    assert max(map(len, lines)) <= 80


def test_a_script_that_trains_is_judged_by_what_it_computes(
    chainrule: Invoke, tmp_path: Path
) -> None:
    write_module(tmp_path / "right.py", XOR_ROWS)
    exit_code, out, err = chainrule("check", "right.py", "--json")
    assert (exit_code, err) == (0, "")
    (right,) = results(out).values()
    assert (right["passed"], right["mistakes"]) == (True, [])
    assert "the squared error: it is right for that loss" in right["message"]
    write_module(tmp_path / "wrong.py", XOR_ROWS.replace("W2.T * h * (1 - h)", "W2.T"))
    exit_code, out, _ = chainrule("check", "wrong.py", "--json")
    assert exit_code == 1
    (wrong,) = results(out).values()
    (mistake,) = wrong["mistakes"]
    assert list(mistake) == ["fault", "file", "cell", "line", "code", "message"]
    assert mistake["fault"] == "grad-hidden-no-derivative"
    assert (mistake["file"], mistake["cell"]) == (None, None)
    assert (mistake["line"], mistake["code"]) == (11, "error @ W2.T")
    assert wrong["line"] == 11
    assert wrong["faults"] == ["grad-hidden-no-derivative"]


def test_a_mistake_in_a_module_is_shown_there(chainrule: Invoke, tmp_path: Path) -> None:
    lines = XOR_ROWS.replace("W2.T * h * (1 - h)", "W2.T").splitlines()
    text = "import numpy as np\ndef train():\n" + "\n".join(f"    {line}" for line in lines)
    write_module(tmp_path / "train.py", text)
    write_module(tmp_path / "main.py", "import train\n\ntrain.train()\n")
    exit_code, out, _ = chainrule("check", "main.py")
    assert exit_code == 1
    at = out.splitlines().index("      train.py:")
    assert out.splitlines()[at - 1].endswith("WRONG grad-hidden-no-derivative (train.py, line 13)")
    assert out.splitlines()[at + 1] == "      line 13 | error_h = error @ W2.T"
    exit_code, out, _ = chainrule("check", "main.py", "--json", "--html", "page.html")
    assert exit_code == 1
    (wrong,) = results(out).values()
    (mistake,) = wrong["mistakes"]
    assert (wrong["name"], wrong["cell"], wrong["line"]) == ("train", None, 3)
    assert (mistake["file"], mistake["line"], mistake["code"]) == ("train.py", 13, "error @ W2.T")
    page = (tmp_path / "page.html").read_text()
    assert re.search("train.py:</span>\n<span [^>]*>line 13</span> error_h = <mark", page)


def test_a_training_that_nothing_calls_is_not_judged_and_says_why(
    chainrule: Invoke, tmp_path: Path
) -> None:
    body = XOR_ROWS.replace("\n", "\n    ")
    write_module(tmp_path / "a.py", f"def train(how):\n    {body}\n")
    write_module(tmp_path / "b.py", FUNCTIONS)
    exit_code, out, _ = chainrule("check", "a.py", "b.py", "--json")
    assert exit_code == 3
    (result,) = objects(out)[0]["results"]
    assert (result["name"], result["passed"]) == ("training", None)
    assert "Nothing in it calls what trains" in result["message"]
    exit_code, out, _ = chainrule("check", "a.py", "b.py")
    assert "2 files: 0 with mistakes, 1 without, 1 not judged, 0 not read" in out


def test_what_stands_at_the_top_level_does_not_run(chainrule: Invoke, tmp_path: Path) -> None:
    top = (
        "%matplotlib inline\n!pip install numpy\nname = input('your name?')\n"
        "while True: pass\nraise SystemExit\n"
    )
    cells = [top, "import torch_of_nobody\nprint('x' * 10**7)\n", FUNCTIONS, "data = [0] * 10**12"]
    path = write_notebook(tmp_path / "lab.ipynb", cells)
    exit_code, out, err = chainrule("check", path, "--json")
    assert (exit_code, err) == (0, "")
    assert len(results(out)) == 5


def test_names_of_the_notebook_and_names_of_nowhere(chainrule: Invoke, tmp_path: Path) -> None:
    cells = [
        FUNCTIONS,
        "X_train, y_train = load()\nx = np.ones((3, 4))",
        "def sigmoid(X):\n    return 1 / (1 + np.exp(-np.clip(X_train, -500, 500)))",
        "def dsigmoid(X):\n    return sigmoids(X) * (1 - sigmoid(X))",
        "def softmax(X):\n    e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1, keepdims=True)",
    ]
    path = write_notebook(tmp_path / "lab.ipynb", cells)
    _, out, _ = chainrule("check", path, "--json")
    found = results(out)
    assert found["sigmoid#2"]["faults"] == ["reads-notebook-variable"]
    assert found["dsigmoid#2"]["faults"] == ["misspelt-name"]
    assert (found["dsigmoid#2"]["cell"], found["dsigmoid#2"]["line"]) == (4, 2)
    assert found["softmax#2"]["faults"] == ["reads-notebook-variable"]


def test_a_cell_that_is_wrong_on_purpose_is_left_out(chainrule: Invoke, tmp_path: Path) -> None:
    cells: list[str | dict[str, Any]] = [
        FUNCTIONS,
        code(WRONG_SOFTMAX, "chainrule-skip"),
        f"# chainrule: skip\n{WRONG_NETWORK}",
        "from scipy.special import softmax",
    ]
    path = write_notebook(tmp_path / "lab.ipynb", cells)
    exit_code, out, _ = chainrule("check", path, "--json")
    assert exit_code == 0
    assert verdicts(out) == dict.fromkeys(
        ["one_hot", "softmax", "nll", "sigmoid", "dsigmoid"], True
    )


def test_a_second_network_of_the_same_name_is_judged_too(
    chainrule: Invoke, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "lab.ipynb", [FUNCTIONS, NETWORK, WRONG_NETWORK])
    _, out, _ = chainrule("check", path, "--json")
    found = results(out)
    assert found["NeuralNet.grad_loss"]["passed"] is True
    assert found["NeuralNet.grad_loss#2"]["faults"] == ["grad-preactivation"]
