"""What a notebook shows: in boxes and pictures, or as plain text where there are none."""

import sys
from typing import Any

Output = dict[str, Any]  # by media type; "text/plain" is always there


def shell() -> Any:
    """The running IPython, or None."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def display(output: Output) -> None:
    """Show an output given by media type in a notebook; elsewhere nothing is shown."""
    try:
        from IPython import display as ipython
    except ImportError:
        return
    show_output: Any = ipython.display
    show_output(output, raw=True)


def display_or_print(output: Output, place: str) -> None:
    """Show an output in a place that `update` knows; outside of a notebook print its text."""
    if shell() is None:
        print(output["text/plain"])
        return
    from IPython import display as ipython

    show_output: Any = ipython.display
    show_output(output, raw=True, display_id=place)


def update(output: Output, place: str) -> None:
    """Show another output wherever one was shown in this place, if there is a notebook."""
    if shell() is not None:
        from IPython import display as ipython

        update_output: Any = ipython.update_display
        update_output(output, raw=True, display_id=place)
