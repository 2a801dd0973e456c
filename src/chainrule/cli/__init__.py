"""The command line: one verb for each job, each thin.

In reading order: this module, which finds the verbs and turns errors into exit codes; `train`,
`search`, `inspect` (evaluate, worst), `predict`, `export`, `replay`, `check`, `faults`, `lab` and
`completion`; `_options`, `_outputs`, `_codes`, `_stopping` and `_rows` that they share, `_console`
for a run's lines, `_story` for what it has shown, `_progress` for a bar, `_messages` for the
library's words, `_streams` for output that is closed.
"""

import importlib
import sys

import click

from chainrule.cli._codes import BAD_INPUT, FAILED, INTERRUPTED
from chainrule.cli._messages import in_options
from chainrule.cli._streams import make_printable, say
from chainrule.errors import ChainruleError

# The module of each verb, and the command in it, in the order in which one needs them.
VERBS = {
    "lab": "lab:lab",
    "train": "train:train",
    "search": "search:search",
    "evaluate": "inspect:evaluate",
    "predict": "predict:predict",
    "worst": "inspect:worst",
    "export": "export:export",
    "replay": "replay:replay_verb",
    "check": "check:check",
    "faults": "faults:faults_verb",
    "completion": "completion:completion",
}


class Verbs(click.Group):
    """Loads a verb when it is called, so that none waits for what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name, loaded."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"chainrule.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="chainrule")
@click.option("--traceback", is_flag=True, help="Show the full stack trace of an error.")
def cli(traceback: bool) -> None:
    """Backpropagation on real digits, in plain NumPy.

    \b
    chainrule lab open                  the lab, in JupyterLab
    chainrule train                     train on handwritten digits, with pictures
    chainrule search                    good settings, and what they are worth
    chainrule worst runs/digits-1       the samples with the highest loss
    chainrule predict runs/digits-1 my-digit.png
    chainrule export runs/digits-1 --onnx digits.onnx
    chainrule replay                    the published lab's run under four gradients
    chainrule check lab_2.ipynb         the mistakes in your own notebook
    chainrule faults                    the mistakes that it knows
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    Raises:
        SystemExit: with 0 if all is done, 2 if something that was given cannot be right, 130 if
            Ctrl-C stopped it, 1 if the fault is chainrule's own.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    make_printable()
    code = 0
    try:
        code = cli.main(arguments, prog_name="chainrule", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.ClickException as error:
        say(f"chainrule: {error.format_message()}", err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("Stopped.", err=True)
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe has gone: nobody is left to tell
        sys.stderr.close()
        code = FAILED
    except (ChainruleError, OSError, MemoryError) as error:
        if "--traceback" in arguments:
            raise
        say(f"chainrule: {_sentence(error)}", err=True)
        code = BAD_INPUT
    except Exception as error:
        if "--traceback" in arguments:
            raise
        say(
            f"chainrule: this should not happen ({type(error).__name__}: {error}); "
            "run it again as chainrule --traceback … and report what it shows",
            err=True,
        )
        code = FAILED
    raise SystemExit(code)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "not enough memory for these sizes"
    return in_options(error)
