"""Pictures and page of a search for settings."""

from collections.abc import Mapping
from pathlib import Path

from chainrule import plots
from chainrule.errors import Call
from chainrule.report._page import Picture, Section, Table, report_html
from chainrule.runs.folder import METRICS, PAGE, write_whole, writing_to
from chainrule.search.outcome import Searched, story
from chainrule.search.run import TRIALS
from chainrule.search.space import Value

WIDTH = 4.8  # inches of a picture: on a phone its text is still a readable size
BAR = 0.22  # inches of height for a bar with its name


def write_search_report(searched: Searched) -> Path:
    """Write the pictures and `report.html` into the folder of a search.

    Returns:
        The page's path.

    Raises:
        RunFolderError: if they cannot be written.
    """
    pictures = _pictures(searched)
    winner = searched.winner
    page = report_html(
        title=f"{searched.data}: a search for settings",
        intro=[
            f"Of {len(searched.trials)} trials the best has {_in_words(winner.trial.values)}. "
            f"It classifies {searched.test.value:.1%} of {searched.test_samples} test samples "
            f"rightly. Seed {searched.config.run.seed} fixes all that is drawn at random.",
        ],
        sections=[
            Section("What it is worth", story(searched), tables=[_finalists(searched)]),
            Section(
                "What matters",
                _what_cannot_be_drawn(searched),
                pictures=list(pictures.values()),
            ),
            Section("What was searched", tables=[_settings(searched)]),
        ],
    )
    with writing_to(searched.folder, "go on with ", Call("resume", searched.folder)):
        for name, picture in pictures.items():
            write_whole(searched.folder / f"{name}.png", picture.png)
        write_whole(searched.folder / PAGE, page)
    return searched.folder / PAGE


def _pictures(searched: Searched) -> dict[str, Picture]:
    subject = f"{searched.data}: {len(searched.trials)} trials"
    pictures = {}
    if _has_heat_map(searched):
        display = plots.RateWidthDisplay.from_trials(searched.trials)
        pictures["rate-width"] = Picture(
            "Learning rate and width",
            "The median accuracy of the trials of each learning rate and width, whatever else "
            "they tried; deeper is better. Of trials that were left early it is that of their "
            "first folds.",
            "A table of cells by learning rate and width, deeper where the accuracy is higher",
            plots.figure_png(display.plot, WIDTH, 4.2, subject),
        )
    if searched.importance:
        pictures["importance"] = Picture(
            "Importance of each setting",
            "How much each setting tells the better trials from the others (PED-ANOVA), over the "
            f"{sum(trial.complete for trial in searched.trials)} that were measured on all folds: "
            "the fewer, the less it says. It is about this space; in a narrower one other "
            "settings would matter.",
            "Bars for the importance of each setting, the largest on top",
            plots.figure_png(
                lambda ax: plots.plot_importance(searched.importance, ax=ax),
                WIDTH,
                max(3.0, 1.1 + BAR * len(searched.importance)),
                subject,
            ),
        )
    return pictures


def _has_heat_map(searched: Searched) -> bool:
    return {"learning_rate", "width"} <= set(searched.config.searched)


def _what_cannot_be_drawn(searched: Searched) -> list[str]:
    sentences = []
    if not _has_heat_map(searched):
        sentences.append(
            "There is no picture by learning rate and width, since one of them was not varied."
        )
    if not searched.importance:
        sentences.append("There are too few trials to tell which settings matter.")
    return sentences


def _finalists(searched: Searched) -> Table:
    rows = [
        (
            f"{finalist.trial.number}",
            f"{finalist.trial.accuracy:.4f}",
            f"{finalist.again.value:.4f}",
            f"{finalist.again.low:.4f} to {finalist.again.high:.4f}",
            f"{finalist.flattery.value:+.4f}",
            _in_words(finalist.trial.values),
        )
        for finalist in searched.finalists
    ]
    return Table(
        "The finalists, the winner first: accuracy in the search, and on new folds with its "
        "interval of 95 % (Nadeau and Bengio, 2003).",
        ("trial", "in the search", "on new folds", "interval", "flattery", "settings"),
        rows,
    )


def _settings(searched: Searched) -> Table:
    config = searched.config
    rows = [
        (name.replace("_", " "), text, "varied" if name in config.searched else "fixed")
        for name, text in config.settings().items()
    ]
    rows += [
        ("folds", f"{config.folds}, {config.repeats} times", ""),
        ("study", f"{searched.study}, in {searched.storage}", ""),
    ]
    caption = f"All trials are in {TRIALS}, all figures in {METRICS}."
    return Table(caption, ("setting", "values", ""), rows)


def _in_words(values: Mapping[str, Value]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value:.3g}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in values.items()
    )
