"""The rooms of the house: who may import whom, as ARCHITECTURE.md says."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "chainrule"
ROOMS = re.findall(
    r"^\| `(\w+)(?:\.py|/)` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE
)
PARTS = PACKAGE / "lab" / "parts"  # sources of notebooks, not of the package
FILES = [
    p
    for p in sorted(PACKAGE.rglob("*.py"))
    if p.parent != PARTS and (p.parent != PACKAGE or p.stem[0] != "_")
]


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def imported(source: str) -> Iterator[str]:
    """Modules of chainrule that a source imports, wherever in it and however it says so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("chainrule."))
        elif isinstance(node, ast.ImportFrom) and node.module == "chainrule":
            yield from (f"chainrule.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("chainrule."):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)
        else:
            assert not (isinstance(node, ast.ImportFrom) and node.level), "no relative imports"


IMPORTS = {module: set(imported(path.read_text())) for module, path in MODULES.items()}


def circles(imports: Mapping[str, Set[str]]) -> set[frozenset[str]]:
    """Modules of which each leads to each of the others: the strongly connected components."""

    def reached(module: str) -> set[str]:
        reachable: set[str] = set()
        to_follow = set(imports.get(module, ()))
        while to_follow:
            reachable |= to_follow
            to_follow = {after for one in to_follow for after in imports.get(one, ())} - reachable
        return reachable

    leads_to = {module: reached(module) for module in imports}
    return {
        frozenset(other for other in leads_to[module] if module in leads_to.get(other, ()))
        for module in imports
        if module in leads_to[module]
    }


def room(module: str) -> str:
    return module.split(".")[1]


def test_the_table_lists_every_room() -> None:
    assert set(ROOMS) == {p.relative_to(PACKAGE).parts[0].removesuffix(".py") for p in FILES}


def inside(folder: Path) -> set[str]:
    """Modules and folders of a folder."""
    return {
        p.stem
        for p in folder.iterdir()
        if (p.suffix == ".py" and p.stem != "__init__") or (p / "__init__.py").is_file()
    }


def says(folder: Path) -> str:
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""


FOLDERS = [p.parent for p in FILES if p.name == "__init__.py" and p.parent != PACKAGE]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_folder_says_what_is_in_it(folder: Path) -> None:
    assert {name for name in inside(folder) if f"`{name}`" not in says(folder)} == set()


def test_the_folders_of_the_record_build_only_on_those_before_them() -> None:
    record = PACKAGE / "checking" / "record"
    order = [name for name in re.findall(r"`(\w+)`", says(record)) if (record / name).is_dir()]
    assert set(order) == {p.name for p in FOLDERS if p.parent == record}
    start = "chainrule.checking.record."
    for module, targets in IMPORTS.items():
        own = module.removeprefix(start).split(".")[0]
        if module.startswith(start) and own in order:
            others = {t.removeprefix(start).split(".")[0] for t in targets if t.startswith(start)}
            assert others & set(order) <= set(order[: order.index(own) + 1]), module


def test_every_form_of_import_is_seen() -> None:
    forms = (
        "import chainrule.nn.models",
        "import chainrule.nn.models as m",
        "from chainrule.nn import models",
        "from chainrule.nn.models import NeuralNet",
        "def f():\n    import chainrule.nn.models",
    )
    for form in forms:
        assert list(imported(form)) == ["chainrule.nn.models"], form
    assert list(imported("from chainrule import nn")) == ["chainrule.nn"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_those_above_it(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    rooms = {room(module) for module in imported(path.read_text())}
    assert rooms - {own} <= set(ROOMS[: ROOMS.index(own)])


def intruding(imports: Mapping[str, Set[str]]) -> set[tuple[str, str]]:
    """Who imports a private module, or one of a private folder, from outside where it stands."""
    return {
        (module, target)
        for module, targets in imports.items()
        for target in targets
        if "._" in target and not f"{module}.".startswith(target[: target.index("._") + 1])
    }


def test_private_modules_are_told_by_where_they_stand() -> None:
    private = "chainrule.nn._sums"
    for inside in ("chainrule.nn", "chainrule.nn.models", "chainrule.nn.a.b"):
        assert intruding({inside: {private}}) == set()
    for outside in ("chainrule.data.dataset", "chainrule", "chainrule.nnn.models"):
        assert intruding({outside: {private}}) == {(outside, private)}


def test_nobody_imports_a_private_module_of_another_room() -> None:
    assert intruding(IMPORTS) == set()


def test_circles_are_seen_whatever_their_length() -> None:
    chain = {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set[str]()}
    assert circles(chain) == set()
    assert circles(chain | {"d": {"b"}}) == {frozenset("bcd")}
    assert circles({"a": {"a"}, "b": {"c"}, "c": {"b"}}) == {frozenset("a"), frozenset("bc")}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """What is imported for the types alone counts too."""
    assert circles(IMPORTS) == set()


def test_a_network_with_mistakes_is_known_where_it_is_made_and_replayed_alone() -> None:
    aware = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if re.search(r"\bFaultyNet\b", path.read_text())
    }
    outside = {path for path in aware if path.split("/")[0] != "faults"}
    assert outside == {"runs/models.py", "runs/replay.py"}
