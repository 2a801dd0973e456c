"""chainrule search."""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any, TextIO

import click

from chainrule.cli._options import (
    data_options,
    is_given,
    json_option,
    table_options,
    with_whole_paths,
)
from chainrule.cli._progress import progress_bar
from chainrule.cli._stopping import Stopping
from chainrule.cli._streams import say, styled
from chainrule.data import Dataset
from chainrule.data.scaling import KINDS
from chainrule.errors import ChainruleError
from chainrule.runs.config import RunConfig
from chainrule.search.config import SearchConfig
from chainrule.search.folds import FEWEST_OTHERS, StoppedError
from chainrule.search.outcome import Searched, Trial, metrics, story
from chainrule.search.run import SearchListener, resume, start
from chainrule.search.space import DEFAULT, SETTINGS, Space, options_space, read_space
from chainrule.training.engines import ENGINES

DEFAULTS = SearchConfig()
WIDTH = 96  # of sentences
CHANGEABLE = ("trials", "storage", "threads")  # of a search that goes on


class SearchConsole(SearchListener):
    """Prints the space, then trials: all of them, or on a terminal the best so far and a bar.

    Used as a context manager, it takes over Ctrl-C and the signal to terminate, which end the
    search after the current epoch with every trial kept.

    Attributes:
        out: what is printed on.
        stopping: whether to stop, and how one goes on.
    """

    def __init__(self, out: TextIO) -> None:
        self.out, self.stopping = out, Stopping("search")
        self._bar: Any = None
        self._best: int | None = None

    def __enter__(self) -> "SearchConsole":
        self.stopping.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.end()
        if self._bar is not None:
            self._bar.close()

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed, or another program asked for the end."""
        return self.stopping.code != 0

    def search_begins(
        self, folder: Path, config: SearchConfig, data: Dataset, storage: str
    ) -> None:
        """Say what is searched over, and how."""
        self.stopping.folder = folder
        self._print(f"Data: {data.name}, {len(data.y_train)} training samples; the test part of "
                    f"{len(data.y_test)} stays closed until the end")  # fmt: skip
        for name, text in config.settings().items():
            self._print(f"  {name:15s} {text}{'' if name in config.searched else ' (fixed)'}")
        self._print(
            f"Trials: {config.trials}, each on {config.folds} folds, {config.repeats} times; one "
            f"below the median of {FEWEST_OTHERS} or more others on the same folds is left"
        )
        self._print(f"Study: {config.study or Path(config.run.data).stem}, in {storage}")
        self._bar = progress_bar(config.trials, "trial", "Search")

    def trial_ended(self, trial: Trial, finished: int, best: Trial | None) -> None:
        """A line for the trial, and the best so far beside the bar."""
        is_best = best is not None and best.number != self._best
        if best is not None and is_best:
            self._best = best.number
        values = ", ".join(
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in trial.values.items()
        )
        done = "" if trial.complete else f", left after {len(trial.scores)} folds"
        mark = " (best)" if best is not None and best.number == trial.number else ""
        if self._bar is None or mark:
            self._print(f"Trial {trial.number}: {trial.accuracy:.4f}{mark}{done}; {values}")
        if self._bar is not None:
            if best is not None:
                self._bar.set_postfix_str(f"best {best.accuracy:.4f}", refresh=False)
            self._bar.update(finished - self._bar.n)

    def finalist_ended(self, finished: int, total: int) -> None:
        """A line for each finalist."""
        self._print(f"Finalist {finished} of {total} measured on new folds")

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.write(styled(line), file=self.out)
        else:
            print(styled(line), file=self.out, flush=True)


@click.command(
    epilog="""\b
Examples:
  chainrule search
  chainrule search --try "learning-rate=0.01..0.5 log" --try width=32..256 --try epochs=30
  chainrule search --data people.csv --label income --space space.toml --trials 200
  chainrule search --storage postgresql://host/searches     # on each of many machines
  chainrule search --resume runs/digits-search-1
