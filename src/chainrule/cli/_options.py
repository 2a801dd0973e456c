"""Options that several verbs share, and what the Tab key offers after them."""

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from chainrule.data.forms import FILLS
from chainrule.data.loading import DOWNLOADABLE

DATA_SETS = ("digits", *DOWNLOADABLE, "idx")


def data_sets(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The data sets whose names begin so; where none does, the shell offers files."""
    names = [CompletionItem(name) for name in DATA_SETS if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def folders(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Leaves it to the shell, which knows the folders."""
    return [CompletionItem(incomplete, type="dir")]


def mistakes(
    _context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The mistakes whose ids begin so; after --fault those alone with which one can train."""
    from chainrule.faults import FORMULAS, catalogue, has_place_in_training

    return [
        CompletionItem(id_, help=catalogue()[id_].title)
        for id_ in FORMULAS
        if id_.startswith(incomplete) and (parameter.name != "fault" or has_place_in_training(id_))
    ]


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
            shell_complete=folders,
            help="Folder with the four IDX files, gzipped or not; used instead of downloading.",
        ),
        click.option(
            "--data",
            metavar="NAME|PATH",
            shell_complete=data_sets,
            help="digits (built in), mnist, fashion-mnist, idx with --data-dir, or the path of a "
            "CSV file, an NPZ file or a folder of IDX files.",
        ),
    ):
        command = option(command)
    return command


def table_options(command: Any) -> Any:
    """Add --drop, --test and --fill."""
    for option in (
        click.option(
            "--fill",
            type=click.Choice(FILLS),
            help="Of a CSV file: have the training part's median stand in for missing numbers, "
            "and its most frequent word for missing words. [default: they are refused]",
        ),
        click.option(
            "--test",
            metavar="FILE",
            help="A file like --data that is the test part; then all of --data is trained on.",
        ),
        click.option(
            "--drop",
            multiple=True,
            metavar="COLUMN",
            help="Leave this column of a CSV file out; may be given several times.",
        ),
    ):
        command = option(command)
    return command


def with_whole_paths(options: dict[str, Any]) -> None:
    """Make the paths of data absolute, since who goes on later may start from another folder."""
    if options["data"] is None:
        options["data"] = "digits" if options["data_dir"] is None else "idx"
    for name in ("data", "data_dir", "test"):
        path = options[name]
        if path is not None and path not in DATA_SETS and Path(path).exists():
            options[name] = str(Path(path).resolve())


def is_given(context: click.Context, name: str) -> bool:
    """Whether an option was given, and has not its default."""
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


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
