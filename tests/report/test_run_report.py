import re
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from chainrule import plots
from chainrule.report.training import write_report
from chainrule.runs.config import RunConfig
from chainrule.runs.listener import Listener
from chainrule.runs.run import start
from chainrule.training.augmentation import Augmentation
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
    config = RunConfig(epochs=2, augment=Augmentation(rotation=12))
    run = start(config, tmp_path / "run", StopsAt(epoch))
    assert run.interrupted
    assert run.main.metrics["epochs"] == epoch
    page = write_report(run).read_text()
    assert re.search(rf"NeuralNet\(64-32-10, sigmoid\) [^<]*{says}", page)
    assert "The run was stopped before its end" in page
    assert (tmp_path / "run" / "augmentation.png").exists()
    assert "deformed up to these strengths: rotation=12." in page
    assert "accuracies of the training part are of the images as they are." in page


def drawn_and_not_written(
    draw: Callable[[Axes], object], width: float, height: float, title: str = ""
) -> bytes:
    draw(Figure(figsize=(width, height)).subplots())
    return title.encode()


def test_of_an_ensemble_the_first_network_is_drawn_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "figure_png", drawn_and_not_written)  # ten pictures take their time
    config = RunConfig(models=("net",), hidden=(6,), epochs=2, members=3, learning_rate=1e-7)
    run = start(config, tmp_path / "run")
    page = write_report(run).read_text()
    for name in ("activation", "hidden-weights", "diagnosis"):
        assert (run.folder / f"{name}.png").exists()
    assert (run.folder / "hidden-weights.png").read_text().endswith(", the first of several")
    assert "Drawn is the first of the 3 networks." in page
    assert page.count("it is the mean of what each has alone") == 2
    alone = fmean(m["test_accuracy"] for m in run.main.metrics["members"])
    assert re.search(rf"each of them alone, on average</.*?{alone:.4f}", page, re.DOTALL)
    assert "None of its networks has; this is of the first." in page


def test_a_page_can_be_read_on_a_phone_and_says_what_is_drawn(
    digits_run: Path, tmp_path: Path
) -> None:
    for path in digits_run.glob("*.png"):
        with Image.open(path) as image:
            inches = image.width / 150
        assert 340 / (72 * inches) >= 0.95, path.name  # pixels of a phone for each point of text
    page = (digits_run / "report.html").read_text()
    assert '<td data-column="test accuracy">' in page
    assert "@media (max-width: 36rem)" in page
    assert "in orange, was taken for another class" in page
