"""chainrule replay."""

import json
from pathlib import Path

import click

from chainrule.cli.options import json_option


@click.command()
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="How many first weights to train each gradient from.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write; new or empty. [default: runs/replay-1, …]",
)
@click.option("--no-plots", is_flag=True, help="Write no picture and no page.")
@json_option
def replay(seeds: int, out: Path | None, no_plots: bool, as_json: bool) -> None:
    """Train the published lab's network under four gradients.

    Two of them are wrong. Prints what each does to loss and accuracy over many seeds beside the
    numbers that the lab prints, and writes a page that explains them. About a second a seed.
    """
    from chainrule.report.replayed import replay_and_report

    result = replay_and_report(seeds, out, plots_wanted=not no_plots, quiet=as_json)
    if as_json:
        click.echo(json.dumps(result))
