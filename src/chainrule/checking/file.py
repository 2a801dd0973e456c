"""One file, judged: by `batch` in a process of its own, so that it costs itself alone."""

import os
import tempfile
from pathlib import Path

from chainrule.checking.batch import Outcome
from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.learner import process
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.remote import EndsError, RemoteDesk
from chainrule.checking.record.findings import with_training
from chainrule.errors import ChainruleError


def judge_file(path: Path, timeout: float, hint: int) -> Outcome:
    """Judge one file; whatever goes wrong with it is in the outcome.

    Args:
        path: of the file.
        timeout: seconds of processor time for all of its code.
        hint: how much to say of a mistake.
    """
    budget = Budget(timeout)
    try:
        with RemoteDesk(path, budget) as desk:
            found, notes = judge(desk), tuple(desk.notes)
        findings = with_training(path, found, budget)
        return Outcome(path, tuple(finding.to_dict(hint) for finding in findings), notes)
    except EndsError as error:
        return Outcome.unjudged(path, str(error))
    except ChainruleError as error:
        return Outcome(path, error=str(error))
    except Exception as error:  # one file must not end the batch, even by a fault of ours
        text = f"{path}: this should not happen ({type(error).__name__}: {error})"
        return Outcome(path, error=f"{text}; please report it with the file")


def run(path: str, timeout: str, hint: str, folder: str) -> None:
    """Judge a file, and write what came of it to standard output.

    Args:
        path: of the file.
        timeout: seconds of processor time.
        hint: how much to say of a mistake.
        folder: for temporary folders.
    """
    if process.FORKS:
        process.fork_nursery()  # before there is anything here that the file could look for
    tempfile.tempdir = folder
    text = memoryview(judge_file(Path(path), float(timeout), int(hint)).encoded())
    while text:
        text = text[os.write(1, text) :]
    process.close_nursery()
