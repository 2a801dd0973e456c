"""Predictions as rows: where each sample stands in its file, and all of them as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from chainrule.runs.folder import write_whole


def placed(counted: str, place: int) -> dict[str, int]:
    """Where a sample stands, under the word that says what is counted."""
    return {counted or "sample": int(place)}


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows with a header of all their names, in the order in which they first stand there.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue())
