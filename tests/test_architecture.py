import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "chainrule"
ROOMS = re.findall(
    r"^\| `(\w+)(?:\.py|/)` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
)


def room(module: str) -> str:
    return module.split(".")[1]


def imported(path: Path) -> set[str]:
    """Rooms that a file imports, wherever in it the import stands."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "chainrule":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("chainrule."):
            rooms.add(room(str(node.module)))
    return rooms


PARTS = PACKAGE / "lab" / "parts"  # sources of notebooks, not of the package
FILES = [
    p
    for p in sorted(PACKAGE.rglob("*.py"))
    if p.parent != PARTS and (p.parent != PACKAGE or p.stem[0] != "_")
]


def test_the_table_lists_every_room() -> None:
    assert set(ROOMS) == {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_those_above_it(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert imported(path) - {own} <= set(ROOMS[: ROOMS.index(own)])
