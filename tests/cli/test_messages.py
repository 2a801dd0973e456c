"""The library's messages as the command line prints them: options in place of settings."""

from pathlib import Path

import click
import pytest

from chainrule.cli import VERBS, cli
from chainrule.cli._messages import NAMES, VALUES, in_options
from chainrule.cli.train import train
from chainrule.errors import Call, ChainruleError, RunFolderError, Setting
from command_line import Invoke


@pytest.mark.parametrize(
    ("setting", "option"),
    [
        (Setting("engine", "numpy"), "--engine numpy"),
        (Setting("hidden", (10,)), "--hidden 10"),
        (Setting("hidden", (10, 12)), "--hidden 10,12"),
        (Setting("batch_size", 32), "--batch-size 32"),
        (Setting("data_dir"), "--data-dir"),
        (Setting("name", "idx"), "--data idx"),
        (Setting("models", ("net",)), "--model net"),
        (Setting("validation"), "--validation 0.1"),
        (Setting("out"), "--out"),
        (Call("resume", Path("runs/digits-1")), "--resume runs/digits-1"),
    ],
)
def test_a_setting_is_given_by_its_option(setting: Setting | Call, option: str) -> None:
    assert in_options(ChainruleError("take ", setting, ".")) == f"take {option}."
    assert option.split(maxsplit=1)[0] in {name for p in train.params for name in p.opts}


def test_an_error_within_an_error_is_put_into_options_too() -> None:
    inner = ChainruleError("take ", Setting("engine", "numpy"))
    assert in_options(RunFolderError("damaged (", inner, ")")) == "damaged (take --engine numpy)"
    assert in_options(ValueError("of others as it is")) == "of others as it is"


def test_every_name_that_is_translated_has_an_option() -> None:
    verbs = [cli.get_command(click.Context(cli), verb) for verb in VERBS]
    options = {p.name for command in verbs if command is not None for p in command.params}
    assert {*NAMES.values(), *VALUES} <= options
    assert not set(NAMES) & {p.name for p in train.params if isinstance(p, click.Option)}


def test_python_and_the_command_line_say_the_same_in_their_own_words(chainrule: Invoke) -> None:
    from chainrule.runs.config import RunConfig
    from chainrule.runs.run import start

    with pytest.raises(ChainruleError) as error:
        start(RunConfig(patience=3), Path("r"))
    assert str(error.value) == (
        "patience=3 needs a validation part to watch, for example validation=…"
    )
    code, _, err = chainrule("train", "--patience", 3, "--out", "r")
    assert code == 2
    assert err == (
        "chainrule: --patience 3 needs a validation part to watch, for example --validation 0.1\n"
    )
    assert not Path("r").exists()
