"""The chart: time per sample of every candidate, and of the whole job."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speedlib.measure import OURS, STUDENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito, Color Universal Design (2008): told apart with any kind of colour vision.
COLOURS = {OURS: "#0072B2", STUDENT: "#D55E00"}
OTHERS = "0.72"
NET, WIDTH, HEIGHT, DPI = "64-32-10", 9.2, 4.3, 110


def draw(
    per_sample: dict[str, float], process: dict[str, float], small_print: str, path: Path
) -> None:
    """Write the chart.

    Args:
        per_sample: median seconds per sample, by candidate.
        process: median seconds of the whole job, by candidate.
        small_print: the command and the machine.
        path: of the PNG file.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.9, 1))
    bars(left, {name: s * 1e6 for name, s in per_sample.items()}, "µs")
    left.set_xscale("log")
    low, high = min(per_sample.values()) * 1e6, max(per_sample.values()) * 1e6
    left.set_xlim(10 ** math.floor(math.log10(low)), high * 4)
    left.set_title(f"One sample, one step, {NET} (log scale)", fontsize=10, loc="left")
    bars(right, process, "s")
    right.set_xlim(0, max(process.values()) * 1.25)
    right.set_title("Whole command, 64-10-10, 15 epochs", fontsize=10, loc="right")
    figure.supxlabel(small_print, fontsize=7, color="0.35")
    figure.savefig(path, dpi=DPI, facecolor="white", metadata={"Software": None})


def bars(ax: Axes, values: dict[str, float], unit: str) -> None:
    """Horizontal bars, the fastest on top, each with its value."""
    names = sorted(values, key=lambda name: values[name], reverse=True)
    ax.barh(names, [values[n] for n in names], color=[COLOURS.get(n, OTHERS) for n in names])
    for place, name in enumerate(names):
        ax.annotate(
            f"{values[name]:{'.0f' if values[name] >= 10 else '.2g'}} {unit}",
            (values[name], place),
            (3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            fontweight="bold" if name == OURS else "normal",
        )
    ax.tick_params(axis="y", length=0, labelsize=8.5)
    ax.tick_params(axis="x", labelsize=8)
    ax.spines[["top", "right", "left"]].set_visible(False)


def medians(raw: dict[str, Any]) -> dict[str, float]:
    """The candidates of one group of a part's raw results that ran."""
    return {name: s for name, s in raw["median_seconds"].items() if s is not None}
