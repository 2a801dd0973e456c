"""The way of a run, as ARCHITECTURE.md shows it, is the way that a run takes."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from command_line import Invoke
from helpers import with_kernel

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "chainrule"
SECTION = (ROOT / "ARCHITECTURE.md").read_text().split("## The way of a run")[1].split("\n## ")[0]
WALK = re.findall(r"^\d+\. `([\w/.]+)`: `(\w+)`", SECTION, re.MULTILINE)


def entered(path: str, name: str, calls: dict[tuple[str, str], int]) -> int:
    """When a function, or anything of a class, was first called."""
    numbers = [n for (file, of), n in calls.items() if file == path and of.split(".")[0] == name]
    assert numbers, f"{name} in {path} was never called"
    return min(numbers)


def recorder(calls: dict[tuple[str, str], int]) -> Callable[[FrameType, str, Any], None]:
    """Notes when each function of chainrule was first called."""
    import chainrule.cli.train  # what is done as a module is loaded is no step of a run

    installed = str(Path(chainrule.__file__).parent)

    def note(frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(installed):
            path = str(Path(file).relative_to(installed))
            calls.setdefault((path, frame.f_code.co_qualname), len(calls))

    return note


def test_the_walk_is_short_and_its_places_are_there() -> None:
    assert 8 <= len(WALK) <= 12
    for path, name in WALK:
        assert re.search(rf"\b{name}\b", (PACKAGE / path).read_text()), (path, name)


@with_kernel
def test_a_run_takes_the_walk_in_its_order(
    chainrule: Invoke,
) -> None:
    calls: dict[tuple[str, str], int] = {}
    before = sys.getprofile()
    sys.setprofile(recorder(calls))
    try:
        code, _, _ = chainrule("train", "--model", "net", "--epochs", 1, "--no-plots")
    finally:
        sys.setprofile(before)
    assert code == 0
    python = [place for place in WALK if place[0].endswith(".py")]
    order = [entered(path, name, calls) for path, name in python]
    assert order == sorted(order), list(zip(python, order, strict=True))
