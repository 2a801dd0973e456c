"""What the command line prints while a run trains: lines in the lab's manner, and a bar."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from chainrule.cli._messages import in_options, in_words
from chainrule.cli._progress import progress_bar
from chainrule.cli._stopping import Stopping
from chainrule.cli._streams import say, styled, unheard
from chainrule.data import Dataset
from chainrule.data.remarks import class_counts, remarks
from chainrule.errors import ChainruleError
from chainrule.faults import fault
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.runs.config import TITLES, RunConfig
from chainrule.runs.listener import Listener
from chainrule.runs.outcome import Run
from chainrule.training.engines import why_no_kernel
from chainrule.training.history import Epoch
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD

MOST_COUNTED = 20  # classes whose samples are counted one by one
# On a terminal these epochs have a line; the rest is in history.csv.
FEW = {0, 1, 2, *(digit * 10**power for power in range(6) for digit in (5, 10, 20))}
LAB_EPOCHS = 15


def _is_the_labs(config: RunConfig) -> bool:
    """Whether it is the run that the lab prints, line by line, or a shorter one."""
    is_lab = config.data == "digits" and config.batch_size == 1 and not config.faults
    return is_lab and config.epochs <= LAB_EPOCHS


class ConsoleListener(Listener):
    """Prints a line for each epoch; Ctrl-C ends training after the current epoch.

    Used as a context manager, it takes over Ctrl-C and the signal to terminate for as long as it
    lasts; a second one stops at once.

    Attributes:
        out: what is printed on.
        at_end: called with the run, once all of it is written but the pictures.
        trained: whether there was an epoch at all.
    """

    def __init__(self, out: TextIO, at_end: Callable[[Run], None]) -> None:
        self.out, self.at_end = out, at_end
        self._stopping = Stopping("train")
        self._bar: Any = None
        self._epochs = -1
        self._all_lines = True
        self.lesson: dict[str, Any] = {}  # settings in which a mistake shows
        self.trained = False

    def __enter__(self) -> "ConsoleListener":
        self._stopping.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.end()
        self._close_bar()

    @property
    def code(self) -> int:
        """To leave with if training was ended: 130 after Ctrl-C, 143 after SIGTERM, else 0."""
        return self._stopping.code

    def wants_steps(self, name: str, epoch: int) -> bool:
        """For the lab's lines, and for the bar."""
        return self._has_lines(name, epoch) or self._bar is not None

    def _has_lines(self, name: str, epoch: int) -> bool:
        """Whether the lab prints a line every 100 steps of this epoch."""
        return name == "logistic" and epoch == 1 and self._all_lines

    def stop(self) -> bool:
        """Whether Ctrl-C was pressed, or another program asked for the end."""
        return self.code != 0

    def run_ends(self, run: Run) -> None:
        """Show what has come of it while nobody else can write into the folder."""
        self._close_bar()
        self.at_end(run)

    def data_loaded(self, data: Dataset) -> None:
        """Count the classes of a table, and say what may be amiss in it."""
        if not data.counted:
            return
        counts = class_counts(data)
        n_classes = len(counts)
        each = ", ".join(f"{c} {n}" for c, n in zip(data.classes, counts.tolist(), strict=True))
        if n_classes > MOST_COUNTED:
            each = f"{n_classes}, of {counts.min()} to {counts.max()} samples"
        self._print(f"Classes: {each}")
        for sentence in remarks(data):
            say(f"chainrule: {in_options(ChainruleError(*sentence))}", err=True)

    def run_begins(self, folder: Path, config: RunConfig) -> None:
        """Remember how to go on; say what is wrong on purpose, and what takes the steps."""
        self._stopping.folder = folder
        self._all_lines = not self.out.isatty() or _is_the_labs(config)
        for id_ in dict.fromkeys(fault_at.partition("@")[0] for fault_at in config.faults):
            self._print(f"With a mistake on purpose, {id_}: {fault(id_).title}")
        if self.lesson:
            chosen = " ".join(in_words(name, value) for name, value in self.lesson.items())
            self._print(
                f"In settings in which it shows: {chosen} (others, if you give one of these)"
            )
        missed = why_no_kernel() if config.batch_size == 1 and config.engine == "numpy" else None
        self._print(f"Engine: {config.engine}" + (f"; {in_options(missed)}" if missed else ""))

    def model_begins(self, name: str, model: Classifier, settings: SGD, data: Dataset) -> None:
        """Say what is trained, and how."""
        self._close_bar()
        self._epochs = settings.epochs
        size = settings.batch_size
        manner = "one sample at a time" if size == 1 else f"batches of {size}"
        self._print(
            f"{TITLES[name]}: {model!r}, {len(data.X_train)} samples, {manner}, "
            f"learning rate {settings.learning_rate:g}"
            + ("" if settings.schedule == "constant" else f", schedule {settings.schedule}")
        )
        for mistake in model.wrong_steps:
            self._print(f"{mistake['computed']}  (right: {mistake['right']})")
        self._steps = -(-len(data.X_train) // size)
        self._members = len(model.members) if isinstance(model, Ensemble) else 1
        self._bar = progress_bar(settings.epochs * self._steps, "step", TITLES[name])

    def step(self, name: str, epoch: int, step: int, recent_loss: Callable[[], float]) -> None:
        """The lab's line, in the first epoch of softmax regression."""
        if self._has_lines(name, epoch):
            loss = recent_loss()
            self._print(f"NLL (sum) over the last 100 samples at step {step}: {loss:.0f}")
        if self._bar is not None:
            self._bar.update((epoch - 1) * self._steps + step - self._bar.n)

    def epoch_ended(self, name: str, progress: Progress) -> None:
        """The lab's line for an epoch; on a terminal of few, unless it is the lab's own run."""
        self.trained = True
        row: Epoch = progress.history[-1]
        if name not in TITLES:  # a member of an ensemble, beside which others are trained
            if row.epoch == self._epochs or progress.stopped_early:
                self._print(f"Member {name}:")
                self._epoch_line(row)
            if self._bar is not None and row.epoch:
                self._bar.update(self._steps / self._members)
            return
        if self._all_lines or row.epoch in FEW or row.epoch == self._epochs:
            self._epoch_line(row)
        if progress.stopped_early:
            self._print(
                f"Stopped early: the validation loss was lowest at epoch {progress.best_epoch}, "
                "whose weights are kept"
            )
        if progress.n_averaged and row.epoch == self._epochs:
            n = progress.n_averaged
            self._print(f"Kept is the average of the weights after the last {n} epochs")
        if self._bar is not None:
            self._bar.update(row.epoch * self._steps - self._bar.n)

    def _epoch_line(self, row: Epoch) -> None:
        begin = f"Epoch #{row.epoch}," if row.epoch else "Random init:"
        line = (
            f"{begin} train loss (sum): {row.train_loss_sum:.5f}, "
            f"train acc: {row.train_accuracy:.3f}"
        )
        if row.validation_accuracy is not None:
            line += f", validation acc: {row.validation_accuracy:.3f}"
        if row.test_accuracy is not None:
            line += f", test acc: {row.test_accuracy:.3f}"
        self._print(line)

    def _print(self, line: str) -> None:
        try:
            if self._bar is not None:
                self._bar.write(styled(line), file=self.out)
            else:
                print(styled(line), file=self.out, flush=True)
        except BrokenPipeError:
            if self.out is not sys.stderr:
                raise
            self.out = sys.stderr = unheard()  # no reason to end what is being trained
        except OSError as error:
            raise ChainruleError(f"cannot write the output ({error.strerror})") from error

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
