import re
from pathlib import Path

import pytest

from chainrule.report.training import write_report
from chainrule.runs.config import RunConfig
from chainrule.runs.listener import Listener
from chainrule.runs.run import start
from chainrule.training.progress import Progress


class StopsAt(Listener):
    """Asks to stop once the network has had so many epochs."""

    def __init__(self, epoch: int) -> None:
        self.epoch, self.reached = epoch, False

    def epoch_ended(self, name: str, progress: Progress) -> None:
        self.reached |= name == "net" and progress.history[-1].epoch == self.epoch

    def stop(self) -> bool:
        return self.reached


@pytest.mark.parametrize(
    ("epoch", "says"), [(0, "is still untrained"), (1, "was trained on 1527 samples")]
)
def test_a_stopped_run_is_reported_as_what_it_is(epoch: int, says: str, tmp_path: Path) -> None:
    run = start(RunConfig(epochs=2), tmp_path / "run", StopsAt(epoch))
    assert run.interrupted
    assert run.main.metrics["epochs"] == epoch
    page = write_report(run).read_text()
    assert re.search(rf"NeuralNet\(64-32-10, sigmoid\) [^<]*{says}", page)
    assert "The run was stopped before its end" in page
