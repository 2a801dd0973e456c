"""chainrule replay."""

import json
from pathlib import Path

import click

from chainrule.cli._options import json_option
from chainrule.cli._progress import progress_bar
from chainrule.cli._streams import say
from chainrule.runs.folder import new_folder


@click.command("replay")
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
def replay_verb(seeds: int, out: Path | None, no_plots: bool, as_json: bool) -> None:
    """Train the published lab's network under four gradients.

    Two of them are wrong; a fifth run is as it should be. Prints what each does to loss and
    accuracy over many seeds beside the numbers that the lab prints, and writes a page that
    explains them. Takes about fifteen seconds.
    """
    from chainrule.report.replayed import PAGE, as_data, as_text, write_replay
    from chainrule.runs.replay import EPOCHS, SETTINGS, replay

    folder = new_folder(out, "replay")
    try:
        bar = progress_bar(len(SETTINGS) * EPOCHS, "epoch", "Replay")
        curves = replay(seeds, on_epoch=None if bar is None else bar.update)
        if bar is not None:
            bar.close()
    except KeyboardInterrupt:
        folder.rmdir()
        raise
    write_replay(curves, folder, pictures=not no_plots)
    if as_json:
        say(json.dumps(as_data(curves, folder)))
        return
    say(as_text(curves))
    say(f"Written to {folder}")
    if not no_plots:
        say(f"Everything on one page: {folder / PAGE}")
