"""chainrule evaluate and worst: a trained model looked at."""

import dataclasses
import itertools
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from chainrule.cli._options import (
    csv_option,
    data_options,
    json_option,
    model_argument,
)
from chainrule.cli._outputs import check_output
from chainrule.cli._rows import placed, write_csv
from chainrule.cli._streams import say
from chainrule.data import Dataset
from chainrule.nn.evaluate import (
    class_scores,
    confusion_matrix,
    losses_and_predictions,
    worst_predictions,
)
from chainrule.runs.inputs import Judged, Labelled, read_labelled
from chainrule.runs.model_files import TrainedModel

SHOWN_COLUMNS = 6
LONGEST_WORD = 24


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_WORD else f"{text[: LONGEST_WORD - 1]}…"


@click.command()
@model_argument
@data_options
@click.option(
    "--part",
    type=click.Choice(["test", "train", "all"]),
    help="Which part of the data. [default: test of those it was trained on, all of others]",
)
@csv_option
@json_option
def evaluate(
    model_path: Path,
    part: Judged | None,
    csv_path: Path | None,
    as_json: bool,
    data: str | None,
    data_dir: str | None,
    label: str | None,
    separator: str | None,
) -> None:
    """Print accuracy, loss, each class's scores and confusions of a model.

    MODEL is a run folder or a model file. The data are those it was trained on, unless others are
    named: of a file that it was not trained on every row is judged, be it one.

    \b
    Examples:
      chainrule evaluate runs/digits-1
      chainrule evaluate runs/digits-1/logistic.safetensors --part train
      chainrule evaluate runs/flowers-1 --data new.csv --csv predictions.csv
    """
    trained = TrainedModel.load(model_path)
    own = (trained.source.get(key) for key in ("name", "test"))
    check_output(csv_path, "--csv", (".csv",), [data, *own])
    judged = read_labelled(trained, data, data_dir, label, separator, part)
    losses, predicted = losses_and_predictions(trained, judged.X, judged.y)
    _warn_if_changed(judged)
    counts = confusion_matrix(judged.y, predicted, len(trained.classes))
    if csv_path is not None:
        rows = [
            placed(judged.counted, place)
            | {"true": trained.classes[true], "predicted": trained.classes[guess], "loss": loss}
            for place, true, guess, loss in zip(
                _places(judged), judged.y, predicted, losses.tolist(), strict=True
            )
        ]
        write_csv(csv_path, rows)
    if as_json:
        say(json.dumps(_judgement(trained, judged, counts, float(losses.mean()))))
        return
    _print_judgement(trained, judged, counts, float(losses.mean()))
    if csv_path is not None:
        say(f"\nEvery prediction is in {csv_path}")


def _judgement(
    trained: TrainedModel, judged: Labelled, counts: NDArray[np.int64], loss: float
) -> dict[str, Any]:
    """What is said of the model, as plain data; None where a share is of no samples."""
    return {
        "model": repr(trained.model),
        "data": judged.name,
        "part": judged.part,
        "samples": len(judged.y),
        "accuracy": float(np.trace(counts) / counts.sum()),
        "loss": loss,
        "classes": trained.classes,
        "scores": [
            {k: None if math.isnan(v) else v for k, v in dataclasses.asdict(s).items()}
            for s in class_scores(counts)
        ],
        "confusion": counts.tolist(),
    }


def _print_judgement(
    trained: TrainedModel, judged: Labelled, counts: NDArray[np.int64], loss: float
) -> None:
    names, of_class = [str(c) for c in trained.classes], counts.sum(axis=1)
    say(f"{trained.model!r} on {_where(judged)}, {_samples(len(judged.y))}")
    say(f"accuracy {np.trace(counts) / counts.sum():.4f}, mean loss {loss:.5f}")
    share = of_class.max() / of_class.sum()
    say(f"(who always says {names[of_class.argmax()]} has accuracy {share:.4f})\n")
    width = max(5, *map(len, names)) + 1
    say(f"{'class':>{width}}   precision  recall      f1  samples")
    for name, s in zip(names, class_scores(counts), strict=True):
        shares = (f"{_share(s.precision):>9}", f"{_share(s.recall):>6}", f"{_share(s.f1):>6}")
        say(f"{name:>{width}}   {'  '.join(shares)}  {s.samples:7d}")
    say(f"\n{'':>{width}}   predicted")
    say(f"{'true':>{width}} |" + "".join(f"{name:>{width}}" for name in names))
    for name, row in zip(names, counts, strict=True):
        say(f"{name:>{width}} |" + "".join(f"{n or '.':>{width}}" for n in row))


