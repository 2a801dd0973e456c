"""What a learner's notebooks keep beside them."""

import json
from pathlib import Path

import pytest

from chainrule.lab import _kept
from chainrule.lab._kept import FILE, Kept


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return in_folder(tmp_path)


def in_folder(folder: Path) -> Kept:
    kept = Kept()
    kept.beside(folder)
    return kept


def test_what_is_kept_is_there_after_a_restart_and_in_words(kept: Kept, tmp_path: Path) -> None:
    kept.keep("guesses", "2.1", {"guess": "more", "right": True})
    kept.keep("exercises", "2 softmax", {"softmax": True})
    kept.keep("guesses", "2.1", {"guess": "fewer"})
    kept = in_folder(tmp_path)  # as a new kernel does
    assert kept.section("guesses") == {"2.1": {"guess": "fewer"}}
    assert kept.section("exercises") == {"2 softmax": {"softmax": True}}
    assert kept.section("scores") == {}
    assert json.loads((tmp_path / FILE).read_text("utf-8"))["format"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_two_notebooks_keep_in_the_same_file(kept: Kept, tmp_path: Path) -> None:
    kept.keep("guesses", "1.1", "first")
    content = json.loads((tmp_path / FILE).read_text("utf-8"))
    content["guesses"]["1.2"] = "by the other notebook"
    (tmp_path / FILE).write_text(json.dumps(content), "utf-8")
    kept.keep("guesses", "1.3", "third")
    assert list(kept.section("guesses")) == ["1.1", "1.2", "1.3"]


def test_without_a_notebook_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Kept()
    kept.keep("guesses", "1.1", "some")
    assert kept.section("guesses") == {"1.1": "some"}
    assert not list(tmp_path.iterdir())
    kept.beside(None)
    assert kept.section("guesses") == {}


def test_what_is_given_out_is_a_copy(kept: Kept) -> None:
    value = ["a"]
    kept.keep("guesses", "1.1", value)
    value.append("b")
    kept.section("guesses")["1.1"].append("c")
    assert kept.section("guesses") == {"1.1": ["a"]}


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"guesses": 3}', ""])
def test_a_damaged_file_is_set_aside_and_not_written_over(
    kept: Kept, tmp_path: Path, text: str
) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.warns(UserWarning, match="could not be read, and was renamed lab-kept.json.dam"):
        kept.keep("guesses", "1.1", "some")
    assert kept.section("guesses") == {"1.1": "some"}
    assert (tmp_path / f"{FILE}.damaged").read_text("utf-8") == text


def test_where_nothing_can_be_written_it_is_said_once_and_the_cell_goes_on(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.keep("guesses", "1.1", "before")

    def full(path: Path, content: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_kept, "write_whole", full)
    with pytest.warns(UserWarning, match="cannot be written .No space left on device.: what you"):
        kept.keep("guesses", "1.2", "some")
    kept.keep("guesses", "1.3", "more")  # warnings are errors here
    assert kept.section("guesses") == {"1.1": "before", "1.2": "some", "1.3": "more"}


def test_what_json_cannot_hold_is_refused_and_the_file_stays(kept: Kept, tmp_path: Path) -> None:
    kept.keep("guesses", "1.1", "some")
    with pytest.raises(TypeError):
        kept.keep("guesses", "1.2", {1, 2})
    assert kept.section("guesses") == {"1.1": "some"}
