"""What a notebook's cell has besides Python: magics, shell lines, questions for help."""

import ast
import re
import warnings

SKIP = re.compile(r"#\s*chainrule:\s*skip\b")  # marks what is wrong on purpose
_KEEP_THE_BODY = ("time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "debug")
_LINE = re.compile(
    r"^(?P<indent>\s*)"
    r"((?P<assigned>[A-Za-z_][\w.,\[\] ]*=\s*)?[%!]{1,2}\s*[A-Za-z./~\"'{$-].*"
    r"|\?{1,2}[\w.*%]+\s*|[%\w.*]+\?{1,2}\s*(#.*)?"
    r"|(pip3?|conda|mamba)\s+(install|uninstall|list)\b.*)$"
)
_PYLAB = re.compile(r"^%pylab\b.*$", re.MULTILINE)
_QUOTES = re.compile(r"[rRbBfFuU]{0,2}('''|\"\"\"|'|\")")


def plain_python(text: str) -> str:
    """The Python in a cell, every line where it was.

    `%pylab` becomes the imports that it stands for. A line that is none becomes `pass`.

    Examples:
        >>> plain_python("%matplotlib inline\\nimport numpy as np\\nfiles = !ls")
        '\\nimport numpy as np\\nfiles = None'
    """
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name = re.match(r"%%\s*(\w*)", lines[first])
        body = "\n".join(["" for _ in lines[: first + 1]] + lines[first + 1 :])
        if name and name[1] in _KEEP_THE_BODY:
            return plain_python(body)
        return body if _parses(body) and re.search(r"^(def|class) ", body, re.MULTILINE) else ""
    if _parses(text):
        return text
    text = _PYLAB.sub(
        "import numpy, numpy as np; from numpy import *; import matplotlib.pyplot as plt", text
    )
    scanner = LineScanner()
    plain = []
    for line in text.split("\n"):
        magic = None if scanner.is_open else _LINE.match(line)
        if magic is None:
            scanner.read(line)
            plain.append(line)
        elif magic["assigned"]:
            plain.append(f"{magic['indent']}{magic['assigned']}None")
        else:
            plain.append(f"{magic['indent']}pass" if magic["indent"] else "")
    return "\n".join(plain)


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class LineScanner:
    """Reads lines of Python, right or wrong, and knows whether the next one continues them.

    Attributes:
        in_string: whether a string in triple quotes goes on.
    """

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._joined = False

    @property
    def in_string(self) -> bool:
        """Whether a string in triple quotes goes on."""
        return bool(self._quote)

    @property
    def is_open(self) -> bool:
        """Whether a bracket or a string is open, or the line was continued by a backslash."""
        return bool(self._quote) or self._depth > 0 or self._joined

    def forget_brackets(self) -> None:
        """Take up anew after a bracket that was never closed."""
        self._depth, self._joined = 0, False

    def read(self, line: str) -> None:
        """Take in one line, without its end."""
        place = 0
        self._joined = False
        while place < len(line):
            if self._quote:
                place = self._end_of_string(line, place)
                continue
            character = line[place]
            if character == "#":
                break
            opening = _QUOTES.match(line, place)
            if opening:
                self._quote = opening[1]
                place = opening.end()
                continue
            if character in "([{":
                self._depth += 1
            elif character in ")]}":
                self._depth = max(0, self._depth - 1)
            elif character == "\\" and place == len(line) - 1:
                self._joined = True
            place += 1
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""

    def _end_of_string(self, line: str, place: int) -> int:
        """Where the string ends that goes on at a place, or the end of the line."""
        while place < len(line):
            if line[place] == "\\":
                place += 2
            elif line.startswith(self._quote, place):
                place += len(self._quote)
                self._quote = ""
                return place
            else:
                place += 1
        return place