def _samples(number: int) -> str:
    return f"{number} sample{'s' if number > 1 else ''}"


def _share(value: float) -> str:
    """A share, or a dash where there is none: of no samples."""
    return "-" if math.isnan(value) else f"{value:.4f}"


@click.command()
@model_argument
@data_options
@click.option(
    "--number",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="How many samples to show.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.png",
    help="Draw them as well.",
)
@json_option
def worst(
    model_path: Path,
    number: int,
    out: Path | None,
    as_json: bool,
    data: str | None,
    data_dir: str | None,
    label: str | None,
    separator: str | None,
) -> None:
    """List the test samples with the highest loss, the worst first.

    MODEL is a run folder or a model file. Of a file that it was not trained on all rows are looked
    at. Rows of a table come with their number in the file, and their values.

    \b
    Examples:
      chainrule worst runs/digits-1
      chainrule worst runs/digits-1 --number 20 --out worst.png
    """
    check_output(out, "--out", (".png",), [data])
    trained = TrainedModel.load(model_path)
    judged = read_labelled(trained, data, data_dir, label, separator)
    predictions = worst_predictions(trained, judged.X, judged.y, number)
    _warn_if_changed(judged)
    if out is not None:
        from chainrule.report.training import draw_worst

        drawn = Dataset(
            judged.name,
            *(judged.X, judged.y, judged.X, judged.y),
            trained.classes,
            image_shape=trained.image_shape,
        )
        draw_worst(out, predictions, drawn)
    places = _places(judged)
    rows = [
        placed(judged.counted, places[p.sample_idx])
        | {
            "true": trained.classes[p.true],
            "predicted": trained.classes[p.predicted],
            "loss": p.loss,
        }
        for p in predictions
    ]
    values = [_values(trained, np.asarray(judged.X[p.sample_idx])) for p in predictions]
    if as_json:
        result = [
            row | ({"features": columns} if columns else {})
            for row, columns in zip(rows, values, strict=True)
        ]
        say(json.dumps({"model": repr(trained.model), "worst": result}))
        return
    counted = judged.counted or "sample"
    width = max(9, *(len(str(c)) for c in trained.classes))
    say(f"{trained.model!r} on {_where(judged)}")
    say(f"{counted:>6}  {'true':>{width}}  {'predicted':>{width}}      loss")
    for row, columns in zip(rows, values, strict=True):
        line = f"{row[counted]:6d}  {row['true']!s:>{width}}  {row['predicted']!s:>{width}}"
        say(f"{line}  {row['loss']:8.5f}  {_in_short(columns)}".rstrip())
    if out is not None:
        say(f"Drawn in {out}")


def _places(judged: Labelled) -> NDArray[np.int64]:
    return np.arange(len(judged.y)) if judged.places is None else judged.places


def _where(judged: Labelled) -> str:
    return (
        f"all of {judged.name}"
        if judged.part == "all"
        else (f"the {judged.part} part of {judged.name}")
    )


def _values(trained: TrainedModel, x: NDArray[Any]) -> dict[str, float | str]:
    """A sample of a table, column by column; nothing of an image."""
    if trained.image_shape is not None:
        return {}
    if trained.form is not None:
        return trained.form.values(x)
    return {f"x{i}": float(value) for i, value in enumerate(x)}


def _in_short(values: Mapping[str, float | str]) -> str:
    words = [
        f"{_short(name)} " + (f"{value:.6g}" if isinstance(value, float) else _short(value))
        for name, value in itertools.islice(values.items(), SHOWN_COLUMNS)
    ]
    return ", ".join(words) + (", …" if len(values) > SHOWN_COLUMNS else "")


def _warn_if_changed(judged: Labelled) -> None:
    """Say so if the data that the model was trained on have another test part now."""
    if judged.has_changed:
        say(
            f"chainrule: {judged.name} has changed since the model was trained; its test part may "
            "hold samples that the model has learned",
            err=True,
        )
