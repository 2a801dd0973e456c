"""chainrule export: a model for other programs."""

import json
from pathlib import Path

import click

from chainrule.cli._options import json_option, model_argument
from chainrule.cli._outputs import check_output
from chainrule.cli._streams import say
from chainrule.runs.model_files import TrainedModel

MOST_NAMES = 20  # of features that are printed; the file has all


@click.command()
@model_argument
@click.option(
    "--onnx",
    "onnx_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.onnx",
    help="Write the model there, with its scaling and labels.",
)
@json_option
def export(model_path: Path, onnx_path: Path, as_json: bool) -> None:
    """Write a model as an ONNX file, which many programs can evaluate.

    MODEL is a run folder or a model file. The graph takes raw features in double precision and
    gives label and probabilities. Needs the package onnx.

    \b
    Examples:
      chainrule export runs/digits-1 --onnx digits.onnx
      chainrule export runs/digits-1/logistic.safetensors --onnx softmax.onnx
    """
    check_output(onnx_path, "--onnx", (".onnx",), [model_path])
    trained = TrainedModel.load(model_path)
    trained.to_onnx(onnx_path)
    names, n_features = trained.feature_names, trained.model.input_size
    if as_json:
        result = {"model": repr(trained.model), "out": str(onnx_path), "features": n_features}
        say(json.dumps(result | {"feature_names": names, "classes": trained.classes}))
        return
    say(f"Written to {onnx_path}: {trained.model!r} with its scaling and labels")
    say(f"It takes  features       double (N, {n_features}), raw, as they are before scaling")
    say("It gives  label          (N,)")
    classes = f"{len(trained.classes)}), of {_listed(trained.classes)}"
    say(f"          probabilities  double (N, {classes}")
    if names is not None:
        say(f"The features in order: {_listed(names)}")
        if trained.form is not None and trained.form.words:
            say("Of a column of words each is a feature, 1 where it stands and else 0")


def _listed(names: tuple[int | str, ...] | tuple[str, ...]) -> str:
    more = ", …" if len(names) > MOST_NAMES else ""
    return ", ".join(map(str, names[:MOST_NAMES])) + more
