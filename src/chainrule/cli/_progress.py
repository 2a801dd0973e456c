"""A bar for what takes long."""

import sys
from typing import Any


def progress_bar(total: int, unit: str, title: str) -> Any:
    """On a terminal, a tqdm bar on standard error for what takes over a second; else None."""
    if not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, desc=title, leave=False, delay=1)
