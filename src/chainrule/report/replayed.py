"""Table, picture and page of the replay of the published run."""

import csv
import io
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import plots
from chainrule.errors import Setting
from chainrule.faults import catalogue, network_steps, placements
from chainrule.report._page import Picture, Section, Table, report_html
from chainrule.runs.folder import write_whole, writing_to
from chainrule.runs.replay import (
    PUBLISHED_LOSS,
    PUBLISHED_TEST_ACCURACY,
    Curves,
    Variant,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (4.8, 5.0)
WHAT = "digits, networks 64-10-10 and 64-32-10"
SHOWN_EPOCHS = (0, 1, 2, 3, 5, 10, 15)
CURVES, PAGE = "replay.csv", "replay.html"


def write_replay(curves: list[Curves], folder: Path, *, pictures: bool = True) -> None:
    """Write every curve as CSV and, unless told otherwise, the pictures and the page.

    Raises:
        RunFolderError: if they cannot be written.
    """
    drawn = _pictures(curves) if pictures else {}
    with writing_to(folder, "run replay again with another ", Setting("out")):
        write_whole(folder / CURVES, as_csv(curves))
        for name, picture in drawn.items():
            write_whole(folder / f"{name}.png", picture.png)
        if pictures:
            write_whole(folder / PAGE, _page(curves, list(drawn.values())))


def as_data(curves: list[Curves], folder: Path) -> dict[str, Any]:
    """The results as plain data: for each setting its final accuracies and loss."""
    return {
        "seeds": _n_seeds(curves),
        "out": str(folder),
        "settings": {c.setting.name: _final(c) for c in curves},
    }


def _n_seeds(curves: list[Curves]) -> int:
    return int(curves[0].train_loss.shape[1])


def _final(curves: Curves) -> dict[str, Any]:
    accuracy = curves.accuracy[-1]
    return {
        "title": curves.setting.title,
        "faults": curves.setting.faults,
        "is_derivative": curves.setting.is_derivative,
        "test_accuracy_mean": float(accuracy.mean()),
        "test_accuracy_min": float(accuracy.min()),
        "test_accuracy_max": float(accuracy.max()),
        "train_loss_sum_mean": float(curves.train_loss[-1].mean()),
    }


def as_csv(curves: list[Curves]) -> str:
    """Every curve as CSV, one row for each setting, seed and epoch."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("setting", "seed", "epoch", "train_loss_sum", "test_accuracy"))
    for c in curves:
        for epoch, seed in np.ndindex(c.train_loss.shape):
            values = float(c.train_loss[epoch, seed]), float(c.accuracy[epoch, seed])
            rows.writerow((c.setting.name, seed, epoch, *values))
    return text.getvalue()


def as_text(curves: list[Curves]) -> str:
    """The table as one reads it in a terminal: published numbers, then each setting."""
    lines = [
        "The published run; then its gradient, three others, and the whole as it should be, "
        f"seeds: {_n_seeds(curves)}.",
        "Loss: summed over the training part, mean over seeds. Accuracy: on the test part, mean",
        "over seeds, with the lowest and the highest in brackets.",
        "",
        f"{'epoch':>24}" + "".join(f"{epoch:>8}" for epoch in SHOWN_EPOCHS),
        f"{'printed by the lab: loss':>24}" + _cells(PUBLISHED_LOSS, "8.1f"),
        f"{'accuracy':>24}" + _cells(PUBLISHED_TEST_ACCURACY, "8.3f"),
    ]
    for number, c in enumerate(curves, start=1):
        accuracy = c.accuracy
        lines += [
            "",
            f"{number}. {c.setting.name}: {c.setting.title}",
            f"   {_verdict(c)}",
            f"{'loss':>24}" + _cells(c.train_loss.mean(axis=1), "8.1f"),
            f"{'accuracy':>24}"
            + _cells(accuracy.mean(axis=1), "8.3f")
            + f"  [{accuracy[-1].min():.3f} … {accuracy[-1].max():.3f}]",
        ]
    inside = _published_inside(curves[0])
    lines += [
        "",
        f"The lab's losses lie between the lowest and the highest of setting 1 at {inside[0]} of "
        f"{len(PUBLISHED_LOSS)} epochs, its accuracies at {inside[1]}.",
        "",
    ]
    return "\n".join(lines)


def _cells(values: Any, form: str) -> str:
    return "".join(f"{values[epoch]:{form}}" for epoch in SHOWN_EPOCHS)


def _verdict(curves: Curves) -> str:
    if curves.setting.is_derivative:
        return "The gradient is the derivative of the loss."
    return f"The gradient is not the derivative of the loss: {', '.join(curves.setting.faults)}."


def _published_inside(published: Curves) -> tuple[int, int]:
    """At how many epochs the printed loss and accuracy lie within the band over seeds."""
    pairs = (
        (published.train_loss, PUBLISHED_LOSS),
        (published.accuracy, PUBLISHED_TEST_ACCURACY),
    )
    loss, accuracy = (
        int(((band.min(axis=1) <= dots) & (dots <= band.max(axis=1))).sum())
        for band, dots in ((band, np.array(dots)) for band, dots in pairs)
    )
    return loss, accuracy


def _draw(ax: "Axes", curves: list[Curves], quantity: str, published: tuple[float, ...]) -> None:
    """Bands over the seeds, and the printed numbers as dots."""
    bands = {c.setting.label: getattr(c, quantity) for c in curves}
    looks = {c.setting.label: plots.REPLAY_LOOKS[c.setting.name] for c in curves}
    words = {"accuracy": "test accuracy", "train_loss": "training loss, sum (nats)"}
    plots.SeedBandsDisplay(bands, words[quantity], looks).plot(ax)
    epochs = range(len(published))
    ax.plot(epochs, published, "o", color="black", ms=4, label="printed by the lab", zorder=5)
    ax.set(xlim=(-0.3, len(epochs) - 0.7), xlabel="epoch (0: untrained)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), frameon=False, fontsize=9)


def _pictures(curves: list[Curves]) -> dict[str, Picture]:
    def accuracy(ax: "Axes") -> None:
        _draw(ax, curves, "accuracy", PUBLISHED_TEST_ACCURACY)
        ax.set(ylim=(0, 1.03))

    accuracy_png, loss_png = plots.drawn_at_once(
        [
            partial(plots.figure_png, accuracy, *SIZE, f"{WHAT}: test accuracy"),
            partial(
                plots.figure_png,
                partial(_draw, curves=curves, quantity="train_loss", published=PUBLISHED_LOSS),
                *SIZE,
                f"{WHAT}: training loss",
            ),
        ]
    )
    how = "Lines are medians over the seeds, bands reach from the lowest to the highest; "
    inside = dict(zip(("loss", "accuracy"), _published_inside(curves[0]), strict=True))
    total = len(PUBLISHED_LOSS)
    return {
        "accuracy": Picture(
            "Test accuracy",
            f"{how}the dots are what the published lab prints. {inside['accuracy']} of {total} "
            "lie in the band of the published gradient, the wrong one.",
            "Bands of test accuracy over 15 epochs for five settings; the printed dots follow the "
            "band of the published gradient up to 0.915",
            accuracy_png,
        ),
        "loss": Picture(
            "Training loss",
            f"{how}{inside['loss']} of {total} dots lie in the band of the published gradient. "
            "The printed loss rises to three times its start in the first epoch.",
            "Bands of training loss over 15 epochs for five settings, on a logarithmic axis",
            loss_png,
        ),
    }


def _page(curves: list[Curves], pictures: list[Picture]) -> str:
    return report_html(
        title="The published run, replayed",
        intro=[
            "A widely used course lab prints a table of losses and accuracies: a network with 10 "
            "hidden units, trained on raw pixels, one sample at a time, with learning rate 0.001 "
            "for 15 epochs. The code it hands out computes a gradient that is not the derivative "
            "of its loss.",
            f"Here the same run is made from {_n_seeds(curves)} random starts, under four "
            "gradients, and then once more as it should be. Only the printed numbers are stored; "
            "everything else was computed for this page.",
        ],
        sections=[
            Section("What was printed, and what each gradient does", pictures=pictures),
            *(
                Section(
                    f"{c.setting.name}: {c.setting.title}",
                    [_verdict(c), *_wrong_steps(c.setting), c.setting.remark],
                )
                for c in curves
            ),
            Section(
                "Numbers",
                tables=[
                    _table(
                        "Test accuracy, mean over seeds",
                        curves,
                        "accuracy",
                        PUBLISHED_TEST_ACCURACY,
                        ".3f",
                    ),
                    _table(
                        "Training loss, summed over the samples, mean over seeds",
                        curves,
                        "train_loss",
                        PUBLISHED_LOSS,
                        ".1f",
                    ),
                ],
            ),
        ],
    )


def _wrong_steps(setting: Variant) -> list[str]:
    """What is written, and what is true, for each wrong step."""
    steps = network_steps(output=setting.output)
    sentences = []
    for id_ in setting.faults:
        wrong = next(placements(id_, steps))
        truth = catalogue()[id_].truth.strip()
        sentences.append(f"{id_}: it computes {wrong.name} = {wrong.text}. {truth}")
    return sentences


def _table(
    caption: str, curves: list[Curves], quantity: str, published: tuple[float, ...], form: str
) -> Table:
    rows = [("printed by the lab", "", *(f"{published[epoch]:{form}}" for epoch in SHOWN_EPOCHS))]
    for c in curves:
        means = getattr(c, quantity).mean(axis=1)
        cells = (f"{means[epoch]:{form}}" for epoch in SHOWN_EPOCHS)
        rows.append((c.setting.name, "yes" if c.setting.is_derivative else "no", *cells))
    header = ("setting", "derivative of its loss?", *(f"epoch {e}" for e in SHOWN_EPOCHS))
    return Table(caption, header, rows)
