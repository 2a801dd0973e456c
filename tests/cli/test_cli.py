import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chainrule.cli import main
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
        "evaluate",
        "predict",
        "worst",
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


def test_a_closed_pipe_is_no_disaster(tmp_path: Path) -> None:
    command = f"{sys.executable} -m chainrule train --no-plots --out run | head -n 1"
    result = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout.startswith("Engine: ")
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
