import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from chainrule.cli import main
from chainrule.training.engines import _compiled
from command_line import Invoke, write_csv
from helpers import forget_the_kernel
from kernel_models import VERSIONS, take_version

if TYPE_CHECKING:  # most tests draw nothing
    from matplotlib.axes import Axes

# In CI the same examples every time: a change is blamed for what it did, not for bad luck.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture
def chainrule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Invoke:
    """Run a command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        assert isinstance(exit_.value.code, int)
        return exit_.value.code, *capfd.readouterr()

    return invoke


@pytest.fixture
def no_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation that was made without a C compiler."""
    monkeypatch.setattr(_compiled, "FOLDER", tmp_path)
    forget_the_kernel()
    yield
    monkeypatch.undo()
    forget_the_kernel()


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run with everything in it."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--epochs", "4", "--out", str(folder)])
    return folder


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Three well separated kinds with names for labels."""
    rng = np.random.default_rng(0)
    rows: list[Sequence[object]] = [("length", "width", "kind", "height")]
    for i in range(90):
        place = i % 3
        x = rng.normal([place, -place, 2 * place], 0.1)
        rows.append((x[0], x[1], ("rose", "iris", "lily")[place], x[2]))
    return write_csv(tmp_path / "flowers.csv", rows)


@pytest.fixture
def no_figures_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing shows a figure, and none is left open."""
    import matplotlib as mpl
    from matplotlib import pyplot

    def show(*_: object, **__: object) -> None:
        pytest.fail("a plot called show")

    mpl.use("agg")  # else pyplot chooses a backend when it makes its first figure
    monkeypatch.setattr(pyplot, "show", show)
    yield
    pyplot.close("all")


@pytest.fixture
def ax() -> "Axes":
    """Axes to draw on, of a figure that pyplot does not know."""
    from matplotlib.figure import Figure

    return Figure(figsize=(8, 5), layout="constrained").subplots()


@pytest.fixture(params=VERSIONS["float32"], ids=lambda version: f"version{version}")
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each version of the kernel that this processor can run; in double there may be fewer."""
    chosen: str = request.param
    take_version(monkeypatch, chosen)
    return chosen
