"""A notebook as `check` sees it: names, and cells whose source can be read."""

import linecache
from typing import Any

import numpy as np

from chainrule import check


class Notebook:
    """The names of a running notebook, and cells that are executed in it."""

    def __init__(self, *cells: str) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__", "np": np, "check": check}
        self._count = 0
        for cell in cells:
            self.run(cell)

    def run(self, cell: str) -> Any:
        """Execute a cell; give what it assigned to `result`."""
        self._count += 1
        name = f"<ipython-input-{self._count}>"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
        exec(compile(cell, name, "exec"), self.names)
        return self.names.get("result")
