"""The page of `chainrule check --html`: the verdict on each file."""

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.checking.diagnosis import Finding
from chainrule.checking.diagnosis.html import as_html

NOTHING = "Not judged: none of the lab's functions and no training was found in it."


@dataclass(frozen=True)
class FileVerdict:
    """What was found out about one file.

    Attributes:
        name: of the file.
        findings: on what it defines.
        notes: what in it could not be used, in sentences.
    """

    name: str
    findings: Sequence[Finding]
    notes: Sequence[str] = ()


def verdicts_html(files: Sequence[FileVerdict], hint: int) -> str:
    """Return the page; it needs nothing beside itself, and all text is escaped.

    Args:
        files: in the order in which they are to be shown.
        hint: how much is said of a mistake, from 1 to 3.

    >>> "<h2>a&lt;b.py</h2>" in verdicts_html([FileVerdict("a<b.py", [])], hint=1)
    True
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chainrule.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    shown = [
        {
            "name": file.name,
            "notes": file.notes if file.notes or file.findings else [NOTHING],
            "verdict": Markup(as_html(file.findings, hint)) if file.findings else "",
        }
        for file in files
    ]
    return environment.get_template("verdicts.html").render(files=shown)
