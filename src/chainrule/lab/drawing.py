"""A field to draw a digit in, with mouse or finger, which a network then reads."""

from chainrule.lab._display import display
from chainrule.lab.reader import Reader, usual_reader

NO_FIELD = (
    "Here is a field to draw a digit in. If you see none, draw a digit with any program, save it "
    'as digit.png beside this notebook, and run read_drawing("digit.png") in a new cell.'
)


def draw(reader: Reader | None = None) -> None:
    """Show a field to draw a digit in: when a line ends, the network's reading appears beside it.

    A click on a digit's bar says that it was meant, and a miss is then explained. Where there are
    no widgets, a sentence says how to read a picture from a file instead.

    Args:
        reader: what reads it; None trains one when it is first wanted.
    """
    fallback = {"text/plain": NO_FIELD, "text/html": f"<p>{NO_FIELD}</p>"}
    try:
        from chainrule.lab._drawing_widget import DrawingWidget
    except ImportError:
        display(fallback)
        return
    widget = DrawingWidget(reader or usual_reader())
    display({**widget.bundle(), **fallback})
