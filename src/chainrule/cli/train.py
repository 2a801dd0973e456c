"""chainrule train."""

import contextlib
import json
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from chainrule.cli._console import ConsoleListener
from chainrule.cli._options import (
    data_options,
    is_given,
    json_option,
    mistakes,
    table_options,
    with_whole_paths,
)
from chainrule.cli._story import story
from chainrule.cli._streams import say
from chainrule.data.scaling import KINDS
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.init import INITIALISATIONS
from chainrule.runs.config import DEFAULT_LEARNING_RATES, MODELS, RunConfig
from chainrule.runs.lessons import lesson_settings
from chainrule.runs.outcome import Run, RunDivergedError, summary
from chainrule.runs.run import resume, start
from chainrule.training.augmentation import USUAL, Augmentation
from chainrule.training.engines import ENGINES
from chainrule.training.schedules import SCHEDULES

DEFAULTS = RunConfig()
WIDTH = 96  # of sentences
# Who gives one of these has settings of their own in mind, and a mistake gets no others.
OWN = {"data", "data_dir", "hidden", "activation", "init", "learning_rate", "batch_size"}
OWN |= {"momentum", "weight_decay", "schedule", "label_smoothing", "dropout", "averaging"}
OWN |= {"members", "shuffle", "scale", "engine", "augment"}


