"""Results as one self-contained HTML page."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.errors import ChainruleError
from chainrule.report._templates import environment

NUMBER = re.compile(r"[-+±]?[\d.,]*(e[-+]?\d+)?%?")
LONGEST_UNBROKEN = 20  # characters of a cell that stays on one line


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; the first cell of each row names the row.

    Numbers stand right in their column, under each other, and words left.
    """

    caption: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def looks(self, column: int) -> str:
        """The class of a column in the page: whether it has words, and whether long ones.

        >>> table = Table("", ("trial", "settings"), [("3", "width 8, activation tanh, init he")])
        >>> table.looks(0), table.looks(1)
        ('', 'words long')
        """
        cells = [row[column] for row in self.rows]
        if all(NUMBER.fullmatch(cell) for cell in cells):
            return ""
        return "words long" if max(map(len, cells)) > LONGEST_UNBROKEN else "words"


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it shows in words (`alt`) for who cannot see it."""

    title: str
    caption: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Section:
    """A heading, and what is under it: text, then tables, then pictures."""

    title: str
    text: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Guess:
    """A sample for the reader to guess before the page says what the model made of it.

    Attributes:
        png: the image, without its label.
        sample_idx: its row in the test part.
        true: name of its class.
        predicted: name of the class that the model held most probable.
        loss: its negative log likelihood, in nats.
        probability: what the model gave to `predicted`, 0 to 1.
    """

    png: bytes
    sample_idx: int
    true: str
    predicted: str
    loss: float
    probability: float

    @property
    def answer(self) -> str:
        """What the page says once the reader has guessed."""
        return (
            f"The label is {self.true}. The model said {self.predicted}, with probability "
            f"{self.probability:.3f}; its loss was {self.loss:.2f} nats."
        )


def report_html(
    *,
    title: str,
    intro: Sequence[str],
    sections: Sequence[Section],
    guesses: Sequence[Guess] = (),
    classes: Sequence[str] = (),
    answers: Picture | None = None,
) -> str:
    """Return the page: intro, sections, and samples to guess; what is empty is left out.

    It needs nothing beside itself: images, style and script are inside, all text is escaped.

    Args:
        title: heading of the page.
        intro: paragraphs under it.
        sections: in the order in which one reads them; `chainrule.plots.figure_png` draws their
            pictures.
        guesses: samples that the model got most wrong.
        classes: what the reader may choose from; the classes named in `guesses` if empty.
        answers: all the guesses with their labels, shown folded up after them.

    Raises:
        ChainruleError: if the class of a guess is not among `classes`.
    """
    choices = list(classes) or sorted({name for g in guesses for name in (g.true, g.predicted)})
    unknown = {name for g in guesses for name in (g.true, g.predicted)}.difference(choices)
    if unknown:
        raise ChainruleError(
            f"a guess is of class {min(unknown)!r}, which is not among the classes "
            f"{', '.join(choices)}"
        )
    pages = environment()
    pages.filters["data_uri"] = _data_uri
    return pages.get_template("page.html").render(
        title=title,
        intro=intro,
        sections=sections,
        guesses=guesses,
        classes=choices,
        answers=answers,
        key=[{"true": g.true, "predicted": g.predicted, "text": g.answer} for g in guesses],
    )


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
