"""The page of `chainrule check --html`: the verdict on each file."""

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.report._templates import environment

NOTHING = "Not judged: none of the lab's functions and no training was found in it."


@dataclass(frozen=True)
class FileVerdict:
    """What was found out about one file.

    Attributes:
        name: of the file.
        verdict: on what it defines, as HTML; "" if that is nothing.
        notes: what in it could not be used, in sentences.
    """

    name: str
    verdict: str = ""
    notes: Sequence[str] = ()


def verdicts_html(files: Sequence[FileVerdict]) -> str:
    """Return the page; it needs nothing beside itself, and all text is escaped.

    Args:
        files: in the order in which they are to be shown.

    >>> "<h2>a&lt;b.py</h2>" in verdicts_html([FileVerdict("a<b.py")])
    True
    """
    from markupsafe import Markup

    shown = [
        {
            "name": file.name,
            "notes": file.notes if file.notes or file.verdict else [NOTHING],
            "verdict": Markup(file.verdict),
        }
        for file in files
    ]
    return environment().get_template("verdicts.html").render(files=shown)