def _sizes(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    """One number of units for each hidden layer, from words such as 32 or 64,32."""
    try:
        sizes = tuple(int(size) for size in value.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise click.BadParameter(
            f"{value!r} is not a number of hidden units, 1 or more for each layer, "
            "such as 32 or 64,32"
        )
    return sizes


def _augmentation(_context: click.Context, _option: click.Parameter, value: str) -> Augmentation:
    """How far images are deformed, from words such as usual or shift=0.1,rotation=15."""
    try:
        return Augmentation.read(value)
    except ChainruleError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    epilog="""\b
Examples:
  chainrule train
  chainrule train --model net --hidden 64,32 --epochs 30
  chainrule train --validation 0.1 --patience 3 --epochs 100
  chainrule train --data mnist --hidden 128 --batch-size 128 --epochs 10
  chainrule train --model net --augment usual --epochs 60
  chainrule train --data flowers.csv --label species
  chainrule train --data people.csv --label income --drop id --fill median
  chainrule train --fault grad-preactivation
  chainrule train --resume runs/digits-1 --epochs 30
"""
)
@data_options
@table_options
@click.option(
    "--model",
    type=click.Choice(["both", *MODELS]),
    default="both",
    show_default=True,
    help="logistic is softmax regression, net the network.",
)
@click.option(
    "--hidden",
    callback=_sizes,
    default=",".join(map(str, DEFAULTS.hidden)),
    show_default=True,
    metavar="SIZES",
    help="Units of each hidden layer, such as 64,32 for two layers.",
)
@click.option(
    "--activation",
    type=click.Choice(list(ACTIVATIONS)),
    default=DEFAULTS.activation,
    show_default=True,
    help="Of the hidden layers: elu has alpha 1, leaky-relu a slope of 0.01 below 0.",
)
@click.option(
    "--fault",
    multiple=True,
    metavar="ID",
    shell_complete=mistakes,
    help="Train the network with this mistake beside the right one, to see what it does; may be "
    "given several times. Without settings of your own, those are taken in which it shows. "
    "ID@LAYER puts it at a layer, such as h2 or o. chainrule faults lists them.",
)
@click.option(
    "--init",
    type=click.Choice(list(INITIALISATIONS)),
    default=DEFAULTS.init,
    show_default=True,
    help="How the first weights are drawn; uniform is the lab's, within 0.1 of zero.",
)
@click.option(
    "--epochs",
    type=int,
    default=DEFAULTS.epochs,
    show_default=True,
    help="Passes over the training part.",
)
@click.option(
    "--learning-rate",
    type=float,
    metavar="NUMBER",
    help="Length of a step. [default: "
    + ", ".join(f"{name} {rate:g}" for name, rate in DEFAULT_LEARNING_RATES.items())
    + "; times the square root of the batch size, times 1 - momentum]",
)
@click.option(
    "--batch-size",
    type=int,
    default=DEFAULTS.batch_size,
    show_default=True,
    help="Samples in one step.",
)
@click.option(
    "--momentum",
    type=float,
    default=DEFAULTS.momentum,
    show_default=True,
    metavar="NUMBER",
    help="0 for none, less than 1.",
)
@click.option(
    "--weight-decay",
    type=float,
    default=DEFAULTS.weight_decay,
    show_default=True,
    metavar="NUMBER",
    help="Pull of the weights towards zero.",
)
@click.option(
    "--schedule",
    type=click.Choice(list(SCHEDULES)),
    default=DEFAULTS.schedule,
    show_default=True,
    help="Of the learning rate: step is a tenth of it from half of the epochs on and a hundredth "
    "from three quarters on, cosine goes down to almost 0.",
)
@click.option(
    "--label-smoothing",
    type=float,
    default=DEFAULTS.label_smoothing,
    show_default=True,
    metavar="SHARE",
    help="Of each target, shared out among all classes, such as 0.1.",
)
@click.option(
    "--dropout",
    type=float,
    default=DEFAULTS.dropout,
    show_default=True,
    metavar="SHARE",
    help="Of the hidden units, left out of a step, others for each sample, such as 0.2.",
)
@click.option(
    "--averaging",
    type=float,
    default=DEFAULTS.averaging,
    show_default=True,
    metavar="SHARE",
    help="Of the epochs, the last ones, after which the weights are averaged, such as 0.25; the "
    "average is the model.",
)
@click.option(
    "--members",
    type=int,
    default=DEFAULTS.members,
    show_default=True,
    help="Networks to train side by side, from as many seeds; their probabilities are averaged.",
)
@click.option(
    "--shuffle/--no-shuffle",
    default=DEFAULTS.shuffle,
    show_default=True,
    help="Take the samples in a new order each epoch.",
)
@click.option(
    "--validation",
    type=float,
    default=DEFAULTS.validation,
    show_default=True,
    metavar="SHARE",
    help="Share of the training part to hold back for validation, such as 0.1.",
)
@click.option(
    "--patience",
    type=int,
    metavar="EPOCHS",
    help="Stop after so many epochs without a lower validation loss; keep the best weights.",
)
@click.option(
    "--scale",
    type=click.Choice(KINDS),
    help="Of the features: standard has mean 0 and deviation 1, unit the range 0 to 1. "
    "[default: unit for images of bytes, such as MNIST, else standard]",
)
@click.option(
    "--augment",
    callback=_augmentation,
    default=str(DEFAULTS.augment),
    show_default=True,
    metavar="STRENGTHS",
    help="Deform the training images at random, anew in each epoch: usual is "
    f"{USUAL}, or give some of these. Lengths are shares of the side, rotation is in degrees.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=DEFAULTS.engine,
    show_default=True,
    help="What takes the steps: the compiled kernel, or numpy; auto is the kernel where it can be "
    "used.",
)
@click.option(
    "--threads",
    type=int,
    default=DEFAULTS.threads,
    help="How many may share the work of a batch. [default: as many as are fastest for the job]",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    show_default=True,
    help="Fixes everything that is drawn at random.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write; new or empty. [default: runs/NAME-1, runs/NAME-2, …]",
)
@click.option(
    "--resume",
    "resume_folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Go on with a stopped run, with its own options; --epochs may be raised, and --engine "
    "and --threads changed.",
)
@click.option("--no-plots", is_flag=True, help="Write no pictures and no report.")
@json_option
@click.pass_context
def train(context: click.Context, /, **options: Any) -> None:
    """Train softmax regression and a network, with a report.

    With no option at all: 1,797 handwritten digits that come with chainrule, one sample at a
    time, a few seconds. Ctrl-C ends after the current epoch with everything written.
    """
    as_json, no_plots, out = (options.pop(name) for name in ("as_json", "no_plots", "out"))
    folder, models = options.pop("resume_folder"), options.pop("model")
    options_given = [name for name in (*options, "out", "model") if is_given(context, name)]
    output = sys.stderr if as_json else sys.stdout
    at_end = partial(_show, as_json=as_json, no_plots=no_plots)
    with ConsoleListener(output, at_end) as listener, _explained(no_plots):
        if folder is not None:
            changeable = ("epochs", "engine", "threads")
            extra = [
                f"--{name.replace('_', '-')}" for name in options_given if name not in changeable
            ]
            if extra:
                raise ChainruleError(
                    f"--resume goes on with the options of the run; leave out {', '.join(extra)}"
                )
            epochs = options["epochs"] if "epochs" in options_given else None
            engine = options["engine"] if "engine" in options_given else None
            threads = options["threads"] if "threads" in options_given else None
            run = resume(folder, epochs, listener, engine, threads)
            if not listener.trained:
                say("All epochs were done already; --epochs NUMBER trains on", err=True)
        else:
            if not OWN.intersection(options_given):
                listener.lesson = lesson_settings(options["fault"])
            config = _new_config(options | listener.lesson, models, options_given)
            run = start(config, out, listener)
    if run.interrupted:
        say(f"Stopped before the end. To go on: chainrule train --resume {run.folder}", err=True)
        raise SystemExit(listener.code)


def _show(run: Run, *, as_json: bool, no_plots: bool) -> None:
    """Print what a run has shown, then draw it."""
    if as_json:
        say(json.dumps(summary(run) | {"story": story(run)}))
    elif run.outcomes:
        _print_outcome(run)
    if run.outcomes and not no_plots:
        from chainrule.report.training import write_report

        page = write_report(run, story(run))
        if not as_json:
            say(f"Everything on one page: {page}")


def _new_config(options: dict[str, Any], models: str, options_given: list[str]) -> RunConfig:
    """What a new run is to do, from the options of the command and the names of those given."""
    with_whole_paths(options)
    faults = options.pop("fault")
    if faults and "model" not in options_given:
        models = "net"
    names = MODELS if models == "both" else (models,)
    idle = [f"--{name}" for name in ("hidden", "activation") if name in options_given]
    if names == ("logistic",) and idle:
        raise ChainruleError(
            f"softmax regression has no hidden layer; leave out {', '.join(idle)}, "
            "or train --model net"
        )
    return RunConfig(models=names, faults=faults, **options)


@contextlib.contextmanager
def _explained(no_plots: bool) -> Iterator[None]:
    """Say and draw why a run diverges, before the error does."""
    try:
        yield
    except RunDivergedError as error:
        if error.diagnosis is not None:
            say(f"{error.diagnosis.finding}.", err=True)
            if not no_plots:
                from chainrule.report.training import draw_diagnosis

                path = error.folder / "diagnosis.png"
                draw_diagnosis(path, error.diagnosis, repr(error.model))
                say(f"Its gradients by layer: {path}", err=True)
        raise


def _print_outcome(run: Run) -> None:
    """The scores of every part, then what they mean, before anything is drawn."""
    parts = [p for p in ("train", "validation", "test") if f"{p}_loss" in run.main.metrics]
    names = {o.name: repr(o.trained.model) for o in run.outcomes}
    width = max(len(name) for name in names.values()) + 2
    columns = "".join(f"{part:>11s}" for part in parts)
    room = len(columns)
    say(f"\n{'':{width}s}{'accuracy':>{room}s}{'mean loss, nats':>{room + 2}s}     seconds")
    say(f"{'':{width}s}{columns}  {columns}  of steps")
    for outcome in run.outcomes:
        m = outcome.metrics
        accuracies = "".join(f"{m[f'{part}_accuracy']:11.4f}" for part in parts)
        losses = "".join(f"{m[f'{part}_loss']:11.5f}" for part in parts)
        say(f"{names[outcome.name]:{width}s}{accuracies}  {losses}{m['seconds']:10.2f}")
    for sentence in story(run):
        say("\n" + textwrap.fill(sentence, WIDTH, break_on_hyphens=False, break_long_words=False))
    say(f"\nWritten to {run.folder}, seed {run.config.seed}")
