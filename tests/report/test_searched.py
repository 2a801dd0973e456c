"""The page of a search."""

import dataclasses
import re
from pathlib import Path

from chainrule.report.searched import write_search_report
from chainrule.search.config import SearchConfig
from chainrule.search.intervals import of_share
from chainrule.search.outcome import Finalist, Searched, Trial
from chainrule.search.space import Space

SPACE = Space.of({"learning_rate": "0.01..1 log", "width": "2..64", "activation": "relu,tanh"})
TRIALS = tuple(
    Trial(
        n,
        {"learning_rate": 0.05 * (n + 1), "width": 8 + n, "activation": "relu"},
        (0.9, 0.9 + n / 100),
        complete=n != 1,
    )
    for n in range(4)
)


def searched(folder: Path) -> Searched:
    finalists = tuple(Finalist(TRIALS[n], (0.89, 0.91, 0.9, 0.92), 2) for n in (3, 2))
    return Searched(
        SearchConfig(space=SPACE, folds=2, repeats=1), folder, "sqlite:///study.db", "<digits>",
        "digits", TRIALS, finalists, of_share(18, 20), 20, {"width": 0.75, "learning_rate": 0.25},
    )  # fmt: skip


def test_the_page_says_what_the_winner_is_worth(tmp_path: Path) -> None:
    page = write_search_report(searched(tmp_path)).read_text()
    for words in (
        "the best has learning rate 0.2, width 11, activation relu.",
        "The best, trial 3, has an accuracy of 0.9150 there.",
        "So the search flatters by 0.0100",
        "it is 0.9000 (0.6990 to 0.9721), of 20 samples",
        "4 settings were tried, each on up to 2 folds of the training part; 1 of them were left",
        '<td data-column="in the search">0.9150</td>',
        '<td data-column="flattery">+0.0100</td>',
        "&lt;digits&gt;, in sqlite:///study.db",
        "0.01..1.0 log",
    ):
        assert words in page, words
    assert len(re.findall("<img", page)) == 2
    assert {path.name for path in tmp_path.iterdir()} == {
        "importance.png",
        "rate-width.png",
        "report.html",
    }


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    space = Space.of({"width": "2..64"})
    config = dataclasses.replace(searched(tmp_path).config, space=space)
    bare = dataclasses.replace(searched(tmp_path), config=config, importance={})
    page = write_search_report(bare).read_text()
    assert "There is no picture by learning rate and width" in page
    assert "too few trials to tell which settings matter" in page
    assert "<img" not in page
