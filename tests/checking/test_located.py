"""The code of a mistake in a function that was judged as a whole, where it is sure."""

from pathlib import Path
from typing import Any

import pytest

from chainrule.checking.diagnosis import Blame, Finding
from chainrule.checking.diagnosis.located import located_in
from chainrule.checking.learner.source import read_source
from command_line import Invoke
from learner_files import FUNCTIONS, NETWORK, write_notebook
from notebook_cells import Notebook


def pointed_at(folder: Path, text: str, name: str, *blames: Blame) -> list[str]:
    path = folder / "lab.py"
    path.write_text(text, encoding="utf-8")
    finding = Finding(name, passed=False, blames=blames, line=1)
    (found,) = located_in(read_source(path), [finding])
    return [blame.excerpt.piece if blame.excerpt else "" for blame in found.blames]


GRADIENT = Blame("grad-preactivation", "grad_W_o", "wrong", "right")


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("return {'W_o': é.T @ d, 'b_o': d.sum(0)}", "é.T @ d"),
        ("g = z.T @ d\n    return {'W_h': h, 'W_o': g}", "z.T @ d"),
        ("return dict(W_h=x.T @ d, W_o=z.T @ d)", "z.T @ d"),
        ("g = {}\n    g['W_o'] = np.dot(\n        z.T, d)\n    return g", "np.dot( z.T, d)"),
        ("d = y - t\n    return {'W_h': x.T @ d, 'W_o': d}", "d"),
        # Nobody knows whether these are the wrong ones.
        ("g = z.T @ d\n    g /= 3\n    return {'W_o': g}", ""),
        ("g = {'W_o': z.T @ d}\n    g['W_o'] /= 3\n    return g", ""),
        ("g = {'W_o': z.T @ d}\n    for k in g:\n        g[k] /= 3\n    return g", ""),
        ("g = {'W_o': z.T @ d}\n    return {k: v.T for k, v in g.items()}", ""),
        ("return {'W_o': self.g}", ""),
        ("return z.T @ d, d.sum(0)", ""),
    ],
)
def test_a_gradient_is_pointed_at_under_the_name_of_its_parameter(
    tmp_path: Path, body: str, piece: str
) -> None:
    text = f"def grad_loss(self, x, t):\n    {body}\n"
    assert pointed_at(tmp_path, text, "Net.grad_loss", GRADIENT) == [piece]


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("error = p - y_true\n    return x.T @ error", "p - y_true"),
        ("e = 2 * (p - one_hot(3, y)) / len(x)\n    return x.T @ e, (1 - h) * h",
         "2 * (p - one_hot(3, y)) / len(x)"),
        ("e = (t - p) * p * (1 - p)\n    return x.T @ e", "(t - p) * p * (1 - p)"),
        # Nobody knows whether, or which of, these is the error at the output.
        ("return x.T @ (p - t), (p - t).sum(0)", ""),
        ("e = p - shift\n    return x.T @ e", ""),
        ("e = self.error(p, t)\n    return x.T @ e", ""),
    ],
)  # fmt: skip
def test_the_error_at_the_output_is_pointed_at_where_targets_are_subtracted_once(
    tmp_path: Path, body: str, piece: str
) -> None:
    text = f"def grad_loss(self, x, t):\n    {body}\n"
    blame = Blame("grad-output-sign", "grad_z_o")
    assert pointed_at(tmp_path, text, "Net.grad_loss", blame) == [piece]


@pytest.mark.parametrize(
    ("body", "piece"),
    [
        ("self.W_o += 0.1 * g", "self.W_o += 0.1 * g"),
        ("self.W_o = self.W_o + 0.1 * g", "self.W_o = self.W_o + 0.1 * g"),
        ("self.W_o -= step", ""),
        ("self.W_o += g\n    self.W_o += g", ""),
    ],
)
def test_an_update_is_pointed_at_if_it_adds(tmp_path: Path, body: str, piece: str) -> None:
    text = f"def train(self, g, step):\n    {body}\n"
    assert pointed_at(tmp_path, text, "Net.train", Blame("train-sign", "W_o")) == [piece]


def test_a_function_that_only_returns_is_wrong_in_what_it_returns(tmp_path: Path) -> None:
    text = 'def nll(t, y):\n    """The loss."""\n    return np.sum(t * np.log(y))\n'
    blame = Blame("nll-sign", "nll")
    assert pointed_at(tmp_path, text, "nll", blame) == ["np.sum(t * np.log(y))"]
    longer = text.replace("    return", "    y = y + 0\n    return")
    assert pointed_at(tmp_path, longer, "nll", blame) == [""]
    assert pointed_at(tmp_path, text, "nll", blame, Blame("nll-log-zero", "nll")) == ["", ""]


WRONG = NETWORK.replace("self.H.T @ error_o", "self.Z_h.T @ error_o")


def test_a_notebook_and_its_file_show_the_same_line(chainrule: Invoke, tmp_path: Path) -> None:
    (line,) = [i for i, text in enumerate(WRONG.split("\n"), 1) if "self.Z_h.T" in text]
    path = write_notebook(tmp_path / "lab.ipynb", [FUNCTIONS, WRONG])
    _, out, _ = chainrule("check", path, "--hint", 1)
    lines = out.splitlines()
    (place,) = [i for i, text in enumerate(lines) if f"cell 2, line {line} |" in text]
    start, end = lines[place + 1].index("^"), lines[place + 1].rindex("^") + 1
    assert lines[place][start:end] == "self.Z_h.T @ error_o"
    verdict: Any = Notebook(FUNCTIONS, WRONG).run("result = check()")
    assert f"line {line} | " in repr(verdict)
    (data,) = [r for r in verdict.to_dict()["results"] if r["passed"] is False]
    (mistake,) = data["mistakes"]
    assert (mistake["line"], mistake["code"]) == (line, "self.Z_h.T @ error_o")
    assert verdict.to_dict()["passed"] is False
