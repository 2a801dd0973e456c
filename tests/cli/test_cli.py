import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from chainrule.cli import cli, main
from chainrule.faults import FORMULAS
from chainrule.runs.config import RunConfig
from command_line import Invoke


def test_a_stack_trace_is_shown_only_on_request(chainrule: Invoke) -> None:
    assert "Traceback" not in chainrule("train", "--data", "nothing")[2]
    with pytest.raises(ValueError, match="unknown data set"):
        main(["--traceback", "train", "--data", "nothing"])


def test_help_shows_every_verb_with_examples(chainrule: Invoke) -> None:
    code, out, _ = chainrule("--help")
    assert code == 0
    verbs = re.findall(r"^  (\w+) +\S", out.split("Commands:")[1], re.MULTILINE)
    assert verbs == [
        "lab",
        "train",
        "search",
        "evaluate",
        "predict",
        "worst",
        "export",
        "replay",
        "check",
        "faults",
        "completion",
    ]
    for verb in ("train", "evaluate", "predict", "worst"):
        code, out, _ = chainrule(verb, "--help")
        assert code == 0
        assert f"chainrule {verb} " in out.split("Examples:")[1]


def test_help_states_the_defaults_that_hold(chainrule: Invoke) -> None:
    _, out, _ = chainrule("train", "--help")
    text = " ".join(out.split())
    defaults = RunConfig()
    for name in ("activation", "init", "epochs", "batch_size", "momentum", "seed"):
        value: Any = getattr(defaults, name)
        assert re.search(
            rf"--{name.replace('_', '-')}\b[^[]*(\[[^]]*\][^[]*)?\[default: {value}", text
        )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, chainrule: Invoke) -> None:
    code, out, _ = chainrule("completion", shell)
    assert code == 0
    assert "_CHAINRULE_COMPLETE" in out


def test_completion_completes() -> None:
    words = {"COMP_WORDS": "chainrule train --act", "COMP_CWORD": "2"}
    result = subprocess.run(
        [sys.executable, "-c", "from chainrule.cli import main; main()"],
        env=os.environ | words | {"_CHAINRULE_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,--activation" in result.stdout


def completed(*words: str) -> dict[str, str]:
    """What the Tab key offers after these words, the last one begun: values and their types."""
    *before, begun = words
    items = ShellComplete(cli, {}, "chainrule", "").get_completions(before, begun)
    return {item.value: item.type for item in items}


def test_the_tab_key_knows_data_sets_folders_and_mistakes() -> None:
    assert set(completed("train", "--data", "")) == {"digits", "mnist", "fashion-mnist", "idx"}
    assert completed("evaluate", "runs/a", "--data", "fash") == {"fashion-mnist": "plain"}
    assert completed("train", "--data", "flow") == {"flow": "file"}
    assert completed("worst", "runs/a", "--data-dir", "som") == {"som": "dir"}
    assert set(completed("faults", "")) == set(FORMULAS)
    assert set(completed("faults", "grad-pre")) == {"grad-preactivation"}
    trainable = set(completed("train", "--fault", ""))
    assert {"grad-preactivation", "train-sign", "forward-no-bias"} <= trainable
    assert not trainable & {"nll-sign", "predict-not-argmax", "misspelt-name"}


def test_pictures_are_drawn_without_a_word_where_the_home_cannot_be_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "home").write_text("no folder")  # root may write into folders that are read-only
    result = subprocess.run(
        [sys.executable, "-m", "chainrule", "train", "--epochs", "1", "--out", "run"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "run" / "loss.png").exists()


def test_a_closed_pipe_is_no_disaster(tmp_path: Path) -> None:
    command = f"{sys.executable} -m chainrule train --no-plots --out run | head -n 1"
    result = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout.startswith("Engine: ")
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
