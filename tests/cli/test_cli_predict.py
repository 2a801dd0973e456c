"""chainrule predict: pictures and tables, several at once, and what is no digit."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from chainrule.data.image_files import DigitPicture
from chainrule.plots import Seen
from chainrule.runs.doubt import doubt
from command_line import Invoke


def write_line(path: Path, *points: tuple[int, int], width: int = 10) -> Path:
    picture = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(picture).line(points, fill=0, width=width, joint="curve")
    picture.save(path)
    return path


def test_several_pictures_get_a_line_each_with_the_three_most_probable_digits(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    one = write_line(tmp_path / "one.png", (60, 20), (60, 100))
    seven = write_line(tmp_path / "seven.png", (30, 20), (90, 20), (50, 100))
    code, out, err = chainrule("predict", digits_run, one, seven)
    assert (code, err) == (0, "")
    header, first, second = (line for line in out.splitlines() if "may be no digit" not in line)
    assert header.split() == ["sample", "predicted", "probability", "next"]
    assert first.split()[:2] == [str(one), "1"]
    assert second.split()[:2] == [str(seven), "7"]
    assert first.count("(") == second.count("(") == 2
    code, out, _ = chainrule("predict", digits_run, one, seven, "--json")
    predictions = json.loads(out)["predictions"]
    assert [p["label"] for p in predictions] == [1, 7]
    assert [p["file"] for p in predictions] == [str(one), str(seven)]
    for p in predictions:
        probabilities = [choice["probability"] for choice in p["top"]]
        assert len(probabilities) == 3
        assert probabilities == sorted(probabilities, reverse=True)
        assert p["probability"] == probabilities[0]


def test_a_bad_file_among_others_is_said_and_the_others_are_read(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    one = write_line(tmp_path / "one.png", (60, 20), (60, 100))
    Image.new("L", (50, 50), 255).save("blank.png")
    code, out, err = chainrule("predict", digits_run, "blank.png", one, "gone.png")
    assert code == 2
    assert str(one) in out
    assert [line.split(":")[1].strip() for line in err.splitlines()] == ["blank.png", "gone.png"]
    code, out, _ = chainrule("predict", digits_run, "blank.png", "gone.png", "--out", "seen.png")
    assert (code, out) == (2, "")
    assert not Path("seen.png").exists()


def test_out_draws_what_the_network_saw(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    one = write_line(tmp_path / "one.png", (60, 20), (60, 100))
    np.savez(tmp_path / "rows.npz", X=np.zeros((2, 64)))
    code, out, _ = chainrule("predict", digits_run, one, "rows.npz", "--out", "seen.png")
    assert code == 0
    assert out.endswith("Drawn in seen.png\n")
    assert "rows.npz 1" in out
    with Image.open("seen.png") as picture:
        assert picture.width > 400
    code, _, err = chainrule("predict", digits_run, one, "--out", "seen.jpg")
    assert code == 2
    assert "a file whose name ends in .png; got seen.jpg" in err


def test_what_is_drawn_has_the_name_of_its_file_and_its_row_there(
    chainrule: Invoke, digits_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def drawn(samples: Sequence[Seen], _: object) -> bytes:
        names.extend(sample.name for sample in samples)
        return b""

    monkeypatch.setattr("chainrule.plots.seen_png", drawn)
    one = write_line(tmp_path / "one.png", (60, 20), (60, 100))
    np.savez(tmp_path / "rows.npz", X=np.zeros((2, 64)))
    assert chainrule("predict", digits_run, one, "rows.npz", "--out", "seen.png")[0] == 0
    assert names == ["one.png", "rows.npz 0", "rows.npz 1"]


def test_what_may_be_no_digit_is_said(chainrule: Invoke, digits_run: Path, tmp_path: Path) -> None:
    zigzag = [(15 + 10 * i, 15 + 90 * (i % 2)) for i in range(10)]
    scribble = write_line(tmp_path / "scribble.png", *zigzag, width=3)
    code, out, _ = chainrule("predict", digits_run, scribble)
    assert code == 0
    assert "this may be no digit: its strokes are" in out
    _, out, _ = chainrule("predict", digits_run, scribble, "--json")
    assert "its strokes are" in json.loads(out)["predictions"][0]["may_be_no_digit"]


@pytest.mark.parametrize(
    ("highest", "oddity", "classes", "says"),
    [
        (0.95, None, (0, 1), None),
        (0.85, None, (0, 1), "gives no digit a probability of 0.9"),
        (0.95, "the ink is in 4 pieces", (0, 1), "the ink is in 4 pieces"),
        (0.55, "the ink is in 4 pieces", ("rose", "lily"), None),
    ],
)
def test_the_rule_of_doubt(
    highest: float, oddity: str | None, classes: tuple[int | str, ...], says: str | None
) -> None:
    picture = DigitPicture(np.zeros((9, 9, 3), np.uint8), np.zeros(64), oddity)
    reason = doubt(picture, np.array([highest, 1 - highest]), classes)
    assert (reason is None) == (says is None)
    assert says is None or says in str(reason)
