"""chainrule predict: what a trained model makes of pictures and tables."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from chainrule.cli._codes import BAD_INPUT
from chainrule.cli._messages import in_options
from chainrule.cli._options import (
    csv_option,
    json_option,
    model_argument,
    separator_option,
)
from chainrule.cli._outputs import check_output
from chainrule.cli._rows import placed, write_csv
from chainrule.cli._streams import say
from chainrule.data.arrays import Array
from chainrule.data.image_files import DigitPicture
from chainrule.errors import ChainruleError
from chainrule.runs.doubt import doubt
from chainrule.runs.inputs import is_picture, read_digit, read_samples
from chainrule.runs.model_files import TrainedModel

TOP = 3  # classes that are told of each sample


@dataclass(frozen=True)
class Answer:
    """What the model says of one sample of a file, and the picture that it is of, if any."""

    file: Path
    counted: str  # what `place` counts: a line or row of a table, a sample of others
    place: int
    x: Array  # (D,)
    probabilities: Array  # (K,)
    picture: DigitPicture | None = None
    doubt: str | None = None


@click.command()
@model_argument
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Draw each picture, what the network saw of it, and its answer.",
)
@separator_option
@csv_option
@json_option
def predict(
    model_path: Path,
    files: tuple[Path, ...],
    out: Path | None,
    separator: str | None,
    csv_path: Path | None,
    as_json: bool,
) -> int:
    """Classify the samples of files.

    MODEL is a run folder or a model file. FILES are pictures of one digit each, drawn or
    photographed (PNG, JPEG, …), CSV or NPZ files like the one trained on (a label column is passed
    over), or IDX files of images. "This may be no digit" stands below a picture whose ink is in
    more than two pieces or longer than a digit's, or in which no digit has a probability of 0.9.

    \b
    Examples:
      chainrule predict runs/digits-1 my-digit.png
      chainrule predict runs/mnist-1 *.jpg --out seen.png
      chainrule predict runs/idx-1 t10k-images-idx3-ubyte.gz
    """
    check_output(out, "--out", (".png",), files)
    check_output(csv_path, "--csv", (".csv",), files)
    trained = TrainedModel.load(model_path)
    if out is not None and trained.image_shape is None:
        raise ChainruleError("--out draws pictures, and this model was not trained on images")
    answers: list[Answer] = []
    code = 0
    for file in files:
        try:
            answers += _answers(file, trained, separator)
        except ChainruleError as error:
            if len(files) == 1:
                raise
            say(f"chainrule: {in_options(error)}", err=True)
            code = BAD_INPUT  # the other files are read none the less
    if out is not None and answers:
        _draw(out, answers, trained)
    if csv_path is not None and answers:
        write_csv(csv_path, [_as_row(a, trained.classes) for a in answers])
    if as_json:
        say(json.dumps({"predictions": [_as_json(a, trained.classes) for a in answers]}))
    elif answers:
        _print(answers, trained.classes, several=len(files) > 1)
        if out is not None:
            say(f"Drawn in {out}")
        if csv_path is not None:
            say(f"\nEvery prediction is in {csv_path}")
    return code


def _answers(file: Path, trained: TrainedModel, separator: str | None) -> list[Answer]:
    if not is_picture(file):
        X, counted, places = read_samples(file, trained, separator)
        return [
            Answer(file, counted, int(place), x, y)
            for place, x, y in zip(places, X, trained.forward(X), strict=True)
        ]
    picture = read_digit(file, trained)
    y = trained.forward(picture.pixels[np.newaxis])[0]  # (K,)
    return [
        Answer(file, "sample", 0, picture.pixels, y, picture, doubt(picture, y, trained.classes))
    ]


def _best(answer: Answer) -> list[int]:
    """The most probable classes, the first of them first."""
    return [int(i) for i in np.argsort(-answer.probabilities, kind="stable")[:TOP]]


def _print(answers: Sequence[Answer], classes: Sequence[int | str], several: bool) -> None:
    """A line for each sample, and below it why it may be none."""

    def name(answer: Answer) -> str:
        if answer.picture is not None:
            return str(answer.file)
        return f"{answer.file} {answer.place}" if several else str(answer.place)

    names = [name(answer) for answer in answers]
    wide = max(6, *map(len, names))
    broad = max(9, *(len(str(c)) for c in classes))
    counted = answers[0].counted if not several else "sample"
    say(f"{counted:>{wide}}  {'predicted':>{broad}}  probability  next")
    for shown, answer in zip(names, answers, strict=True):
        y, (first, *more) = answer.probabilities, _best(answer)
        others = ", ".join(f"{classes[i]} ({y[i]:.4f})" for i in more)
        say(f"{shown:>{wide}}  {classes[first]!s:>{broad}}  {y[first]:11.4f}  {others}")
        if answer.doubt:
            say(f"{'':>{wide}}  this may be no digit: {answer.doubt}")


def _as_row(answer: Answer, classes: Sequence[int | str]) -> dict[str, object]:
    best, *_ = _best(answer)
    return {
        "file": str(answer.file),
        **placed(answer.counted, answer.place),
        "label": classes[best],
        "probability": float(answer.probabilities[best]),
    }


def _as_json(answer: Answer, classes: Sequence[int | str]) -> dict[str, object]:
    top = [
        {"label": classes[i], "probability": float(answer.probabilities[i])} for i in _best(answer)
    ]
    return {**_as_row(answer, classes), "top": top, "may_be_no_digit": answer.doubt}


def _draw(path: Path, answers: Sequence[Answer], trained: TrainedModel) -> None:
    from chainrule.plots import Seen, seen_png
    from chainrule.runs.folder import write_whole

    assert trained.image_shape is not None
    shown = [
        Seen(
            name=f"{a.file.name}" if a.picture else f"{a.file.name} {a.place}",
            pixels=np.asarray(a.x, np.float64).reshape(trained.image_shape),
            probabilities=a.probabilities,
            picture=a.picture.rgb if a.picture else None,
            doubt=a.doubt,
        )
        for a in answers
    ]
    write_whole(path, seen_png(shown, trained.classes))