"""
)
@data_options
@table_options
@click.option(
    "--space",
    "space_file",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help='What is tried, a line for each setting: width = "16..128 log", activation = ["relu", '
    '"tanh"], epochs = 30.',
)
@click.option(
    "--try",
    "tried",
    multiple=True,
    metavar="SETTING=VALUES",
    help="The same for one setting, over what the file says; may be given several times. Others "
    "stay as in chainrule train. Settings: "
    + ", ".join(name.replace("_", "-") for name in SETTINGS)
    + ". [default: "
    + "; ".join(f"{name.replace('_', '-')}={text}" for name, text in DEFAULT.items())
    + "]",
)
@click.option(
    "--trials",
    type=int,
    default=DEFAULTS.trials,
    show_default=True,
    help="How many there are to be in all, by all workers.",
)
@click.option(
    "--folds",
    type=int,
    default=DEFAULTS.folds,
    show_default=True,
    help="Into how many the training part is divided.",
)
@click.option(
    "--repeats",
    type=int,
    default=DEFAULTS.repeats,
    show_default=True,
    help="How often it is divided anew for a trial.",
)
@click.option(
    "--finalists",
    type=int,
    default=DEFAULTS.finalists,
    show_default=True,
    help="How many of the best are measured again, on new folds.",
)
@click.option(
    "--scale",
    type=click.Choice(KINDS),
    help="Of the features, as in chainrule train.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=DEFAULTS.run.engine,
    show_default=True,
    help="What takes the steps, as in chainrule train.",
)
@click.option(
    "--threads",
    type=int,
    help="How many folds are trained at a time; the results are the same. [default: one for each "
    "processor]",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.run.seed,
    show_default=True,
    help="Fixes the folds, what is proposed, and all first weights.",
)
@click.option(
    "--storage",
    metavar="URL",
    help="Where the study is, for many machines. [default: study.db in the folder]",
)
@click.option("--study", metavar="NAME", help="Its name there. [default: that of the data]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write; new or empty. [default: runs/NAME-search-1, …]",
)
@click.option(
    "--resume",
    "resume_folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Go on with a search, or help another process with it; --trials may be raised, --threads "
    "and --storage changed.",
)
@click.option("--no-plots", is_flag=True, help="Write no pictures and no report.")
@json_option
@click.pass_context
def search(context: click.Context, /, **options: Any) -> None:
    """Search for good settings of a network, and say what they are worth.

    Settings are proposed by Optuna and measured by repeated cross-validation on the training
    part. The best are measured again on new folds, which shows by how much the search flatters,
    and the winner alone on the test part, once. Ctrl-C keeps every trial.
    """
    as_json, no_plots, out = (options.pop(name) for name in ("as_json", "no_plots", "out"))
    folder = options.pop("resume_folder")
    names_given = [name for name in (*options, "out") if is_given(context, name)]
    with SearchConsole(sys.stderr if as_json else sys.stdout) as console:
        try:
            if folder is not None:
                searched = _resumed(folder, options, names_given, console)
            else:
                searched = start(_new_config(options), out, console)
        except StoppedError as error:
            folder = console.stopping.folder
            say(f"Stopped before the end. To go on: chainrule search --resume {folder}", err=True)
            raise SystemExit(console.stopping.code) from error
    _show(searched, as_json=as_json, no_plots=no_plots)


def _resumed(
    folder: Path, options: dict[str, Any], names_given: list[str], console: SearchConsole
) -> Searched:
    option = {"space_file": "space", "tried": "try"}
    extra = [
        f"--{option.get(name, name).replace('_', '-')}"
        for name in names_given
        if name not in CHANGEABLE
    ]
    if extra:
        raise ChainruleError(
            f"--resume goes on with the options of the search; leave out {', '.join(extra)}"
        )
    changes = {name: options[name] if name in names_given else None for name in CHANGEABLE}
    return resume(folder, listener=console, **changes)


def _new_config(options: dict[str, Any]) -> SearchConfig:
    """What a new search is to do, from the options of the command."""
    space_file, tried = options.pop("space_file"), options.pop("tried")
    with_whole_paths(options)
    names = ("trials", "folds", "repeats", "finalists", "threads", "storage", "study")
    search_options = {name: options.pop(name) for name in names}
    run = RunConfig(models=("net",), **options)
    given = (read_space(space_file) if space_file else {}) | options_space(tried)
    space = Space.of(given if space_file or tried else DEFAULT, run)
    return SearchConfig(run, space, **search_options)


def _show(searched: Searched, *, as_json: bool, no_plots: bool) -> None:
    """Print what a search has shown, then draw it."""
    if as_json:
        say(json.dumps(metrics(searched) | {"story": story(searched)}))
    else:
        for sentence in story(searched):
            say("\n" + textwrap.fill(sentence, WIDTH, break_on_hyphens=False))
        values = searched.winner.trial.values
        say("\nThe winner: " + ", ".join(f"{name} {value}" for name, value in values.items()))
        say(f"Written to {searched.folder}, seed {searched.config.run.seed}")
    if not no_plots:
        from chainrule.report.searched import write_search_report

        page = write_search_report(searched)
        if not as_json:
            say(f"Everything on one page: {page}")
