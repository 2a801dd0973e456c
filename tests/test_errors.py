"""Messages name settings as one writes them in Python; no option of the command line in them."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from chainrule.errors import Call, ChainruleError, DataError, Setting

PACKAGE = Path(__file__).parents[1] / "src" / "chainrule"
PARTS = PACKAGE / "lab" / "parts"  # sources of notebooks, which show commands to be typed
OPTION = re.compile(r"(?<![\w`-])--[a-z][a-z-]+")
LIBRARY = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if PARTS not in path.parents and PACKAGE / "cli" not in path.parents
]


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting("engine", "numpy"), 'engine="numpy"'),
        (Setting("hidden", (64, 32)), "hidden=(64, 32)"),
        (Setting("models", ("net",)), 'models=("net",)'),
        (Setting("epochs", 3), "epochs=3"),
        (Setting("shuffle", False), "shuffle=False"),
        (Setting("label", 'so "called"'), r'label="so \"called\""'),
        (Setting("out", Path("runs/été")), 'out="runs/été"'),
        (Setting("data_dir"), "data_dir=…"),
        (Call("resume", Path("runs/digits-1")), 'resume("runs/digits-1")'),
    ],
)
def test_a_setting_reads_as_in_python(setting: Setting | Call, text: str) -> None:
    assert str(setting) == text
    assert str(ChainruleError("take ", setting, ", please")) == f"take {text}, please"


def test_an_error_keeps_its_parts() -> None:
    setting = Setting("engine", "numpy")
    error = DataError("take ", setting)
    assert error.parts == ("take ", setting)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.parts) == (
        DataError,
        'take engine="numpy"',
        error.parts,
    )


def strings(source: str) -> list[str]:
    """Every string literal but docstrings, also within f-strings."""
    tree = ast.parse(source)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
    ]


def test_options_are_recognised_in_every_kind_of_string() -> None:
    source = 'def f(x):\n    """Not --this."""\n    return f"or {x} --that " + "--other-one NAME"'
    options = [option for text in strings(source) for option in OPTION.findall(text)]
    assert sorted(options) == ["--other-one", "--that"]


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_message_of_the_library_names_an_option(path: Path) -> None:
    of_pip = ("%pip install",)  # commands of another program
    named = [
        text
        for text in strings(path.read_text())
        if OPTION.search(text) and not any(command in text for command in of_pip)
    ]
    assert not named
