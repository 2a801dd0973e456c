"""The templates of the pages."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def environment() -> "jinja2.Environment":
    """Where the pages' templates are found; all text that goes into one is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("chainrule.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
