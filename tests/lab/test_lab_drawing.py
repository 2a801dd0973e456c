"""Digits that are drawn, as strokes in a field or as a picture in a file, and read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chainrule.data.bitmaps import as_digit
from chainrule.errors import ChainruleError, DataError
from chainrule.lab import draw, read_drawing
from chainrule.lab._drawing_widget import DrawingWidget
from chainrule.lab.copies import with_copies
from chainrule.lab.drawing import NO_FIELD
from chainrule.lab.reader import Reader, usual_reader
from chainrule.lab.strokes import PEN, ink_of, read_strokes
from drawn_strokes import HELD_BACK, drawn_digits

ONE = [[(140.0, 40.0), (140.0, 240.0)]]
SEVEN = [[(80.0, 40.0), (200.0, 40.0), (110.0, 240.0)], [(110.0, 140.0), (190.0, 140.0)]]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return usual_reader()


def test_nine_of_ten_drawings_are_read_in_styles_that_nothing_was_tuned_on(reader: Reader) -> None:
    drawn = drawn_digits(HELD_BACK, 10, seed=2026)
    assert len(drawn) == 100
    X = np.array([as_digit(ink_of(one.strokes, one.pen)).ravel() for one in drawn])  # (100, 64)
    assert np.mean(reader.model.predict(X) == [one.label for one in drawn]) >= 0.9


def test_what_is_read_is_told(reader: Reader) -> None:
    reading = read_strokes(SEVEN, reader)
    assert reading.digit == 7
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert repr(reading).startswith("The network reads a 7 (")
    assert "what it sees" in reading._repr_html_()
    assert repr(read_strokes(SEVEN, reader, meant=7)).endswith("That is what you meant.")


def test_a_miss_is_explained_by_the_images_that_are_nearest(reader: Reader) -> None:
    reading = read_strokes(SEVEN, reader, meant=4)
    distances = [neighbour.distance for neighbour in reading.neighbours]
    assert distances == sorted(distances)
    assert reading.neighbours[0].label == 7
    assert reading.nearest_of[4].label == 4
    assert reading.nearest_of[7].distance == distances[0]
    assert "You meant a 4" in repr(reading)
    assert "none of them a 4" in repr(reading)
    assert reading._repr_html_().count("<figure") == 1 + 5 + 1
    with pytest.raises(ChainruleError, match="meant must be a digit, 0 to 9; got 10"):
        read_strokes(SEVEN, reader, meant=10)


@pytest.mark.parametrize("paper", ["white", "black"])
def test_a_picture_from_a_file_is_read_like_the_strokes(
    paper: str, reader: Reader, tmp_path: Path
) -> None:
    ink = ink_of(SEVEN, PEN)
    grey = (255 * (1 - ink if paper == "white" else ink)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "digit.png")
    reading = read_drawing(tmp_path / "digit.png", reader)
    assert reading.digit == 7
    difference = np.abs(reading.pixels - read_strokes(SEVEN, reader).pixels)
    assert difference.max() <= 1  # of 16: a file is smoothed a little, for its noise
    assert read_drawing(str(tmp_path / "digit.png")).digit == 7


def test_a_picture_that_is_not_there_is_said(reader: Reader) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_drawing("no.png", reader)


def test_what_is_drawn_and_read_crosses_to_the_browser_and_back(reader: Reader) -> None:
    assert {"strokes", "meant", "asked", "reading"} <= set(DrawingWidget(reader).keys)


def test_strokes_are_drawn_larger_than_the_field() -> None:
    assert ink_of([[(0, 140), (280, 140)]], pen=18).shape == (560, 560)
    assert ink_of([[(0, 140), (280, 140)]], pen=18)[:, 280].sum() == pytest.approx(36, abs=1)


def test_the_field_sends_strokes_and_gets_a_reading(reader: Reader) -> None:
    widget = DrawingWidget(reader)
    assert widget.reading == {}
    widget.strokes = SEVEN
    assert widget.reading["digit"] == 7
    assert "The network reads a 7" in widget.reading["html"]
    widget.meant = 4
    assert "You meant a 4" in widget.reading["html"]
    widget.asked += 1  # the same once more: an answer comes all the same
    assert widget.reading["asked"] == widget.asked
    widget.strokes = []
    assert widget.reading == {}


@pytest.mark.parametrize(
    "strokes",
    [[[]], [[(1,)]], ["a"], [[(float("nan"), 3.0)]], [[(0.0, 0.0)] * 30_000], [[(-90, -90)]]],
)
def test_what_is_no_drawing_is_no_reading(strokes: Any, reader: Reader) -> None:
    widget = DrawingWidget(reader)
    widget.strokes = strokes
    assert widget.reading == {}


def test_a_dot_is_a_drawing_and_very_little_of_one(reader: Reader) -> None:
    reading = read_strokes([[(140.0, 140.0)]], reader)
    assert reading.digit in range(10)
    assert repr(reading).startswith("That is very little ink for a digit")
    assert "very little ink" not in repr(read_strokes(ONE, reader))


def test_words_leave_out_what_is_next_to_nothing(reader: Reader) -> None:
    reading = read_strokes(SEVEN, reader)
    y = np.zeros(10)
    y[[8, 3]] = 0.998, 0.002
    eight = replace(reading, probabilities=y)
    assert repr(eight) == "The network reads an 8 (>99%)."
    y[[8, 3]] = 0.8, 0.2
    assert repr(eight) == "The network reads an 8 (80%); next would be 3 (20%)."
    assert "You meant an 8, to which it gives" in repr(replace(reading, meant=8))
    assert "none of them an 8" in repr(replace(reading, meant=8))


def test_without_widgets_a_sentence_says_what_to_do(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda output, raw: outputs.append(output))
    draw(reader)
    monkeypatch.setitem(__import__("sys").modules, "chainrule.lab._drawing_widget", None)
    draw(reader)
    with_widget, without = outputs
    assert "application/vnd.jupyter.widget-view+json" in with_widget
    assert with_widget["text/plain"] == without["text/plain"] == NO_FIELD
    assert "application/vnd.jupyter.widget-view+json" not in without


def test_copies_are_like_their_images_and_the_seed_decides() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 17, (30, 64)).astype(np.float32)
    y = np.arange(30) % 10
    copies, labels = with_copies(X, y, 3, seed=1)
    assert copies.shape == (120, 64)
    assert copies.dtype == np.float32
    np.testing.assert_array_equal(copies[:30], X)
    np.testing.assert_array_equal(labels, np.tile(y, 4))
    assert copies.min() >= 0
    assert copies.max() <= 16
    np.testing.assert_array_equal(with_copies(X, y, 3, seed=1)[0], copies)
    assert np.abs(with_copies(X, y, 3, seed=2)[0] - copies).max() > 1
