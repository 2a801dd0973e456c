"""What the README shows must run as it stands."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from chainrule.cli import cli
from chainrule.faults import FORMULAS

README = (Path(__file__).parents[1] / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^(?:.*uv run )?(chainrule \w[^\n#|`]*)", README, re.MULTILINE)
COMMANDS += re.findall(r"`(chainrule [a-z][^`]*)`", README)


def test_the_snippet_trains_the_network_it_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    (snippet,) = PYTHON
    names: dict[str, Any] = {}
    exec(compile(snippet, "README.md", "exec"), names)
    net, digits = names["net"], names["digits"]
    assert net.accuracy(digits.X_test, digits.y_test) >= 0.963
    assert net.grad_loss(digits.X_test[:5], digits.y_test[:5])["W_h"].shape == (64, 32)
    assert len(names["history"]) == 16
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_the_options_it_shows(command: str) -> None:
    _, verb, *arguments = shlex.split(command)
    found = cli.get_command(click.Context(cli), verb)
    assert found is not None
    if isinstance(found, click.Group):  # lab new
        assert arguments[0] in found.commands
    elif arguments == ["--help"]:
        assert found.get_help(click.Context(found))
    else:
        assert found.make_context(verb, arguments, parent=click.Context(cli)).params


def test_commands_were_found() -> None:
    verbs = {command.split()[1] for command in COMMANDS}
    assert {"train", "worst", "evaluate", "predict", "replay"} <= verbs
    assert not re.search(r"@[A-Z]+@", README)


def test_every_file_that_is_linked_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (Path(__file__).parents[1] / target).exists(), target


def test_the_number_of_mistakes_is_that_of_the_catalogue() -> None:
    assert re.findall(r"(\d+) known mistakes", README) == [str(len(FORMULAS))]
