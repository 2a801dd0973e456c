"""chainrule lab: the notebooks of the lab, for learners and with the solutions."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import click

from chainrule.cli._streams import say
from chainrule.errors import ChainruleError

FOLDER, SOLUTIONS = Path("chainrule-lab"), Path("chainrule-lab-solution")


@click.group()
def lab() -> None:
    """The lab itself: eleven notebooks, from the digits to a framework.

    \b
    Examples:
      chainrule lab open             write the notebooks and open them in JupyterLab
      chainrule lab new my-lab       write them into the folder my-lab
      chainrule lab solution         the same with the solutions
    """


@lab.command(epilog=f"Without DIR the folder is called {FOLDER}.")
@click.argument("folder", metavar="[DIR]", default=FOLDER, type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Write the notebooks for learners into a new folder."""
    from chainrule.lab.folder import write_lab

    write_lab(folder, solutions=False)
    say(f"Wrote the lab to {folder}. To begin: chainrule lab open {folder}")


@lab.command(epilog=f"Without DIR the folder is called {SOLUTIONS}.")
@click.argument("folder", metavar="[DIR]", default=SOLUTIONS, type=click.Path(path_type=Path))
def solution(folder: Path) -> None:
    """Write the notebooks with the solutions into a new folder."""
    from chainrule.lab.folder import write_lab

    write_lab(folder, solutions=True)
    say(f"Wrote the solutions to {folder}.")


class _Open(click.Command):
    """Tells options that stand after -- from a folder, where no folder is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual folder before --."""
        return super().parse_args(ctx, [str(FOLDER), *args] if args[:1] == ["--"] else args)


@lab.command(
    "open",
    cls=_Open,
    epilog="What stands after -- goes to JupyterLab: chainrule lab open -- --no-browser",
)
@click.argument("folder", metavar="[DIR]", default=FOLDER, type=click.Path(path_type=Path))
@click.argument("options", metavar="[-- OPTION…]", nargs=-1, type=click.UNPROCESSED)
def open_lab(folder: Path, options: tuple[str, ...]) -> int:
    """Open the notebooks in JupyterLab; a folder that is not there yet is written first."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise ChainruleError(
            'JupyterLab is not installed; install it with pip install "chainrule[lab]", or write '
            "the notebooks with chainrule lab new and open them in VS Code, Colab or wherever "
            "else you run notebooks"
        )
    if not folder.exists():
        from chainrule.lab.folder import write_lab

        write_lab(folder, solutions=False)
        say(f"Wrote the lab to {folder}.")
    notebooks = sorted(folder.glob("*.ipynb")) if folder.is_dir() else []
    if not notebooks:
        raise ChainruleError(f"there are no notebooks in {folder}; chainrule lab new writes them")
    first = f"--LabApp.default_url=/lab/tree/{notebooks[0].name}"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.absolute()}"]
    with subprocess.Popen([*command, first, *options]) as jupyter:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for JupyterLab, which asks back
        return jupyter.wait()
