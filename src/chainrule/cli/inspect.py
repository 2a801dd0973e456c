"""chainrule evaluate and worst: a trained model looked at."""

import dataclasses
import json
from pathlib import Path

import click

from chainrule.cli._options import data_options, json_option, model_argument
from chainrule.data import Dataset, load
from chainrule.data.dataset import Part
from chainrule.errors import ChainruleError
from chainrule.nn.evaluate import confusion_matrix, losses_and_predictions, worst_predictions
from chainrule.runs.data import fingerprint
from chainrule.runs.model_files import TrainedModel


@click.command()
@model_argument
@data_options
@click.option(
    "--part",
    type=click.Choice(["test", "train"]),
    default="test",
    show_default=True,
    help="Which part of the data.",
)
@json_option
def evaluate(
    model_path: Path,
    part: Part,
    as_json: bool,
    **source: str | None,
) -> None:
    """Print accuracy, loss and confusions of a model.

    MODEL is a run folder or a model file. The data are those it was trained on, unless others are
    named.

    \b
    Examples:
      chainrule evaluate runs/digits-1
      chainrule evaluate runs/digits-1/logistic.safetensors --part train
    """
    trained, data = _model_and_data(model_path, source)
    X, y = trained.part(data, part)
    losses, predicted = losses_and_predictions(trained, X, y)
    _warn_if_changed(trained, data, source)
    counts = confusion_matrix(y, predicted, len(trained.classes))
    accuracy, loss = float((predicted == y).mean()), float(losses.mean())
    if as_json:
        result = {
            "model": repr(trained.model),
            "data": data.name,
            "part": part,
            "samples": len(y),
            "accuracy": accuracy,
            "loss": loss,
            "classes": trained.classes,
            "confusion": counts.tolist(),
        }
        click.echo(json.dumps(result))
        return
    click.echo(f"{trained.model!r} on the {part} part of {data.name}, {len(y)} samples")
    click.echo(f"accuracy {accuracy:.4f}, mean loss {loss:.5f}\n")
    width = max(5, *(len(str(c)) for c in trained.classes)) + 1
    header = "".join(f"{c!s:>{width}}" for c in trained.classes)
    click.echo(f"{'':>{width}}   predicted")
    click.echo(f"{'true':>{width}} |{header}")
    for name, row in zip(trained.classes, counts, strict=True):
        click.echo(f"{name!s:>{width}} |" + "".join(f"{n or '.':>{width}}" for n in row))


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
    model_path: Path, number: int, out: Path | None, as_json: bool, **source: str | None
) -> None:
    """List the test samples with the highest loss, the worst first.

    MODEL is a run folder or a model file.

    \b
    Examples:
      chainrule worst runs/digits-1
      chainrule worst runs/digits-1 --number 20 --out worst.png
    """
    if out is not None and out.suffix.lower() != ".png":
        raise ChainruleError(f"--out writes a PNG picture; give a name ending in .png, not {out}")
    trained, data = _model_and_data(model_path, source)
    X, y = trained.part(data, "test")
    predictions = worst_predictions(trained, X, y, number)
    _warn_if_changed(trained, data, source)
    if out is not None:
        from chainrule.report.training import draw_worst

        draw_worst(out, predictions, dataclasses.replace(data, classes=trained.classes))
    if as_json:
        rows = [
            {
                "sample": p.sample_idx,
                "true": trained.classes[p.true],
                "predicted": trained.classes[p.predicted],
                "loss": p.loss,
            }
            for p in predictions
        ]
        click.echo(json.dumps({"model": repr(trained.model), "worst": rows}))
        return
    click.echo(f"{trained.model!r} on the test part of {data.name}")
    click.echo("sample  true  predicted      loss")
    for p in predictions:
        names = trained.classes[p.true], trained.classes[p.predicted]
        click.echo(f"{p.sample_idx:6d}  {names[0]!s:>4}  {names[1]!s:>9}  {p.loss:8.5f}")
    if out is not None:
        click.echo(f"Drawn in {out}")


def _model_and_data(
    model_path: Path, source: dict[str, str | None]
) -> tuple[TrainedModel, Dataset]:
    """The model, and the data named by the options or else those it was trained on."""
    trained = TrainedModel.load(model_path)
    if all(value is None for value in source.values()):
        trained_on = trained.source
        return trained, load(
            trained_on.get("name") or "digits", trained_on.get("data_dir"), trained_on.get("label")
        )
    name, data_dir, label = (source[key] for key in ("data", "data_dir", "label"))
    return trained, load(name or "idx", data_dir, label)


def _warn_if_changed(trained: TrainedModel, data: Dataset, source: dict[str, str | None]) -> None:
    """Say so if the data that the model was trained on have another test part now."""
    as_trained = all(value is None for value in source.values())
    if as_trained and trained.source.get("test_crc32") != str(fingerprint(*data.part("test"))):
        click.echo(
            f"chainrule: {data.name} has changed since the model was trained; its test part may "
            "hold samples that the model has learned",
            err=True,
        )
