"""Options that several verbs share."""

from pathlib import Path
from typing import Any

import click

separator_option = click.option(
    "--separator",
    metavar="CHARACTER",
    help="Between the values of a CSV file. [default: guessed by its first line]",
)


def data_options(command: Any) -> Any:
    """Add --data, --data-dir, --label and --separator."""
    for option in (
        separator_option,
        click.option(
            "--label",
            metavar="NAME",
            help="Column of a CSV file (default: label), or array of an NPZ file (default: y), "
            "that holds the labels.",
        ),
        click.option(
            "--data-dir",
            metavar="FOLDER",
            help="Folder with the four IDX files, gzipped or not; used instead of downloading.",
        ),
        click.option(
            "--data",
            metavar="NAME|PATH",
            help="digits (built in), mnist, fashion-mnist, idx with --data-dir, or the path of a "
            "CSV file, an NPZ file or a folder of IDX files.",
        ),
    ):
        command = option(command)
    return command


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output."
)
model_argument = click.argument("model_path", metavar="MODEL", type=click.Path(path_type=Path))
csv_option = click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Write every prediction there, with the number of its row.",
)
