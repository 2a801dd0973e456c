"""Guesses: committed to once, kept, and shown beside what is right."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chainrule.errors import ChainruleError
from chainrule.lab import _display, answer, guess, guessed
from chainrule.lab._kept import kept
from chainrule.lab._questions import guess_of, guesses
from chainrule.lab._sources import parts

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the notebook is; and there is no notebook, as in a script."""
    monkeypatch.setattr(_display, "shell", lambda: None)
    monkeypatch.setattr("chainrule.lab.guesses.shell", lambda: None)
    kept.beside(tmp_path)
    yield tmp_path
    kept.beside(None)


def said(capsys: Output) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_guess_is_kept_over_a_restart_and_then_stands_beside_what_is_right(
    folder: Path, capsys: Output
) -> None:
    answer("2.1")
    waiting = said(capsys)
    assert "appears here once you have guessed" in waiting
    assert "cancels" not in waiting
    guess("2.1", "A ")
    assert "You guessed a; it is kept" in said(capsys)
    kept.beside(folder)  # as a new kernel does
    answer("2.1")
    shown = said(capsys)
    assert shown.startswith("You guessed a; it is b: They stay as they are.")
    assert "cancels in the quotient" in shown


def test_the_first_guess_counts(capsys: Output) -> None:
    guess("2.1", "b")
    guess("2.1", "c")
    assert "You guessed b, and the first guess counts." in said(capsys)
    guess("2.1", "b")
    assert "You guessed b." in said(capsys)
    answer("2.1")
    assert said(capsys).startswith("You guessed b, and it is: They stay as they are.")


def test_who_has_no_idea_may_say_so(capsys: Output) -> None:
    guess("2.1", "no idea")
    assert said(capsys).startswith("You said: no idea; it is kept.")
    answer("2.1")
    assert said(capsys).startswith("You said: no idea; it is b:")
    guessed(part=2)
    assert said(capsys).startswith(
        "You guessed 0 of 3 in part 2. You had no idea in 2.1. No guess yet: 2.2, 2.3."
    )


def test_without_a_choice_one_is_asked_for_where_there_are_no_buttons(capsys: Output) -> None:
    guess("2.1")
    assert 'What do you think? Run guess("2.1", "a")' in said(capsys)
    assert kept.section("guesses") == {}


@pytest.mark.parametrize(
    ("number", "choice", "message"),
    [
        ("2.1", "x", "the guess to 2.1 is one of a, b, c, or 'no idea'; got 'x'"),
        ("2.9", "a", "no guess with the number '2.9'; there are 2.1, 2.2, 2.3"),
        ("99", "a", "no guess with the number '99'; there are 1.1, 1.2, 2.1"),
    ],
)
def test_what_is_no_guess_is_refused_and_not_kept(number: str, choice: str, message: str) -> None:
    with pytest.raises(ChainruleError, match=message):
        guess(number, choice)
    assert kept.section("guesses") == {}


def test_how_many_were_right_is_counted_by_part_and_in_all(capsys: Output) -> None:
    first, second, third = guesses(parts()[1]).values()
    guess(first.number, first.right)
    guess(second.number, next(c for c in second.choices if c != second.right))
    capsys.readouterr()
    guessed(part=2)
    assert said(capsys) == (
        f"You guessed 1 of 3 in part 2. It was another choice in {second.number}. "
        f"No guess yet: {third.number}."
    )
    in_all = sum(len(guesses(part)) for part in parts())
    guessed()
    assert said(capsys).startswith(f"You guessed 1 of {in_all} in the whole lab.")
    with pytest.raises(ChainruleError, match="parts 1 to 11; there is no part 12"):
        guessed(part=12)


class Shell:
    """Collects what a notebook is told to show, and to show instead."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[Any] = []
        self.updated: list[tuple[str, str]] = []
        for module in ("chainrule.lab._display", "chainrule.lab.guesses"):
            monkeypatch.setattr(f"{module}.shell", lambda: self)
        monkeypatch.setattr(
            "IPython.display.display", lambda output, raw, **_: self.shown.append(output)
        )
        monkeypatch.setattr(
            "IPython.display.update_display",
            lambda output, raw, display_id: self.updated.append(
                (display_id, output["text/plain"])
            ),
        )


def test_a_click_commits_and_what_waited_for_it_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import ipywidgets

    boxes: list[Any] = []

    def bundle(box: Any) -> dict[str, Any]:
        boxes.append(box)
        return {"application/vnd.jupyter.widget-view+json": {}}

    monkeypatch.setattr(ipywidgets.HBox, "_repr_mimebundle_", bundle)
    shell = Shell(monkeypatch)
    guess("2.1")
    (output,) = shell.shown
    assert "application/vnd.jupyter.widget-view+json" in output
    assert output["text/plain"] == 'What do you think? Run guess("2.1", "a").'
    *buttons, _ = boxes[0].children
    assert [button.description for button in buttons] == ["a", "b", "c", "no idea"]
    buttons[1].click()
    assert kept.section("guesses") == {"2.1": "b"}
    ((place, text),) = shell.updated
    assert place == "chainrule-answer-2.1"
    assert text.startswith("You guessed b, and it is")
    assert "You guessed b" in boxes[0].children[0].value
    buttons[2].click()  # of a copy that is still on the page
    assert kept.section("guesses") == {"2.1": "b"}


def test_without_the_package_of_the_buttons_one_can_guess_in_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shell = Shell(monkeypatch)
    guess("2.1")
    assert shell.shown[0]["text/plain"].startswith("What do you think? Run")


def test_every_guess_of_the_lab_can_be_found() -> None:
    for part in parts():
        for number, question in guesses(part).items():
            assert guess_of(number) == question
            assert question.right in question.choices
            assert number.startswith(f"{part.number}.")
