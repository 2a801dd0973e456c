"""Who is told what a run does."""

from collections.abc import Callable
from pathlib import Path

from chainrule.data import Dataset
from chainrule.runs.config import RunConfig
from chainrule.runs.models import Model
from chainrule.runs.outcome import Run
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD


class Listener:
    """Told what a run does; a subclass prints it, draws a bar, asks to stop."""

    def data_loaded(self, data: Dataset) -> None:
        """The raw data of a new run are there; nothing is written yet."""

    def run_begins(self, folder: Path, config: RunConfig) -> None:
        """The folder is made; from now on the run can be resumed. The engine is chosen."""

    def run_ends(self, run: Run) -> None:
        """All is written but what is drawn, and nobody else writes into the folder yet."""

    def model_begins(self, name: str, model: Model, settings: SGD, data: Dataset) -> None:
        """Training of a model begins or goes on."""

    def epoch_ended(self, name: str, progress: Progress) -> None:
        """An epoch ended; the first call is for the untrained model."""

    def step(self, name: str, epoch: int, step: int, recent_loss: Callable[[], float]) -> None:
        """Some steps were taken; `recent_loss` sums the loss in nats over the last 100 samples."""

    def wants_steps(self, name: str, epoch: int) -> bool:
        """Whether to call `step` for this model in this epoch, which interrupts training."""
        return False

    def stop(self) -> bool:
        """Whether to end after the current epoch."""
        return False
