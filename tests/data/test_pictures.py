"""A digit in a picture as people have them, down to the pixels that a model sees."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from chainrule.data.bitmaps import as_digit
from chainrule.data.centred import as_centred
from chainrule.data.image_files import read_picture, upright
from chainrule.data.ink import Pieces, digit_ink, otsu_threshold
from chainrule.errors import DataError
from spoiled_pictures import ORIENTATION, SPOILED, page, write_pictures

SIDE = 140
SEVEN = ((40, 30), (100, 30), (60, 120))


def ink_of_line(
    points: tuple[tuple[float, float], ...] = SEVEN, width: int = 12
) -> NDArray[np.float64]:
    picture = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(picture).line(points, fill=255, width=width, joint="curve")
    return np.asarray(picture) / 255


def seen(path: Path) -> NDArray[np.float64]:
    return read_picture(path, (28, 28), 1).pixels


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float64]:
    (path,) = write_pictures([ink_of_line()], "clean", tmp_path_factory.mktemp("clean"), 0)
    return seen(path)


@pytest.mark.parametrize("way", [way for way in SPOILED if way != "rotation ±15°"])
def test_a_picture_is_seen_like_the_clean_drawing(
    way: str, clean: NDArray[np.float64], tmp_path: Path
) -> None:
    (path,) = write_pictures([ink_of_line()], way, tmp_path, seed=3)
    difference = np.abs(seen(path) - clean).mean()
    other = np.abs(as_centred(ink_of_line(SEVEN[::-1][1:]), (28, 28)).ravel() - clean).mean()
    assert difference < (0.06 if way in {"photograph", "framed: sheet on a table"} else 0.025)
    assert other > 0.06


def test_the_centre_of_mass_is_in_the_middle_as_in_mnist() -> None:
    image = as_centred(ink_of_line(), (28, 28))
    assert image.shape == (28, 28)
    assert image.max() == 1
    places = np.arange(28) + 0.5
    for axis in (0, 1):
        centre = image.sum(axis=1 - axis) @ places / image.sum()
        assert centre == pytest.approx(14, abs=0.1)
    rows = np.flatnonzero((image > 0.2).any(axis=1))
    assert rows[-1] - rows[0] + 1 == pytest.approx(20, abs=1)


def test_the_pen_makes_little_difference_to_an_image_like_mnists() -> None:
    thin, thick = (as_centred(ink_of_line(width=width), (28, 28)) for width in (3, 24))
    assert np.abs(thin - thick).mean() < 0.05
    assert thin.sum() == pytest.approx(thick.sum(), rel=0.4)


@pytest.mark.parametrize("width", [4, 16, 24])
def test_a_plain_stroke_stays_narrow(width: int) -> None:
    one = np.zeros((SIDE, SIDE))
    one[20:120, 60 : 60 + width] = 1
    for image in (as_digit(one) / 16, as_centred(one, (28, 28))):
        across = image.sum(axis=0) > 0.05 * image.sum()
        assert across.mean() <= 0.5


def test_ink_is_what_differs_more_from_paper_than_paper_from_itself() -> None:
    rng = np.random.default_rng(0)
    paper = rng.normal(40, 10, 4000)
    assert otsu_threshold(paper) is None
    threshold = otsu_threshold(np.concatenate([paper, rng.normal(80, 1, 400)]))
    assert threshold is not None
    assert 55 < threshold < 78


def test_pieces_hang_together_by_corners_and_around_holes() -> None:
    rows = "##....#", "#.#..#.", "###.#..", ".......", "#.#...#", "###...#"
    mask = np.array([[c == "#" for c in row] for row in rows])
    pieces = Pieces.of(mask)
    assert sorted(pieces.area.tolist()) == [2, 3, 5, 7]
    assert (pieces.labels >= 0).tolist() == mask.tolist()
    largest = int(pieces.area.argmax())
    assert (pieces.top[largest], pieces.bottom[largest]) == (0, 2)
    assert (pieces.left[largest], pieces.right[largest]) == (0, 2)
    assert len(Pieces.of(np.zeros((3, 3), bool)).area) == 0
    rng = np.random.default_rng(0)
    noise = rng.random((40, 50)) < 0.4
    assert Pieces.of(noise).area.sum() == noise.sum()


def test_strokes_that_do_not_touch_are_one_digit() -> None:
    ink = np.maximum(
        ink_of_line(((50, 20), (100, 20))), ink_of_line(((50, 38), (50, 70), (95, 80), (50, 120)))
    )
    found = digit_ink(np.asarray(page(ink)))
    assert found is not None
    assert found.n_pieces == 2
    assert found.drawn.shape[0] == pytest.approx(106, abs=8)


def test_what_is_unlike_a_digit_is_said(tmp_path: Path) -> None:
    one = ink_of_line(((30, 20), (30, 120)))
    beside = [ink_of_line(((45, y), (45, y + 18))) for y in (30, 60, 90)]
    zigzag = tuple((20.0 + 12 * i, 25.0 + 90 * (i % 2)) for i in range(9))
    for ink, says in (
        (one, "None"),
        (sum(beside, one), "4 pieces"),
        (ink_of_line(zigzag, 3), "times as long as it is large"),
        (one + ink_of_line(((110, 20), (110, 120))), "one digit to a picture"),
    ):
        page(np.clip(ink, 0, 1)).save(tmp_path / "picture.png")
        assert says in str(read_picture(tmp_path / "picture.png", (28, 28), 1).oddity)


def test_a_picture_of_the_models_size_is_taken_pixel_for_pixel(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    image[0], image[5, 5] = 0, 255
    image[:, [0, -1]] = image[-1] = 0
    Image.fromarray(image).save(tmp_path / "image.png")
    np.testing.assert_allclose(seen(tmp_path / "image.png"), image.ravel() / 255)
    Image.fromarray(255 - image).save(tmp_path / "inverted.png")
    np.testing.assert_allclose(seen(tmp_path / "inverted.png"), image.ravel() / 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixel_is_read(
    mode: str, clean: NDArray[np.float64], tmp_path: Path
) -> None:
    picture = page(ink_of_line())
    path = tmp_path / "digit.tif"
    if mode == "I;16":
        Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 200).save(path)
    else:
        picture.convert("L" if mode == "F" else mode).convert(mode).save(path)
    assert np.abs(seen(path) - clean).mean() < 0.02


def test_a_card_with_transparent_corners_is_paper(
    clean: NDArray[np.float64], tmp_path: Path
) -> None:
    card = page(ink_of_line()).convert("RGBA")
    corners = Image.new("L", card.size)
    ImageDraw.Draw(corners).rounded_rectangle((2, 2, SIDE - 3, SIDE - 3), 25, fill=255)
    card.putalpha(corners)
    card.save(tmp_path / "card.png")
    assert np.abs(seen(tmp_path / "card.png") - clean).mean() < 0.02


def test_a_large_photograph_is_made_smaller_before_it_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (2400, 1600), "white").save(tmp_path / "large.jpg", exif=exif)
    assert upright(tmp_path / "large.jpg").size == (320, 480)


def test_what_is_no_picture_of_a_digit_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    Image.new("RGB", (40, 60), "white").save(tmp_path / "empty.png")
    paper = rng.normal(235, 12, (90, 90, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(paper).save(tmp_path / "paper.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "point.png")
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "nothing.png")
    Image.new("L", (28, 28), 3).save(tmp_path / "same.png")
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "nought.png").write_bytes(b"")
    page(ink_of_line()).save(tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    (tmp_path / "folder.png").mkdir()
    page(ink_of_line()).convert("RGB").save(tmp_path / "photo.jpg")
    (tmp_path / "photo.jpg").rename(tmp_path / "renamed.png")
    page(ink_of_line()).convert("RGB").save(tmp_path / "print.eps")
    (tmp_path / "print.eps").rename(tmp_path / "program.png")
    for name, says in (
        ("empty", "there is no digit to be seen"),
        ("paper", "there is no digit to be seen"),
        ("point", "there is no digit to be seen"),
        ("nothing", "there is no digit to be seen"),
        ("same", "one colour only"),
        ("text", "cannot be read as an image"),
        ("nought", "cannot be read as an image"),
        ("half", "cannot be read as an image"),
        ("renamed", r"of its name, PNG; it is a JPEG: give it a name that ends in .jpg or .jpeg"),
        ("program", "of the format of its name, PNG; give a picture"),
        ("folder", "this is a folder"),
        ("gone", "there is no such file"),
    ):
        with pytest.raises(DataError, match=says) as caught:
            seen(tmp_path / f"{name}.png")
        assert str(caught.value).startswith(str(tmp_path / f"{name}.png"))
    monkeypatch.setattr("chainrule.data.image_files.MOST_PIXELS", 100 * 100)
    with pytest.raises(DataError, match="make it smaller"):
        seen(tmp_path / "whole.png")
