"""The line at the top of a part that says which exercises stand."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding
from chainrule.checking.verdict import Verdict
from chainrule.lab import _progress
from chainrule.lab._kept import FILE, Kept
from chainrule.lab._progress import Progress


def finding(name: str, passed: bool | None) -> Finding:
    return Finding(name, passed=passed)


class Line:
    """What stands in the line, now."""

    text = ""
    html = ""


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    line, kept = Line(), Kept()
    kept.beside(tmp_path)

    def show(output: dict[str, str], place: str) -> None:
        assert place.startswith("chainrule-progress-")
        line.text, line.html = output["text/plain"], output["text/html"]

    monkeypatch.setattr(_progress, "kept", kept)
    monkeypatch.setattr(_progress, "display_or_print", show)
    monkeypatch.setattr(_progress, "update", show)
    return line


def test_what_check_finds_right_is_noted_and_kept(shown: Line, tmp_path: Path) -> None:
    progress = Progress(2)
    progress.show()
    assert shown.text.startswith("To do in this part: softmax, nll.")
    assert "What <code>check</code> finds right is noted here." in shown.html
    progress.after_cell(Verdict((finding("softmax", True),)))
    assert shown.text == "1 of 2 exercises of this part stand: softmax. Still to do: nll."
    assert (tmp_path / FILE).exists()
    Progress(2).show()  # as after a restart
    assert shown.text.startswith("1 of 2")
    progress.after_cell(Verdict((finding("nll", True), finding("softmax", True))))
    assert shown.text == "All exercises of this part stand: softmax, nll."


def test_what_check_says_last_counts(shown: Line) -> None:
    progress = Progress(2)
    progress.after_cell(Verdict((finding("softmax", True),)))
    progress.after_cell(Verdict((finding("softmax", False),)))
    assert shown.text.startswith("To do")
    progress.after_cell(Verdict((finding("softmax", None),)))
    assert shown.text.startswith("To do")


def test_what_is_of_no_concern_changes_nothing(shown: Line, tmp_path: Path) -> None:
    progress = Progress(2)
    for value in (None, 3, "right", Verdict(()), Verdict((finding("NeuralNet.loss", True),))):
        progress.after_cell(value)
    assert shown.text == ""
    assert not (tmp_path / FILE).exists()


def test_a_class_stands_when_all_its_methods_do(shown: Line) -> None:
    progress = Progress(3)
    part = [finding(f"LogisticRegression.{name}", True) for name in ("forward", "loss")]
    progress.after_cell(Verdict((*part, finding("LogisticRegression.grad_loss", None))))
    assert "stand" not in shown.text
    progress.after_cell(Verdict((*part, finding("LogisticRegression.grad_loss", True))))
    assert "stand: LogisticRegression" in shown.text
